"""The cells of a column: their text, which are missing, and the error that names a cell that cannot be used."""

from collections.abc import Collection

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api import types

from workers.data.sources.tabular.csv_parquet import Sheet
from workers.errors import DataError

LONGEST = 60  # characters of a cell that a message repeats


def text_of(cells: pd.Series) -> pd.Series:
    """(rows,) the cells as text, without blanks around it."""
    return cells.astype("str").str.strip()


def is_missing(text: pd.Series, absent: Collection[str]) -> NDArray[np.bool_]:
    """(rows,) whether a cell is empty, NaN, or one of `absent`."""
    return np.asarray(text.isna() | text.isin([*absent, ""]) | (text.str.lower() == "nan"), bool)


def as_numbers(cells: pd.Series, absent: Collection[str]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(rows,) the cells' numbers, NaN where a cell is none; and (rows,) whether the cell is missing."""
    if types.is_numeric_dtype(cells):
        values, missing = cells.to_numpy(np.float64, copy=True), cells.isna().to_numpy()
    else:
        text = text_of(cells)
        values = pd.to_numeric(text, errors="coerce").to_numpy(np.float64, copy=True)
        missing = is_missing(text, absent)
    missing = missing | np.isin(values, pd.to_numeric(pd.Series(list(absent), dtype=str), errors="coerce").dropna())
    values[missing] = np.nan
    return values, missing


def shown(sheet: Sheet, name: str, bad: NDArray[np.bool_]) -> str:
    """The first bad cell of the column as a message shows it."""
    cell = sheet.columns[name].iloc[int(bad.argmax())]
    return "empty" if types.is_scalar(cell) and pd.isna(cell) else str(cell)[:LONGEST]


def refusal(sheet: Sheet, name: str, bad: NDArray[np.bool_], what: str, field: str) -> DataError:
    """The error for the column's first bad cell, with the number of all of them.

    bad: (rows,) bool; what: completes "which ..."; field: of the study file.
    """
    rows = np.flatnonzero(bad)
    cell = shown(sheet, name, bad)
    quoted = cell if cell == "empty" else f"'{cell}'"
    count = f" ({len(rows):,} such cells)" if len(rows) > 1 else ""
    return DataError(f"{sheet.path}, {sheet.lines(rows[:1])}: {name} is {quoted}, which {what}{count}", field)
