"""The rows of each sequence in the order of time, each time stamp once."""

import numpy as np
from numpy.typing import NDArray

from workers.data.sources.tabular.clock import Time
from workers.data.sources.tabular.rows import Rows
from workers.data.sources.tabular.sheets import Sheet
from workers.data.sources.tabular.zones import daylight_saving
from workers.errors import DataError
from workers.wording import counted

SINCE_1970 = 1e8  # seconds; numbers that count fewer count them from elsewhere, or are no times
MANY_BACK = 0.02  # of the steps from row to row: rows that are merely out of order go back less often, or always
MANY_REPEATS = 0.1  # of the rows: then the time stamps do not tell them apart


def in_order(rows: Rows, sheet: Sheet, time: Time | None, *, sort: bool) -> Rows:
    """Each sequence's rows together, and in the order of time; time: the columns that say it.

    Raises DataError where time goes back, unless the rows are to be sorted.
    """
    rows = rows.take(np.argsort(rows.sequence, kind="stable"))
    if rows.clock is None or time is None:
        return rows
    clocks_changed = daylight_saving(rows, time)
    back = rows.continues & (np.diff(rows.clock) < 0)
    if not back.any():
        return rows.noted(clocks_changed)
    lines, times = sheet.lines(rows.row[1:][back]), counted(back.sum(), "time")
    if not sort:
        what = f"{sheet.path}, {lines}: time goes back ({times})"
        if not clocks_changed and (doubt := _doubt(rows.clock, back, time, counted_in=rows.unit is not None)):
            raise DataError(f"{what}; {doubt}", "data.time")
        advice = clocks_changed or "if the rows are complete but out of order, set order: sort"
        raise DataError(f"{what}; {advice}", "data.order")
    note = f"time went back {times} ({lines}): the rows were sorted"
    return rows.take(np.lexsort((rows.clock, rows.sequence)), note).noted(clocks_changed)


def _doubt(clock: NDArray[np.float64], back: NDArray[np.bool_], time: Time, *, counted_in: bool) -> str:
    """What to do where sorting would mix rows up: times that come again and again, or numbers that are no times.

    back: (rows - 1,) whether time goes back; counted_in: whether the column holds numbers.
    """
    again = len(np.unique(clock)) <= len(clock) / 2
    wanders = counted_in and clock.max() < SINCE_1970 and MANY_BACK < back.mean() < 1 - MANY_BACK
    if not again and not wanders:
        return ""
    series = "if several series stand one below the other, name the column that tells them apart in group"
    if not counted_in:
        return series
    return f"{series}; if {time.name} does not say when a row was, name the column that does, or leave time out"


def without_repeats(rows: Rows, sheet: Sheet) -> Rows:
    """Of each sequence's rows with the same time stamp the last, which may correct the others.

    Raises DataError when more than a tenth of the rows contradict another row of the same time stamp: the time stamps
    do not tell these rows apart.
    """
    if rows.clock is None:
        return rows
    repeated = np.append(rows.continues & (np.diff(rows.clock) == 0), False)
    if not repeated.any():
        return rows
    lines, of_all = sheet.lines(rows.row[repeated]), counted(len(repeated), "row")
    which = f"{repeated.sum():,} of {of_all} with the same time stamp as a later one ({lines})"
    now, later = rows.values[:-1], rows.values[1:]
    alike = ((now == later) | (np.isnan(now) & np.isnan(later))).all(axis=1)
    if (repeated[:-1] & ~alike).mean() > MANY_REPEATS:
        advice = "name the column that tells sequences apart in group, or leave time out if rows are evenly spaced"
        raise DataError(f"{sheet.path}: {which}; {advice}", "data.time")
    return rows.take(~repeated, f"{which}: dropped, the last is kept")
