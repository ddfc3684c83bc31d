"""The columns of the tables of metrics, and the rows of data on which a metric judges forecasts."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workers.data.timeline import Floats, Integers, Sequences, Timeline

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """Rows with what was measured in them, in the targets' own units.

    measured     (rows, n_targets) levels, also where changes are forecast; of classes (rows, 1) their numbers
    naive        (n_targets,) the mean error of the naive forecast in the training part; NaN where there is none
    class_names  of classes
    where        what messages call the rows
    """

    measured: NDArray[Any]
    naive: Numbers
    class_names: tuple[str, ...] = ()
    where: str = "the test split"

    def of_target(self, number: int) -> "Judged":
        """One target alone."""
        only = slice(number, number + 1)
        return replace(self, measured=self.measured[:, only], naive=self.naive[only])


def _nothing(_judged: Judged) -> str:
    return ""


class Row(NamedTuple):
    """A metric.

    value   the rows and their forecasts, (rows, n_targets) in the targets' own units or of classes the probabilities
            (rows, n_classes) -> the metric; NaN where it is not defined of these rows
    remark  what a reader must know of it on these rows, half a sentence that goes on after "NAME "; empty: nothing
    """

    value: Callable[[Judged, Numbers], float]
    remark: Callable[[Judged], str] = _nothing


def judged(timeline: Timeline, at: Integers, naive: Floats, where: str) -> Judged:
    """The rows at timesteps (rows,) of a timeline in its own units; naive, where: see Judged."""
    if timeline.n_classes:
        names = timeline.class_names or tuple(timeline.alphabet) or tuple(map(str, range(timeline.n_classes)))
        return Judged(timeline.targets[at][:, None], np.zeros(0), names, where)
    return Judged(timeline.levels(at), np.asarray(naive, np.float64), where=where)


def naive_errors(timeline: Timeline, train: Sequences, season: int | None) -> Numbers:
    """(n_targets,) the mean of |y[t] - y[t - season]| over the training part, within each of its pieces.

    season: in timesteps; none: 1. NaN where no two such targets are known; of classes (0,).

    Source: Hyndman & Koehler 2006, Another look at measures of forecast accuracy, International Journal of
    Forecasting 22.
    """
    if timeline.n_classes:
        return np.zeros(0)
    back, timesteps = season or 1, train.timesteps
    inside = timesteps - np.repeat(train.start, train.lengths) >= back
    later = timesteps[inside]
    later = later[timeline.scored[later] & timeline.scored[later - back]]
    if not len(later):
        return np.full(timeline.targets.shape[1], np.nan)
    return np.asarray(np.abs(timeline.levels(later) - timeline.levels(later - back)).mean(axis=0))
