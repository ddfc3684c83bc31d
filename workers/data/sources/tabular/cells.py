"""The cells of a column: their text, the numbers in them, and the error that names a cell that cannot be used."""

from collections.abc import Collection

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api import types

from workers.data.sources.tabular.absent import is_missing
from workers.data.sources.tabular.dialect import Dialect
from workers.data.sources.tabular.sheets import Sheet
from workers.errors import DataError

LONGEST = 60  # characters of a cell that a message repeats
TRUE_AND_FALSE = {"true": 1.0, "false": 0.0}


def text_of(cells: pd.Series) -> pd.Series:
    """(rows,) the cells as text, without blanks around it."""
    return cells.astype("str").str.strip()


def are_booleans(text: pd.Series) -> bool:
    """Whether there are cells, and all are true or false."""
    return len(text) > 0 and bool(text.str.lower().isin(list(TRUE_AND_FALSE)).all())


def as_numbers(
    cells: pd.Series, absent: Collection[str], dialect: Dialect
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(rows,) the cells' numbers, NaN where a cell is none; and (rows,) whether the cell is missing.

    True and false are 1 and 0 where a column has nothing else.
    """
    if types.is_numeric_dtype(cells):
        values, missing = cells.to_numpy(np.float64, copy=True), cells.isna().to_numpy()
    else:
        text = text_of(cells)
        missing = is_missing(text, absent)
        values = _numbers(text, missing, dialect)
    missing = missing | np.isin(values, pd.to_numeric(pd.Series(list(absent), dtype=str), errors="coerce").dropna())
    values[missing] = np.nan
    return values, missing


def _numbers(text: pd.Series, missing: NDArray[np.bool_], dialect: Dialect) -> NDArray[np.float64]:
    if are_booleans(text[~missing]):
        numbers = text.str.lower().map(TRUE_AND_FALSE)
    else:
        numbers = pd.to_numeric(dialect.plain(text), errors="coerce")
    return np.array(numbers, np.float64)


def refusal(sheet: Sheet, name: str, bad: NDArray[np.bool_], what: str, field: str) -> DataError:
    """The error for the column's first bad cell, with the number of all of them.

    bad: (rows,) bool; what: completes "which ..."; field: of the study file.
    """
    rows = np.flatnonzero(bad)
    cell = sheet.columns[name].iloc[int(rows[0])]
    quoted = "empty" if types.is_scalar(cell) and pd.isna(cell) else f"'{str(cell)[:LONGEST]}'"
    count = f" ({len(rows):,} such cells)" if len(rows) > 1 else ""
    return DataError(f"{sheet.path}, {sheet.lines(rows[:1])}: {name} is {quoted}, which {what}{count}", field)
