"""Rows so many rows before, and what came together since then: within a sequence, and never of a later row."""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workers.data.sources.tabular.resample import interval
from workers.data.sources.tabular.rows import Rows

Numbers = NDArray[np.float64]
Integers = NDArray[np.int64]

AT_ONCE = 4_000_000  # numbers in memory

How = Literal["mean", "min", "max"]
TOGETHER: Mapping[How, Callable[..., Numbers]] = {"mean": np.nanmean, "min": np.nanmin, "max": np.nanmax}


def places(rows: Rows, step: float | None) -> Integers:
    """(rows,) what rows are counted by: their order, or of resampled ones the intervals, some of them left out."""
    return np.arange(len(rows.row)) if step is None else interval(rows.clock, step)


def row_before(rows: Rows, at: Integers, count: int) -> Integers:
    """(rows,) the row `count` places before each in its sequence; where none is there the last before it, or the first.

    at: (rows,) the place of each
    """
    found = np.empty(len(at), np.int64)
    for start, stop in pairwise([*rows.starts.tolist(), len(at)]):
        own = at[start:stop]
        found[start:stop] = start + np.maximum(np.searchsorted(own, own - count, side="right") - 1, 0)
    return found


def together(values: Numbers, rows: Rows, at: Integers, count: int, how: How) -> Numbers:
    """(rows,) the mean, or another of TOGETHER, of the last `count` places up to each row, or all its sequence has."""
    found, first = np.empty(len(values)), np.empty(len(values), np.int64)
    for start, stop in pairwise([*rows.starts.tolist(), len(at)]):
        own = at[start:stop]
        first[start:stop] = start + np.searchsorted(own, own - count, side="right")
    pieces = max(AT_ONCE // count, 1)
    for begin in range(0, len(values), pieces):
        last = np.arange(begin, min(begin + pieces, len(values)))
        index = first[last][:, None] + np.arange(count)
        within = np.where(index <= last[:, None], values[np.minimum(index, len(values) - 1)], np.nan)
        found[last] = TOGETHER[how](within, axis=1)
    return found


def kept_from(rows: Rows, step: float | None, start: int, stop: int, reach: int) -> int:
    """The first row that the next of a sequence may look back to; its rows: start to stop.

    reach: by how many places the next one may look back
    """
    own = places(rows, step)[start:stop]
    return start + max(int(np.searchsorted(own, own[-1] + 1 - reach, side="right")) - 1, 0)
