"""How evenly rows are spaced in time, by which one reading of dates is told from another."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

FEW_UNEVEN = 0.03  # of the steps, at most, by the right reading
TIMES_MORE = 3  # as many uneven steps, at least, by a wrong one
FEWEST = 3  # steps, by which readings are told apart


def only_even(readings: dict[str, Numbers], group: NDArray[np.int64]) -> str | None:
    """The one reading, by name, by which rows are evenly spaced within groups; None where none or several are."""
    uneven = {name: _uneven(clock, group) for name, clock in readings.items()}
    best, *others = sorted(uneven, key=lambda name: uneven[name])
    steps = len(group) - len(np.unique(group))
    clear = all(uneven[other] > TIMES_MORE * uneven[best] for other in others)
    return best if clear and steps >= FEWEST and uneven[best] <= FEW_UNEVEN * steps else None


def _uneven(clock: Numbers, group: NDArray[np.int64]) -> int:
    """Steps within groups that are unlike the commonest, by length or by number of months. clock: (rows,) seconds."""
    order = np.argsort(group, kind="stable")
    clock, inside = clock[order], np.diff(group[order]) == 0
    moments = pd.DatetimeIndex(pd.to_datetime(clock, unit="s"))
    months = np.diff(moments.year * 12 + moments.month)[inside]
    whole = months * ((np.diff(moments.day) == 0) & (np.diff(clock % 86400) == 0))[inside]
    return min(_unlike(steps) for steps in (np.diff(clock)[inside], whole))


def _unlike(steps: NDArray[np.integer] | Numbers) -> int:
    values, counts = np.unique(np.abs(steps[steps != 0]), return_counts=True)
    return len(steps) - int(counts.max(initial=0)) if len(values) else len(steps)
