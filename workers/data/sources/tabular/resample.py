"""Rows at even steps of time in place of those that came: the field `resample`.

Time is cut into intervals of one length, counted from 1970 in UTC. An interval has its end, and not its beginning, and
becomes a row at its end: a forecast made then knows all that is in it, and nothing later.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workers.data.seasons import in_words
from workers.data.sources.tabular.clock import moments
from workers.data.sources.tabular.rows import Rows
from workers.data.sources.tabular.sheets import Sheet
from workers.errors import DataError
from workers.wording import counted

Numbers = NDArray[np.float64]

FIELD = "data.resample"
MICROSECONDS = 1e6  # a second
LATEST = 9e12  # seconds, of which 64 bits hold the microseconds
MOST_EMPTY = 0.5  # of the intervals
MOST_INTERVALS = 50_000_000
COMMON = (1, 5, 10, 15, 30, 60, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400)  # seconds, of steps
SHOWN = 3


def resampled(rows: Rows, step: float, sheet: Sheet, held: Sequence[int]) -> Rows:
    """A row for each interval of `step` seconds, from the first of a sequence to its last; missing where it is empty.

    rows: in order, each time stamp once, cut at pauses that are longer than the step; held: the numbers of the columns
    that hold classes or categories. An interval has the mean of what its rows know, and of those the last. One that no
    row of its group has reached the end of is left out. Its `row` is the first row in it, or after it.

    Raises DataError for more intervals than memory holds.
    """
    number = interval(rows.clock, step)
    sequence, known = rows.sequence, np.ones(len(rows.row), bool)
    known[1:] = (np.diff(number) != 0) | ~rows.continues
    first = np.flatnonzero(known)
    begin = number[rows.starts]
    lengths = number[rows.starts + rows.lengths - 1] - begin + 1
    if (count := int(lengths.sum())) > MOST_INTERVALS:
        advice = "part rows at pauses with max_gap, or say a longer step"
        raise DataError(f"{sheet.path}: makes {count:,} intervals of {in_words(step)}; {advice}", FIELD)
    before = np.cumsum(lengths) - lengths
    which = np.repeat(np.arange(len(begin)), lengths)
    at = np.repeat(before - begin, rows.lengths)[first] + number[first]
    values = np.full((count, len(rows.names)), np.nan)
    values[at] = _within(rows.values, np.cumsum(known) - 1, held)
    next_row = first[np.searchsorted(at, np.arange(count))]
    numbers = np.arange(count) - (before - begin)[which]
    found = replace(
        rows,
        values=values,
        sequence=sequence[next_row],
        clock=numbers * _whole(step) / MICROSECONDS,
        row=rows.row[next_row],
        group=None if rows.group is None else rows.group[next_row],
    )
    return found.take(numbers <= ended(latest(rows), step)[next_row])


def interval(clock: Numbers | None, step: float) -> NDArray[np.int64]:
    """(rows,) the number of the interval in which each moment lies; its end is so many steps after 1970."""
    assert clock is not None  # noqa: S101  (for mypy: resampling needs time)
    return np.asarray(-(-_moments(clock) // _whole(step)), np.int64)


def ended(clock: Numbers, step: float) -> NDArray[np.int64]:
    """(rows,) the number of the last interval that has ended by each moment."""
    return np.asarray(_moments(clock) // _whole(step), np.int64)


def latest(rows: Rows) -> Numbers:
    """(rows,) the time of the last row of each row's group."""
    group = np.zeros(len(rows.row), np.int64) if rows.group is None else rows.group
    return np.asarray(pd.Series(rows.clock).groupby(group).transform("max"), np.float64)


def refuse_mostly_empty(rows: Rows, found: Rows, step: float, sheet: Sheet, *, dropped: bool) -> None:
    """Raises DataError where most intervals of `found` are empty, as the rows are too far apart.

    dropped: whether empty intervals are left out, so that pauses make none.
    """
    empty, of_all = _empty(found), len(found.row)
    if empty <= MOST_EMPTY * of_all:
        return
    assert rows.clock is not None  # noqa: S101  (for mypy: resampling needs time)
    usual = float(np.median(np.diff(rows.clock)[rows.continues]))
    what = f"{empty:,} of {counted(of_all, 'interval')} of {in_words(step)} would be empty"
    if usual > step:
        near = next((length for length in COMMON if length >= usual), usual)
        advice = f"rows are {in_words(round(usual, 3))} apart; say resample: {in_words(near)}, or longer"
        raise DataError(f"{sheet.path}: {what}: {advice}", FIELD)
    if not dropped:
        advice = "part the rows at pauses with max_gap, or say missing: {fill: drop}"
        raise DataError(f"{sheet.path}: {what}, most of them in pauses; {advice}", FIELD)


def named(found: Rows, which: NDArray[np.bool_], step: float, zone: str | None) -> str:
    """What messages call some of these intervals; which: (rows,) bool."""
    assert found.clock is not None  # noqa: S101  (for mypy: resampling needs time)
    ends = found.clock[which]
    shown = ends[:SHOWN]
    texts = [f"{count:.15g}" for count in found.unit.counts(shown)] if found.unit else map(str, moments(shown, zone))
    more = f" and {len(ends) - SHOWN:,} more" if len(ends) > SHOWN else ""
    return f"the {in_words(step)} up to {', '.join(texts)}{more}"


def note(rows: Rows, found: Rows, step: float) -> tuple[str, ...]:
    """How many rows became how many intervals, and how many wait for the end of theirs; rows of before are not told."""
    new = rows.row >= 0
    waiting = int((new & (interval(rows.clock, step) > ended(latest(rows), step))).sum())
    made = f"{counted(new.sum(), 'row')} resampled to {counted(len(found.row), 'interval')} of {in_words(step)}"
    left = f"{counted(waiting, 'row')} in an interval that has not ended: not used"
    return (f"{made}, {_empty(found):,} without any value", *([left] if waiting else []))


def _empty(found: Rows) -> int:
    return int(np.isnan(found.values).all(axis=1).sum())


def _within(values: Numbers, number: NDArray[np.int64], held: Sequence[int]) -> Numbers:
    """(intervals, columns) what the rows of each interval come to; number: (rows,) which, from 0."""
    groups = pd.DataFrame(values).groupby(number)
    found = groups.mean()
    for column in held:
        found[column] = groups[column].last()
    return np.asarray(found.to_numpy(np.float64))


def _moments(clock: Numbers) -> NDArray[np.int64]:
    """In microseconds."""
    if len(clock) and np.abs(clock).max() > LATEST:
        raise DataError("times are too large to be resampled; say what they count in time: {column, unit}", "data.time")
    return np.asarray(np.round(clock * MICROSECONDS), np.int64)


def _whole(step: float) -> int:
    """In microseconds."""
    return round(step * MICROSECONDS)
