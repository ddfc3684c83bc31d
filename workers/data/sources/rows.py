"""A table's rows as numbers, and all that is mended about them: order, repeats, missing values, pauses."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers.data.sources.tabular import Sheet
from workers.errors import DataError
from workers.wording import counted

MANY_REPEATS = 0.1  # of the rows: then the time stamps do not tell them apart


@dataclass(frozen=True)
class Rows:
    """The used columns; what happens to a row happens to all of it.

    values    (rows, columns) float64, NaN where missing
    names     (columns,)
    sequence  (rows,) int64, the number of the sequence
    clock     (rows,) float64 seconds, if there is a time column
    row       (rows,) int64, which row of the file it was
    notes     what was mended, a sentence each
    """

    values: NDArray[np.float64]
    names: tuple[str, ...]
    sequence: NDArray[np.int64]
    clock: NDArray[np.float64] | None
    row: NDArray[np.int64]
    notes: tuple[str, ...] = ()

    def take(self, which: NDArray[Any], note: str = "") -> "Rows":
        """These rows only, in this order."""
        return replace(
            self,
            values=self.values[which],
            sequence=self.sequence[which],
            clock=None if self.clock is None else self.clock[which],
            row=self.row[which],
        ).noted(note)

    def noted(self, note: str) -> "Rows":
        """The same rows with one more note, if it says something."""
        return replace(self, notes=(*self.notes, note)) if note else self

    @property
    def starts(self) -> NDArray[np.int64]:
        """(n_sequences,) where each sequence begins."""
        return np.flatnonzero(np.diff(self.sequence, prepend=-1)).astype(np.int64)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """(n_sequences,) rows of each sequence."""
        return np.diff(np.append(self.starts, len(self.row)))


def in_order(rows: Rows, sheet: Sheet, *, sort: bool) -> Rows:
    """Each sequence's rows together, and in the order of time. Raises DataError for time going back, unless sorted."""
    rows = rows.take(np.argsort(rows.sequence, kind="stable"))
    if rows.clock is None:
        return rows
    back = _same_sequence(rows) & (np.diff(rows.clock) < 0)
    if not back.any():
        return rows
    where, times = sheet.where(rows.row[1:][back]), counted(back.sum(), "time")
    if not sort:
        advice = "if the rows are complete but out of order, set order: sort"
        raise DataError(f"{sheet.path}, {where}: time goes back ({times}); {advice}", "data.order")
    note = f"time went back {times} ({where}): the rows were sorted"
    return rows.take(np.lexsort((rows.clock, rows.sequence)), note)


def without_repeats(rows: Rows, sheet: Sheet) -> Rows:
    """Of a sequence's rows with the same time stamp the last, which may correct the others.

    Raises DataError when more than a tenth of the rows contradict another: their stamps do not tell them apart.
    """
    if rows.clock is None:
        return rows
    repeated = np.append(_same_sequence(rows) & (np.diff(rows.clock) == 0), False)
    if not repeated.any():
        return rows
    where = sheet.where(rows.row[repeated])
    where = f"{repeated.sum():,} of {counted(len(repeated), 'row')} with the same time stamp as a later one ({where})"
    here, later = rows.values[:-1], rows.values[1:]
    alike = ((here == later) | (np.isnan(here) & np.isnan(later))).all(axis=1)
    if (repeated[:-1] & ~alike).mean() > MANY_REPEATS:
        advice = "name the column that tells sequences apart in group, or leave time out if rows are evenly spaced"
        raise DataError(f"{sheet.path}: {where}; {advice}", "data.time")
    return rows.take(~repeated, f"{where}: dropped, the last is kept")


def complete(rows: Rows, sheet: Sheet) -> Rows:
    """The same rows. Raises DataError when a value is missing."""
    missing = incomplete(rows.values)
    if not missing.any():
        return rows
    where = sheet.where(np.sort(rows.row[missing]))
    what = f"values are missing ({_by_column(rows)}); say what to do: missing: {{fill: forward}} or {{fill: drop}}"
    raise DataError(f"{sheet.path}, {where}: {what}", "data.missing")


def dropped(rows: Rows) -> Rows:
    """The rows in which no value is missing."""
    missing = incomplete(rows.values)
    note = f"{counted(missing.sum(), 'row')} with a missing value dropped ({_by_column(rows)})"
    return rows.take(~missing, note if missing.any() else "")


def parted(rows: Rows, max_gap: float, pause: str) -> Rows:
    """A new sequence after each pause longer than `max_gap` seconds; `pause` is how the study wrote it."""
    if rows.clock is None:
        return rows
    long = _same_sequence(rows) & (np.diff(rows.clock) > max_gap)
    begins = np.append(True, long | (np.diff(rows.sequence) != 0))[: len(rows.row)]
    note = f"{counted(long.sum(), 'pause')} longer than {pause}: the rows make {counted(begins.sum(), 'sequence')}"
    return replace(rows, sequence=np.cumsum(begins) - 1).noted(note if long.any() else "")


def incomplete(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(rows,) whether any of the row's values is missing."""
    return np.asarray(np.isnan(values).any(axis=1))


def filled(rows: Rows, needed: int, sheet: Sheet) -> tuple[Rows, NDArray[np.float64]]:
    """The rows, and (rows, columns) their values, each missing one replaced by the last known in its sequence.

    Rows in which one of the first `needed` columns has no value yet are dropped. Raises DataError when none is left.
    """
    place = np.arange(len(rows.row))[:, None]
    last = np.maximum.accumulate(np.where(np.isnan(rows.values), -1, place), axis=0)
    first = np.repeat(rows.starts, rows.lengths)[:, None]
    values = np.where(last >= first, np.take_along_axis(rows.values, np.maximum(last, 0), axis=0), np.nan)
    young = incomplete(values[:, :needed])
    if young.all():
        raise DataError(f"{sheet.path}: no row is left once those with missing values are dropped", "data.missing")
    dropped = f"{counted(young.sum(), 'row')} before the first value of a sequence dropped" if young.any() else ""
    rows, values = rows.take(~young, dropped), values[~young]
    count = int(np.isnan(rows.values[:, :needed]).sum())
    note = (
        f"{counted(count, 'missing value')} filled with the last known one ({_by_column(rows, needed)})"
        if count
        else ""
    )
    return rows.noted(note), values


def unscored(rows: Rows, targets: list[int], horizon: int) -> Rows:
    """The same rows, with a note of how many targets are missing and of sequences too short to have one."""
    missing = int(incomplete(rows.values[:, targets]).sum())
    short = int((rows.lengths <= horizon).sum())
    filled_in = f"{counted(missing, 'missing target')} not scored: what is filled in was never measured"
    no_target = f"{short:,} of {counted(len(rows.starts), 'sequence')} too short for the horizon, so not scored"
    return rows.noted(filled_in if missing else "").noted(no_target if short else "")


def _same_sequence(rows: Rows) -> NDArray[np.bool_]:
    return np.asarray(np.diff(rows.sequence) == 0)


def _by_column(rows: Rows, n: int | None = None) -> str:
    """How many values are missing in each of the first `n` columns that misses any."""
    counts = zip(rows.names[:n], np.isnan(rows.values[:, :n]).sum(axis=0), strict=True)
    return ", ".join(f"{name} {count:,}" for name, count in counts if count)
