"""The columns of the table in losses.py: all facts about a loss, and the metrics that follow from it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workers.data.scaling import Column, Scaling, mean_and_deviation
from workers.data.timeline import Floats, Timeline

DEPLOYED = "_deployed"  # ends the names of what is scored as it is deployed
CARRIED = "validation/loss_carried"


def unchanged(value: Any) -> Any:
    """The value itself."""
    return value


def _as_they_are(_ops: Any, y: Any) -> Any:
    return y


def _mean(values: NDArray[Any]) -> Column:
    return np.asarray(values.mean(axis=0, dtype=np.float64))


def _all_suit(targets: NDArray[Any]) -> NDArray[np.bool_]:
    return np.zeros(targets.shape, bool)


class Metric(NamedTuple):
    """A reported number, and how it follows from one of the measures of a loss.

    measure       which measure of Loss.measures
    per_timestep  the value of a timestep, from its measure
    of_mean       the metric, from the mean of the measure
    deciding      what decides where this metric is the objective, less being better, from the measure of a timestep;
                  none: the loss that training minimizes
    objective     whether a study can be judged by it
    """

    measure: str
    per_timestep: Callable[[Any], Any] = unchanged
    of_mean: Callable[[Any], Any] = unchanged
    deciding: Callable[[Any], Any] | None = None
    objective: bool = True


LOSS = Metric("loss")


@dataclass(frozen=True)
class Fitted:
    """How the baselines that learn are fitted to a loss.

    linear    ridge (of squared errors), bent (of errors that count in proportion once they are large) or log_linear
    boosting  the name of scikit-learn's loss
    levels    of each target the quantiles that are forecast; of one level, the median's, what else is forecast
    bend      in deviations: the error from which on it counts in proportion
    """

    linear: str = "ridge"
    boosting: str = "squared_error"
    levels: tuple[float, ...] = (0.5,)
    bend: float = 0.01


@dataclass(frozen=True)
class Loss:
    """A loss by its parts.

    applies       whether the loss is that of a timeline's targets
    n_statistics  the number of statistics, from the number of a model's outputs
    statistics    ops, y (batch, timesteps, n_outputs), targets -> (batch, timesteps, n_statistics); ops: keras.ops, or
                  of targets that are numbers NumPy
    reduce        ops, statistics (..., n_statistics) -> (...) the loss that training minimizes
    measures      statistics (..., n_statistics), or their means, and the scaling -> "loss" and perhaps further
                  measures by name, each (...), in the targets' own units
    metrics       what is reported beside the loss, by name; in the order of the reports
    root          whether the error is the root of the mean of what decides
    of_targets    whether there is a statistic for each target
    called        what people call its number: rmse, mae; empty: nothing, as of classes
    in_units      whether that number is in the targets' own units
    power         in how many of a target's units the loss grows: 2 of squared errors
    n_outputs     the number of a model's outputs, from the number of targets
    link          ops, y (..., n_outputs) -> (..., n_outputs) the scaled forecast
    outputs       scaled forecasts (..., n_outputs), or (..., n_targets) -> the outputs that forecast so
    differences   whether the statistics depend on forecasts less targets alone
    scale         targets (n, n_targets) -> what is taken off them, and what they are divided by, each (n_targets,)
    constant      targets (n, n_targets) -> (n_outputs,) the best constant forecast of them, in their own units
    best_is_mean  whether that is the mean
    point         forecasts (..., n_outputs) in own units -> (..., n_targets) one value of each target; none: without
    spreads       whether forecasts are quantiles, so that a forecast of one value is spread by its errors in training
    unsuited      targets (n, n_targets) -> of the same shape, which of them it is not defined of
    needs         what targets it is defined of, for a message
    endings       of the names of a forecast's columns: an output's, of all targets, after the other
    calibrates    the levels of the outputs that are moved by what validation shows; none are
    fitted        how baselines are fitted to it
    program       the name of its template in the exported program
    """

    applies: Callable[[Timeline], bool]
    n_statistics: Callable[[int], int]
    statistics: Callable[[Any, Any, Any], Any]
    reduce: Callable[[Any, Any], Any]
    measures: Callable[[Floats, Scaling], Mapping[str, Floats]]
    metrics: Mapping[str, Metric]
    root: bool = False
    of_targets: bool = False
    called: str = ""
    in_units: bool = False
    power: int = 0
    n_outputs: Callable[[int], int] = unchanged
    link: Callable[[Any, Any], Any] = _as_they_are
    outputs: Callable[[Any], Any] = unchanged
    differences: bool = True
    scale: Callable[[NDArray[Any]], tuple[Column, Column]] = mean_and_deviation
    constant: Callable[[NDArray[Any]], Column] = _mean
    best_is_mean: bool = True
    point: Callable[[Floats], Floats] | None = unchanged
    spreads: bool = False
    unsuited: Callable[[NDArray[Any]], NDArray[np.bool_]] = _all_suit
    needs: str = ""
    endings: tuple[str, ...] = ("",)
    calibrates: tuple[float, ...] = ()
    fitted: Fitted = field(default_factory=Fitted)
    program: str = "squared"

    def metrics_of(self, measures: Mapping[str, Any]) -> dict[str, float]:
        """`loss` and the metrics beside it, from the measures' means by name."""
        metrics = {"loss": LOSS, **self.metrics}
        return {name: metric.of_mean(float(measures[metric.measure])) for name, metric in metrics.items()}

    def metrics_of_each(self, means: Floats, scaling: Scaling) -> list[dict[str, float]]:
        """The metrics beside the loss of each of several targets, in its own units, from the means of its statistics.

        Where there are none, the loss itself. Empty of one target, and of classes.
        """
        count = len(scaling.target_scale)
        if not self.of_targets or count == 1:
            return []
        by_target = means.reshape(-1, count).T
        each = [self.measures(own, scaling.of_target(n)) for n, own in enumerate(by_target)]
        shown = self.metrics or {"loss": LOSS}
        return [{name: own for name, own in self.metrics_of(one).items() if name in shown} for one in each]

    @property
    def shown(self) -> str:
        """Which of the metrics people are shown in the place of the loss of numbers: rmse, mae, or loss itself."""
        return self.called if self.called in self.metrics else "loss"

    def per_timestep(self, statistics: Floats, scaling: Scaling, name: str) -> Floats:
        """(...) the value of each timestep, from statistics (..., n_statistics), whose mean makes the metric.

        name: of the metric, such as validation/accuracy; every loss, such as validation/loss_cold, counts as `loss`.
        """
        metric = self.objective(name)
        return np.asarray(metric.per_timestep(self.measures(statistics, scaling)[metric.measure]))

    def deciding(self, statistics: Floats, scaling: Scaling, name: str) -> Floats:
        """(...) what decides between models where `name` is the objective, less being better, free of units.

        statistics: (..., n_statistics), or their means, which give the mean. Errors count as scaled, each target's as
        much as another's.
        """
        metric = self.objective(name)
        if metric.deciding is None:
            return np.asarray(self.reduce(np, statistics))
        return np.asarray(metric.deciding(self.measures(statistics, scaling)[metric.measure]))

    def error(self, mean: float) -> float:
        """The error, in which models are compared, from the mean of what decides."""
        return mean**0.5 if self.root else mean

    def moved(self, measure: float, before: float, now: float, name: str) -> dict[str, float]:
        """The metrics that follow from what decides, had its mean been `now` and not `before`.

        measure  the loss in the targets' own units, when it was `before`
        name     of the objective

        With one target, and of classes, that is exact; with several it is as if each had changed by as much.
        """
        metric = self.objective(name)
        if metric.deciding is not None:  # it makes misses of hits, and hits of misses
            return {found: float(metric.deciding(now)) for found, each in self.metrics.items() if each is metric}
        moved = measure * (now / before if before else 1.0)
        same = {"loss": LOSS, **self.metrics}
        return {found: float(each.of_mean(moved)) for found, each in same.items() if each.measure == LOSS.measure}

    def objective(self, name: str) -> Metric:
        """The metric of this name, such as validation/accuracy_deployed; all that is no other's is the loss."""
        return self.metrics.get(name.rpartition("/")[2].removesuffix(DEPLOYED), LOSS)

    def of_scaled(self, forecasts: Floats, targets: NDArray[Any]) -> Column:
        """(m, n_statistics) of targets (m, n_targets) that are numbers; both as scaled."""
        return np.asarray(self.statistics(np, self.outputs(forecasts), targets.astype(np.float64)), np.float64)

    def of_forecasts(self, forecasts: Floats, targets: NDArray[Any], scaling: Scaling) -> Column:
        """The same of forecasts (m, n_outputs) or (m, n_targets) and of targets in their own units."""
        known = targets.astype(np.float64)
        copies = forecasts.shape[-1] // targets.shape[-1]
        scale = np.tile(scaling.target_scale, copies)
        if self.differences:
            beside = known if copies == 1 else np.tile(known, copies)
            return self.of_scaled((forecasts - beside) / scale, np.zeros(known.shape))
        return self.of_scaled(forecasts / scale, known / scaling.target_scale)

    def levels(self, values: Floats, base: Floats | None, spreads: Floats | None = None) -> Floats:
        """(..., n_outputs) levels, of forecasts (..., n_outputs) in the targets' own units.

        base: (..., n_targets) what is added to targets; spreads: what they are multiplied with before; see Timeline
        """
        if spreads is not None:
            values = values * np.tile(spreads, values.shape[-1] // spreads.shape[-1])
        return values if base is None else values + np.tile(base, values.shape[-1] // base.shape[-1])

    def columns(self, names: Sequence[str]) -> list[str]:
        """The names of the outputs that forecast targets of these names, in the order of the outputs."""
        return [f"{name}{ending}" for ending in self.endings for name in names]

    def in_own_units(self, y: Floats, scaling: Scaling) -> Floats:
        """(..., n_outputs) what outputs y (..., n_outputs) forecast of targets that are numbers."""
        copies = y.shape[-1] // len(scaling.target_scale)
        scale, mean = (np.tile(each, copies) for each in (scaling.target_scale, scaling.target_mean))
        return np.asarray(self.link(np, y.astype(np.float64)) * scale + mean)
