"""The losses: what is measured at each timestep for each kind of targets, and which metrics follow from it.

A loss is a row of LOSSES, and its metrics stand in its row. Nothing here imports Keras: training hands in keras.ops.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from workers.data.scaling import Scaling
from workers.data.timeline import Floats, Timeline

DEPLOYED = "_deployed"  # ends the names of what is scored as it is deployed
CARRIED = "validation/loss_carried"
BITS = float(np.log2(np.e))  # in a nat


def _unchanged(value: Any) -> Any:
    return value


def _in_bits(nats: Any) -> Any:
    return nats * BITS


class Metric(NamedTuple):
    """A reported number, and how it follows from one of the measures of a loss.

    measure       which measure of Loss.measures
    per_timestep  the value of a timestep, from its measure
    of_mean       the metric, from the mean of the measure
    deciding      what decides where this metric is the objective, less being better, from the measure of a timestep;
                  none: the loss that training minimizes
    """

    measure: str
    per_timestep: Callable[[Any], Any] = _unchanged
    of_mean: Callable[[Any], Any] = _unchanged
    deciding: Callable[[Any], Any] | None = None


LOSS = Metric("loss")
RMSE = Metric("loss", of_mean=lambda mean: mean**0.5)
ACCURACY = Metric("accuracy", deciding=lambda hits: 1 - hits)
BITS_PER_CHARACTER = Metric("loss", _in_bits, _in_bits)


@dataclass(frozen=True)
class Loss:
    """A loss by its parts.

    applies       whether the loss is that of a timeline's targets
    n_statistics  the number of statistics, from the number of a model's outputs
    statistics    ops, y (batch, timesteps, n_outputs), targets -> (batch, timesteps, n_statistics); ops: keras.ops
    reduce        ops, statistics (..., n_statistics) -> (...) the loss that training minimizes
    measures      statistics (..., n_statistics), or their means, and the scaling -> "loss" and perhaps further
                  measures by name, each (...), in the targets' own units
    metrics       what is reported beside the loss, by name; in the order of the reports
    root          whether the error is the root of the mean of what decides
    of_targets    whether there is a statistic for each target
    """

    applies: Callable[[Timeline], bool]
    n_statistics: Callable[[int], int]
    statistics: Callable[[Any, Any, Any], Any]
    reduce: Callable[[Any, Any], Any]
    measures: Callable[[Floats, Scaling], Mapping[str, Floats]]
    metrics: Mapping[str, Metric]
    root: bool = False
    of_targets: bool = False

    def metrics_of(self, measures: Mapping[str, Any]) -> dict[str, float]:
        """`loss` and the metrics beside it, from the measures' means by name."""
        metrics = {"loss": LOSS, **self.metrics}
        return {name: metric.of_mean(float(measures[metric.measure])) for name, metric in metrics.items()}

    def metrics_of_each(self, means: Floats, scaling: Scaling) -> list[dict[str, float]]:
        """The metrics beside the loss of each of several targets, in its own units, from the means of its statistics.

        Empty of one target, and of classes.
        """
        if not self.of_targets or len(means) == 1:
            return []
        each = [self.measures(means[n : n + 1], scaling.of_target(n)) for n in range(len(means))]
        return [{name: own for name, own in self.metrics_of(one).items() if name in self.metrics} for one in each]

    def per_timestep(self, statistics: Floats, scaling: Scaling, name: str) -> Floats:
        """(...) the value of each timestep, from statistics (..., n_statistics), whose mean makes the metric.

        name: of the metric, such as validation/accuracy; every loss, such as validation/loss_cold, counts as `loss`.
        """
        metric = self.objective(name)
        return np.asarray(metric.per_timestep(self.measures(statistics, scaling)[metric.measure]))

    def deciding(self, statistics: Floats, scaling: Scaling, name: str) -> Floats:
        """(...) what decides between models where `name` is the objective, less being better, free of units.

        statistics: (..., n_statistics), or their means, which give the mean. Squared errors count as scaled, each
        target's as much as another's.
        """
        metric = self.objective(name)
        if metric.deciding is None:
            return np.asarray(self.reduce(np, statistics))
        return np.asarray(metric.deciding(self.measures(statistics, scaling)[metric.measure]))

    def error(self, mean: float) -> float:
        """The error, in which models are compared, from the mean of what decides."""
        return mean**0.5 if self.root else mean

    def objective(self, name: str) -> Metric:
        """The metric of this name, such as validation/accuracy_deployed; all that is no other's is the loss."""
        return self.metrics.get(name.rpartition("/")[2].removesuffix(DEPLOYED), LOSS)


def loss_of(timeline: Timeline) -> Loss:
    """The loss of the timeline's kind of targets: the first row of LOSSES that applies."""
    return next(loss for loss in LOSSES if loss.applies(timeline))


def _squared_errors(ops: Any, y: Any, targets: Any) -> Any:
    return ops.square(y - targets)


def _squared_error_measures(statistics: Floats, scaling: Scaling) -> dict[str, Floats]:
    return {"loss": np.asarray((statistics * scaling.target_scale**2).mean(axis=-1))}


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


SQUARED_ERROR = Loss(
    applies=lambda timeline: not timeline.n_classes,
    n_statistics=lambda n_outputs: n_outputs,
    statistics=_squared_errors,
    reduce=lambda ops, statistics: ops.mean(statistics, axis=-1),
    measures=_squared_error_measures,
    metrics={"rmse": RMSE},
    root=True,
    of_targets=True,
)
NEXT_CHARACTER = _class_loss(
    lambda timeline: bool(timeline.alphabet), accuracy=ACCURACY, bits_per_character=BITS_PER_CHARACTER
)
CROSS_ENTROPY = _class_loss(lambda timeline: timeline.n_classes > 0, accuracy=ACCURACY)

LOSSES = (NEXT_CHARACTER, CROSS_ENTROPY, SQUARED_ERROR)
