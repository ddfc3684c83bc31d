"""The baselines: forecasts that need no model, and whose scores a model must beat.

A forecast of a table's future values is a row of NAIVE_FORECASTS, any other baseline a row of BASELINES.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from workers.data.losses import loss_of
from workers.data.of_each_target import of_each_target
from workers.data.scaling import Scaling
from workers.data.timeline import Integers, Timeline

Numbers = NDArray[np.float64]

CELLS_AT_ONCE = 4_000_000  # numbers in memory while forecasts are scored


class Present(NamedTuple):
    """What a forecast without a model is made from.

    now   (rows, n_targets) the targets' present values
    then  (rows, n_targets) those of a season before the moment forecast, NaN where none are known; none where there is
          no season
    """

    now: Numbers
    then: Numbers | None


def naive_forecasts(present: Present) -> dict[str, Numbers]:
    """The rows of NAIVE_FORECASTS that apply, by name: (rows, n_targets) what each forecasts."""
    forecasts = {name: forecast(present) for name, forecast in NAIVE_FORECASTS.items()}
    return {name: values for name, values in forecasts.items() if values is not None}


def _persistence(present: Present) -> Numbers:
    """The last known value."""
    return present.now


def _seasonal(present: Present) -> Numbers | None:
    """The value one season before the forecast moment, or as many whole seasons before as it takes to be known by now.

    It is persistence where nothing is known of then. Hyndman and Athanasopoulos, Forecasting: Principles and Practice,
    3rd edition, section 5.2.
    """
    now, then = present
    return None if then is None else np.where(np.isnan(then), now, then)


NAIVE_FORECASTS: Mapping[str, Callable[[Present], Numbers | None]] = {
    "persistence": _persistence,
    "seasonal": _seasonal,
}


Forecast: TypeAlias = Callable[[Integers], Numbers]
"""Timesteps (m,) -> (m, n_targets) or (m, n_outputs) in own units; of classes (m, n_classes) probabilities above 0."""

MAJORITY, MEAN, CONSTANT = "majority", "mean", "best_constant"


class Baseline(NamedTuple):
    """A prediction from the training part alone.

    applies  whether the baseline is defined for a timeline's targets
    fit      timeline and its training timesteps (n,), on whose targets alone it may depend -> the forecast
    """

    applies: Callable[[Timeline], bool]
    fit: Callable[[Timeline, Integers], Forecast]


def baseline_statistics(
    timeline: Timeline, scaling: Scaling, train: Integers, held_back: Integers
) -> dict[str, Numbers]:
    """(m, n_statistics) of each baseline, by its name: the statistics of the timeline's loss where it is held back.

    train: (n,) the scored timesteps of the training part; held_back: (m,) those of the split. Without any, {}.
    """
    if not len(held_back):
        return {}
    each = baseline_forecasts(timeline, train)
    return {name: _statistics(timeline, scaling, forecast, held_back) for name, forecast in each.items()}


def baseline_forecasts(timeline: Timeline, train: Integers) -> dict[str, Forecast]:
    """The forecast of each baseline, by its name; train: (n,) the scored timesteps of the training part."""
    known = constants(timeline, train)
    naive = {name: partial(_naive, timeline, known, name) for name in timeline.forecasts}
    return naive | {name: row.fit(timeline, train) for name, row in BASELINES.items() if row.applies(timeline)}


def _naive(timeline: Timeline, known: Mapping[str, Numbers], name: str, at: Integers) -> Numbers:
    return forecasts_at(timeline, known, at)[name]


def _statistics(timeline: Timeline, scaling: Scaling, forecast: Forecast, at: Integers) -> Numbers:
    """Of so many timesteps at once as memory should hold."""
    n, loss = max(CELLS_AT_ONCE // max(timeline.n_classes, 1), 1), loss_of(timeline)
    found = []
    for begin in range(0, len(at), n):
        piece = at[begin : begin + n]
        own, targets = forecast(piece), timeline.answers(piece)
        of_classes = timeline.n_classes > 0
        found.append(class_statistics(own, targets) if of_classes else loss.of_forecasts(own, targets, scaling))
    return np.concatenate(found)


def constants(timeline: Timeline, train: Integers) -> dict[str, Numbers]:
    """By the name of a baseline of numbers, (n_outputs,) what it has of the training part, in the targets' own units.

    Of a naive forecast where quantiles are forecast: what is added to it, the quantiles of its own errors. Where there
    is no naive forecast: the constant that is best by the loss. train: (n,) the scored timesteps of the training part.
    """
    if timeline.n_classes:
        return {}
    loss, targets = loss_of(timeline), timeline.targets[train]
    if not timeline.forecasts:
        return {MEAN if loss.best_is_mean else CONSTANT: loss.constant(targets)}
    known = timeline.forecasts.items() if loss.spreads else ()
    return {name: loss.constant(targets - forecast[train]) for name, forecast in known}


def forecasts_at(timeline: Timeline, found: Mapping[str, Numbers], at: Integers) -> dict[str, Numbers]:
    """By name, (n, n_targets) or (n, n_outputs) the naive forecasts at timesteps (n,); found: their `constants`."""
    values = {name: forecast[at].astype(np.float64) for name, forecast in timeline.forecasts.items()}
    return {
        name: np.tile(own, len(found[name]) // own.shape[1]) + found[name] if name in found else own
        for name, own in values.items()
    }


def baseline_scores(timeline: Timeline, statistics: Numbers, scaling: Scaling) -> dict[str, float]:
    """The metrics of a baseline, such as {"loss": 9.0, "rmse": 3.0, "error": 0.5}, from its statistics.

    The error is that of a model whose objective is a loss. Of several horizons those of each too, as `rmse/NAME`.
    """
    means, loss = statistics.mean(axis=0), loss_of(timeline)
    error = loss.error(float(loss.deciding(means, scaling, "loss")))
    whole = loss.metrics_of(loss.measures(means, scaling)) | {"error": error}
    return whole | (of_each_target(loss, means, scaling, timeline.target_names) if timeline.horizons else {})


def class_frequencies(labels: NDArray[Any], n_classes: int) -> Numbers:
    """(n_classes,) how often each occurs, one more each than it does."""
    return np.asarray((np.bincount(labels, minlength=n_classes) + 1) / (len(labels) + n_classes))


def class_statistics(probabilities: Numbers, labels: NDArray[Any]) -> Numbers:
    """(m, 2) cross entropy in nats and hits of probabilities (m, n_classes); labels: (m,)."""
    told = probabilities[np.arange(len(labels)), labels]
    return np.column_stack([-np.log(told), probabilities.argmax(axis=1) == labels])


def _constant(timeline: Timeline, train: Integers) -> Forecast:
    """The constant that is best by the loss on the training targets: of squared errors their mean."""
    found = loss_of(timeline).constant(timeline.targets[train])
    return lambda at: np.broadcast_to(found, (len(at), len(found)))


def _has_constant(timeline: Timeline, *, mean: bool) -> bool:
    return not timeline.n_classes and not timeline.forecasts and loss_of(timeline).best_is_mean == mean


def _majority(timeline: Timeline, train: Integers) -> Forecast:
    """The commonest class of the training part; its loss is the cross entropy of the training frequencies, in nats."""
    frequencies = class_frequencies(timeline.targets[train], timeline.n_classes)
    return lambda at: np.broadcast_to(frequencies, (len(at), timeline.n_classes))


def _bigram(timeline: Timeline, train: Integers) -> Forecast:
    """The character that most often followed the same one in the training part; its loss is as of `majority`."""
    n = timeline.n_classes
    now = timeline.features[:, 0].astype(np.int64)
    pairs = np.column_stack([now[train], timeline.targets[train]])
    counts = np.bincount(pairs @ [n, 1], minlength=n**2).reshape(n, -1) + 1
    frequency = counts / counts.sum(axis=1, keepdims=True)
    return lambda at: np.asarray(frequency[now[at]])


BASELINES: Mapping[str, Baseline] = {
    MEAN: Baseline(partial(_has_constant, mean=True), _constant),
    CONSTANT: Baseline(partial(_has_constant, mean=False), _constant),
    MAJORITY: Baseline(lambda timeline: timeline.n_classes > 0, _majority),
    "bigram": Baseline(lambda timeline: bool(timeline.alphabet), _bigram),
}
