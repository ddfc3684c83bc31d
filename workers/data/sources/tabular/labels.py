"""Columns of class labels, and the column that names each row's group."""

from collections.abc import Collection

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api import types

from workers.data.sources.tabular.cells import as_numbers, is_missing, refusal, text_of
from workers.data.sources.tabular.csv_parquet import Sheet
from workers.errors import DataError
from workers.wording import listed


def are_labels(sheet: Sheet, name: str, absent: Collection[str]) -> bool:
    """Whether the column holds classes: true and false, or text of which no cell is a number."""
    cells = sheet.columns[name]
    if types.is_numeric_dtype(cells) or types.is_datetime64_any_dtype(cells):
        return bool(types.is_bool_dtype(cells))
    values, missing = as_numbers(cells, absent)
    return not missing.all() and bool(np.isnan(values[~missing]).all())


def labels(sheet: Sheet, name: str, absent: Collection[str]) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """(rows,) the position of each cell among the sorted classes, NaN where missing; and the classes.

    Raises DataError when there is but one class, or no class occurs twice: then the column is no label.
    """
    text = text_of(sheet.columns[name])
    known = ~is_missing(text, absent)
    classes = sorted(text[known].unique())
    if len(classes) in (1, known.sum()):
        alike = "all its cells are" if len(classes) == 1 else "no two of its cells are"
        what = f"{name} holds text, and {alike} alike ({listed(classes)}); there are no classes to tell apart"
        raise DataError(f"{sheet.path}: {what}", "data.targets")
    codes = pd.Categorical(text.where(known), categories=classes).codes.astype(np.float64)
    return np.where(codes < 0, np.nan, codes), tuple(classes)


def labels_among(sheet: Sheet, name: str, absent: Collection[str], classes: tuple[str, ...]) -> NDArray[np.float64]:
    """(rows,) the position of each cell among these classes, NaN where missing. Raises DataError for another class."""
    text = text_of(sheet.columns[name])
    known = ~is_missing(text, absent)
    codes = text.map({one: number for number, one in enumerate(classes)}).to_numpy(np.float64)
    strange = known & np.isnan(codes)
    if strange.any():
        what = f"is a class that training did not have; it had {listed(classes)}"
        raise refusal(sheet, name, strange, what, "data.targets")
    return np.where(known, codes, np.nan)


def groups(sheet: Sheet, name: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """(rows,) the number of each row's group, in the order they appear; and the groups' names.

    Raises DataError for an empty cell.
    """
    cells = sheet.columns[name]
    codes, names = pd.factorize(cells if types.is_numeric_dtype(cells) else text_of(cells))
    if (codes < 0).any():
        raise refusal(sheet, name, codes < 0, "names no group", "data.group")
    return np.asarray(codes, np.int64), tuple(map(str, names))
