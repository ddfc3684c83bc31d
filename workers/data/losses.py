"""The losses: what is measured at each timestep for each kind of targets, and which metrics follow from it.

A loss is a row of LOSSES, or of numbers that a study file asks for one of NUMBERS, and its metrics stand in its row.
Nothing here imports Keras: training hands in keras.ops.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers.data.asked_loss import Asked
from workers.data.bent_loss import bent
from workers.data.loss_row import Fitted, Loss, Metric
from workers.data.quantile_loss import quantile_loss
from workers.data.scaling import Column, Scaling
from workers.data.timeline import Floats, Timeline
from workers.data.transforms import Name
from workers.data.weighted import weighted
from workers.errors import DataError

BITS = float(np.log2(np.e))  # in a nat
CALLED = ("rmse", "mae", "deviance", "pinball")  # the metrics that are the loss itself in other words
LEAST, MOST = 0.01, 1e6  # of training's mean: a forecast of counts without a network counts as no less, and no more
MEDIAN = 0.5


def _in_bits(nats: Any) -> Any:
    return nats * BITS


RMSE = Metric("loss", of_mean=lambda mean: mean**0.5)
ACCURACY = Metric("accuracy", deciding=lambda hits: 1 - hits)
BITS_PER_CHARACTER = Metric("loss", _in_bits, _in_bits)


def loss_of(timeline: Timeline) -> Loss:
    """The loss that is asked for, or that of the timeline's kind of targets: the first row of LOSSES that applies."""
    if timeline.loss is not None or timeline.bent:
        by_group = timeline.group_scale is not None
        return number_loss(timeline.loss, timeline.weights, timeline.transform, by_group=by_group)
    found = next(loss for loss in LOSSES if loss.applies(timeline))
    return weighted(found, timeline.weights) if timeline.weights else found


@cache
def number_loss(
    asked: Asked | None,
    weights: tuple[float, ...] = (),
    transform: Name | None = None,
    *,
    by_group: bool = False,
) -> Loss:
    """The loss of targets that are numbers, as a study file asks for it; weights: (n_targets,) or, if alike, none.

    transform: what the targets are of levels; by_group: whether each group's are in its own scale
    """
    if transform or by_group:
        return bent(number_loss(asked, weights), transform, by_group=by_group)
    if weights:
        return weighted(number_loss(asked), weights)
    return SQUARED_ERROR if asked is None else NUMBERS[asked.name](asked)


def refuse_unsuited(timeline: Timeline) -> None:
    """Raises DataError for targets that the loss is not defined of, with the first of them."""
    loss = loss_of(timeline)
    scored = np.flatnonzero(timeline.scored)
    if timeline.loss is None or not (bad := loss.unsuited(timeline.targets[scored])).any():
        return
    row, column = np.argwhere(bad)[0]
    name = f"target {timeline.target_names[column]}" if timeline.target_names else "a target"
    what = f"{name} is {timeline.targets[scored[row], column]:g} at timestep {int(scored[row]):,}"
    raise DataError(f"{what} ({int(bad.sum()):,} in all), and loss: {timeline.loss.name} is {loss.needs}", "data.loss")


def _squared_errors(ops: Any, y: Any, targets: Any) -> Any:
    return ops.square(y - targets)


def _absolute_errors(ops: Any, y: Any, targets: Any) -> Any:
    return ops.abs(y - targets)


def _poisson_deviances(ops: Any, y: Any, targets: Any) -> Any:
    """Of y, the logarithm of what is expected. McCullagh & Nelder 1989, Generalized Linear Models, section 2.3."""
    log = ops.log(ops.where(targets > 0, targets, ops.ones_like(targets)))
    return 2 * (targets * (log - y) - targets + ops.exp(y))


def _entropy_and_hits(ops: Any, y: Any, targets: Any) -> Any:
    entropy = ops.sparse_categorical_crossentropy(targets, y, from_logits=True)
    hits = ops.cast(ops.argmax(y, axis=-1) == targets, entropy.dtype)
    return ops.stack([entropy, hits], axis=-1)


def _class_measures(statistics: Floats, _scaling: Scaling) -> dict[str, Floats]:
    return {"loss": statistics[..., 0], "accuracy": statistics[..., 1]}


