"""Rows so many rows before, and what came together since then: within a sequence, and never of a later row."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workers.data.seasons import in_words
from workers.data.sources.fields import seconds
from workers.data.sources.tabular.resample import interval
from workers.data.sources.tabular.rows import Rows
from workers.data.sources.tabular.sampling import LAG, in_rows
from workers.errors import DataError
from workers.wording import counted

Numbers = NDArray[np.float64]
Integers = NDArray[np.int64]

MOST_BACK = 10_000  # rows
AT_ONCE = 4_000_000  # numbers in memory

How = Literal["mean", "min", "max"]
TOGETHER: Mapping[How, Callable[..., Numbers]] = {"mean": np.nanmean, "min": np.nanmin, "max": np.nanmax}


class Back(NamedTuple):
    """How far inputs look back: over so many rows, and over so many seconds."""

    reach: int = 0
    span: float = 0.0


def places(rows: Rows, step: float | None) -> Integers:
    """(rows,) what rows are counted by: their order, or of resampled ones the intervals, some of them left out."""
    return np.arange(len(rows.row)) if step is None else interval(rows.clock, step)


def in_intervals(length: str, step: float | None) -> int:
    """How many intervals of so many seconds a duration is."""
    assert step is not None  # noqa: S101  (for mypy: only of resampled rows)
    return round(seconds(length) / step)


def row_before(rows: Rows, at: Integers, count: int) -> Integers:
    """(rows,) the row `count` places before each in its sequence; where none is there the last before it, or the first.

    at: (rows,) the place of each
    """
    found = np.empty(len(at), np.int64)
    for start, stop in pairwise([*rows.starts.tolist(), len(at)]):
        own = at[start:stop]
        found[start:stop] = start + np.maximum(np.searchsorted(own, own - count, side="right") - 1, 0)
    return found


def row_then(rows: Rows, duration: float) -> Integers:
    """(rows,) of the earlier rows of its sequence the one nearest to so many seconds before; of the first itself.

    Where two are as near it is the earlier.
    """
    assert rows.clock is not None  # noqa: S101  (for mypy: who asks has checked that there is a time)
    found = np.empty(len(rows.row), np.int64)
    for start, stop in pairwise([*rows.starts.tolist(), len(rows.row)]):
        own, number = rows.clock[start:stop], np.arange(stop - start)
        then = own - duration
        after = np.minimum(np.searchsorted(own, then), np.maximum(number - 1, 0))
        before = np.maximum(after - 1, 0)
        found[start:stop] = start + np.where(then - own[before] <= own[after] - then, before, after)
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


def kept_from(rows: Rows, step: float | None, start: int, stop: int, back: Back) -> int:
    """The first row that the next of a sequence may look back to; its rows: start to stop.

    back: how far the next one may look back
    """
    own = places(rows, step)[start:stop]
    first = int(np.searchsorted(own, own[-1] + 1 - back.reach, side="right"))
    if back.span and rows.clock is not None:
        clock = rows.clock[start:stop]
        first = min(first, int(np.searchsorted(clock, clock[-1] - back.span)))
    return start + max(first - 1, 0)


def young(rows: Rows, back: Back) -> str:
    """A note of how many of the rows cannot look back so far; empty where all can."""
    first = np.repeat(rows.starts, rows.lengths)
    few, length = np.arange(len(rows.row)) - first < back.reach, ""
    if back.span and rows.clock is not None:
        few |= rows.clock - rows.clock[first] < back.span
        length = in_words(back.span)
    count = int((few & (rows.row >= 0) & rows.now).sum())
    needed = " or ".join(filter(None, [str(back.reach or ""), length]))
    what = f"{counted(count, 'row')} with fewer than {needed} before them in their sequence"
    return f"{what}: inputs look back as far as it goes" if count else ""


def refuse_uneven(rows: Rows, lengths: Sequence[str], step: float | None) -> None:
    """Raises DataError where one of these durations is no whole number of rows, or more than MOST_BACK.

    step: seconds to which they were resampled
    """
    for length in lengths:
        count = in_intervals(length, step) if step else in_rows(rows, seconds(length), length, LAG)
        if count > MOST_BACK:
            what = f"a lag of {length} is {counted(count, 'row')}"
            raise DataError(f"{what}: at most {MOST_BACK:,}", LAG.field)
