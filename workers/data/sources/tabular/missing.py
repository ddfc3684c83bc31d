"""Missing values: the field `missing`. They are refused, their rows dropped, or filled with the last known value."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from workers.data.sources.tabular.rows import Rows
from workers.data.sources.tabular.sheets import Sheet
from workers.errors import DataError
from workers.wording import counted

Numbers = NDArray[np.float64]


def incomplete(values: Numbers) -> NDArray[np.bool_]:
    """(rows,) whether any of the row's values (rows, columns) is missing."""
    return np.asarray(np.isnan(values).any(axis=1))


def refuse_missing(rows: Rows, needed: int, sheet: Sheet, named: Callable[[NDArray[np.bool_]], str] | None) -> None:
    """Raises DataError when a value of the first `needed` columns is missing.

    named: what messages call such rows where they are none of the file
    """
    missing = incomplete(rows.values[:, :needed])
    if missing.any():
        lines = named(missing) if named else sheet.lines(np.sort(rows.row[missing]))
        what = f"values are missing ({_by_column(rows, needed)})"
        advice = "say missing: {fill: forward}, or say missing: {fill: drop}"
        raise DataError(f"{sheet.path}, {lines}: {what}; {advice}", "data.missing")


def drop_missing(rows: Rows, needed: int) -> Rows:
    """The rows in which no value of the first `needed` columns is missing."""
    missing = incomplete(rows.values[:, :needed])
    note = f"{counted(missing.sum(), 'row')} with a missing value dropped ({_by_column(rows, needed)})"
    return rows.take(~missing, note if missing.any() else "")


def fill_forward(rows: Rows, needed: int) -> tuple[Rows, Numbers]:
    """The rows, and (rows, columns) their values, each missing one replaced by the last known one of its sequence.

    Rows in which one of the first `needed` columns has no value yet are dropped.
    """
    values = last_known(rows)
    young = incomplete(values[:, :needed])
    dropped = f"{counted(young.sum(), 'row')} before the first value of a sequence dropped"
    rows, values = rows.take(~young, dropped if young.any() else ""), values[~young]
    count = int(np.isnan(rows.values[:, :needed]).sum())
    filled = f"{counted(count, 'missing value')} filled with the last known one ({_by_column(rows, needed)})"
    return rows.noted(filled if count else ""), values


def refuse_nothing(rows: Rows, sheet: Sheet) -> None:
    """Raises DataError where no row is left."""
    if not len(rows.row):
        raise DataError(f"{sheet.path}: no row is left once those with missing values are dropped", "data.missing")


def last_known(rows: Rows) -> Numbers:
    """(rows, columns) the last value known by each row in its sequence, NaN where there is none yet."""
    number = np.arange(len(rows.row))[:, None]
    last = np.maximum.accumulate(np.where(np.isnan(rows.values), -1, number), axis=0)
    first = np.repeat(rows.starts, rows.lengths)[:, None]
    return np.where(last >= first, np.take_along_axis(rows.values, np.maximum(last, 0), axis=0), np.nan)


def note_unscored(rows: Rows, targets: list[int], horizon: int) -> Rows:
    """The same rows, with notes of how many targets are missing and how many sequences are too short to have one.

    targets: the numbers of the target columns; horizon: rows.
    """
    missing = int(incomplete(rows.values[:, targets]).sum())
    short = int((rows.lengths <= horizon).sum())
    filled_in = f"{counted(missing, 'missing target')} not scored: what is filled in was never measured"
    no_target = f"{short:,} of {counted(len(rows.starts), 'sequence')} too short for the horizon, so not scored"
    return rows.noted(filled_in if missing else "").noted(no_target if short else "")


def _by_column(rows: Rows, n: int) -> str:
    """How many values are missing in each of the first `n` columns that misses any, such as `x 1, y 2`."""
    counts = zip(rows.names[:n], np.isnan(rows.values[:, :n]).sum(axis=0), strict=True)
    return ", ".join(f"{name} {count:,}" for name, count in counts if count)