def _class_loss(applies: Callable[[Timeline], bool], **metrics: Metric) -> Loss:
    return Loss(
        applies=applies,
        n_statistics=lambda _n_outputs: 2,
        statistics=_entropy_and_hits,
        reduce=lambda _ops, statistics: statistics[..., 0],
        measures=_class_measures,
        metrics=metrics,
    )


def _number_loss(statistics: Callable[[Any, Any, Any], Any], power: int, **facts: Any) -> Loss:
    """A loss with one statistic for each target, which grows with this power of the target's units."""
    return Loss(
        applies=lambda timeline: not timeline.n_classes,
        n_statistics=lambda n_outputs: n_outputs,
        statistics=statistics,
        reduce=lambda ops, found: ops.mean(found, axis=-1),
        measures=lambda found, scaling: {"loss": np.asarray((found * scaling.target_scale**power).mean(axis=-1))},
        of_targets=True,
        power=power,
        **facts,
    )


def _medians(values: NDArray[Any]) -> Column:
    return np.asarray(np.median(values.astype(np.float64), axis=0))


def _only_the_mean(values: NDArray[Any]) -> tuple[Column, Column]:
    mean = values.mean(axis=0, dtype=np.float64)
    return np.zeros(len(mean)), np.where(mean > 0, mean, 1.0)


def _huber(asked: Asked) -> Loss:
    """Squared errors up to `asked.delta` deviations of the target in training, and absolute ones beyond.

    Source: Huber 1964, Robust Estimation of a Location Parameter, Annals of Mathematical Statistics 35.
    """

    def statistics(ops: Any, y: Any, targets: Any) -> Any:
        error = ops.abs(y - targets)
        near = ops.minimum(error, asked.delta)
        return 0.5 * ops.square(near) + asked.delta * (error - near)

    return _number_loss(
        statistics,
        2,
        metrics={},
        called="huber loss",
        constant=lambda values: _location(values.astype(np.float64), asked.delta),
        best_is_mean=False,
        fitted=Fitted("bent", "squared_error", bend=asked.delta),
        program="huber",
    )


def _location(values: NDArray[np.float64], delta: float) -> Column:
    """(n_targets,) Huber's M-estimate of location, by iteratively reweighted means; delta: in deviations."""
    limit, found = delta * np.maximum(values.std(axis=0), np.finfo(np.float64).tiny), np.median(values, axis=0)
    for _ in range(100):
        weights = limit / np.maximum(np.abs(values - found), limit)
        found = (weights * values).sum(axis=0) / weights.sum(axis=0)
    return np.asarray(found)


SQUARED_ERROR = _number_loss(_squared_errors, 2, metrics={"rmse": RMSE}, root=True, called="rmse", in_units=True)
ABSOLUTE_ERROR = _number_loss(
    _absolute_errors,
    1,
    metrics={"mae": Metric("loss")},
    called="mae",
    in_units=True,
    constant=_medians,
    best_is_mean=False,
    fitted=Fitted("bent", "absolute_error"),
    program="absolute",
)
POISSON = _number_loss(
    _poisson_deviances,
    1,
    metrics={"deviance": Metric("loss")},
    called="deviance",
    link=lambda ops, y: ops.exp(y),
    outputs=lambda forecasts: np.log(np.clip(forecasts, LEAST, MOST)),
    differences=False,
    scale=_only_the_mean,
    unsuited=lambda targets: targets < 0,
    needs="for counts, which are 0 or more",
    fitted=Fitted("log_linear", "poisson"),
    program="poisson",
)
NEXT_CHARACTER = _class_loss(
    lambda timeline: bool(timeline.alphabet), accuracy=ACCURACY, bits_per_character=BITS_PER_CHARACTER
)
CROSS_ENTROPY = _class_loss(lambda timeline: timeline.n_classes > 0, accuracy=ACCURACY)

LOSSES = (NEXT_CHARACTER, CROSS_ENTROPY, SQUARED_ERROR)
NUMBERS: Mapping[str, Callable[[Asked], Loss]] = {
    "squared": lambda _asked: SQUARED_ERROR,
    "absolute": lambda _asked: ABSOLUTE_ERROR,
    "huber": _huber,
    "poisson": lambda _asked: POISSON,
    "quantiles": quantile_loss,
}
