"""How far rows are apart in time, and whether that is always the same."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

NEARLY_ALL = 0.97  # of the steps, that have to be alike
FEWEST = 3  # steps, of which it can be said


def evenly_spaced(clock: Numbers, group: NDArray[np.int64]) -> bool:
    """Whether nearly all steps within groups are alike: as long, or a number of months. clock: (rows,) seconds."""
    order = np.argsort(group, kind="stable")
    clock, inside = clock[order], np.diff(group[order]) == 0
    if inside.sum() < FEWEST:
        return False
    moments = pd.DatetimeIndex(pd.to_datetime(clock, unit="s"))
    months = np.diff(moments.year * 12 + moments.month)[inside]
    whole = months * ((np.diff(moments.day) == 0) & (np.diff(clock % 86400) == 0))[inside]
    return any(_alike(steps) for steps in (np.diff(clock)[inside], whole))


def _alike(steps: NDArray[np.integer] | Numbers) -> bool:
    values, counts = np.unique(np.abs(steps), return_counts=True)
    return bool(values[counts.argmax()] > 0 and counts.max() >= NEARLY_ALL * len(steps))
