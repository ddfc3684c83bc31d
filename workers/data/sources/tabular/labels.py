"""Columns of class labels, and the column that names each row's group."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api import types

from workers.data.sources.tabular.absent import Missing, is_missing
from workers.data.sources.tabular.cells import are_booleans, as_numbers, refusal, text_of
from workers.data.sources.tabular.numeric import ASK, TARGETS, written
from workers.data.sources.tabular.sheets import Sheet
from workers.errors import DataError
from workers.wording import counted, listed

FEW_CLASSES = 10
ROWS_A_CLASS = 10  # fewer, of more classes than few: then it is asked whether the column holds classes
FEW_NUMBERS = 20


def are_labels(sheet: Sheet, name: str, missing: Missing) -> bool:
    """Whether the column holds classes: true and false, or text of which no cell is a number."""
    cells = sheet.columns[name]
    if types.is_numeric_dtype(cells) or types.is_datetime64_any_dtype(cells):
        return bool(types.is_bool_dtype(cells))
    text = text_of(cells)
    known = ~is_missing(text, missing.values)
    if are_booleans(text[known]):
        return True
    values, absent = as_numbers(cells, missing.values, sheet.dialect)
    return not absent.all() and bool(np.isnan(values[~absent]).all())


def labels(sheet: Sheet, name: str, missing: Missing, *, asked: bool) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """(rows,) the position of each cell among the sorted classes, NaN where missing; and the classes.

    asked: whether the study file says that these are classes. Raises DataError when there is but one class, or no class
    occurs twice: then the column is no label; and unless asked for text that looks like numbers, and for many classes.
    """
    text = _class_names(sheet, name, missing)
    known = text.notna().to_numpy()
    if not known.any():
        raise DataError(f"{sheet.path}: {name} has no value", TARGETS)
    classes = sorted(text[known].unique(), key=_in_order(text[known]))
    if not asked and (look := written(sheet, name, known)):
        raise refusal(sheet, name, known, f"is text; {look}; {ASK}", TARGETS)
    if len(classes) in (1, known.sum()):
        alike = "all its cells are" if len(classes) == 1 else "no two of its cells are"
        what = f"{name} holds text, and {alike} alike ({listed(classes)}); there are no classes to tell apart"
        raise DataError(f"{sheet.path}: {what}", TARGETS)
    if not asked and len(classes) > max(FEW_CLASSES, known.sum() / ROWS_A_CLASS):
        what = f"{name} holds {len(classes):,} different texts in {counted(known.sum(), 'row')} ({listed(classes[:3])})"
        raise DataError(f"{sheet.path}: {what}; {ASK}", TARGETS)
    codes = pd.Categorical(text, categories=classes).codes.astype(np.float64)
    return np.where(codes < 0, np.nan, codes), tuple(classes)


def labels_among(sheet: Sheet, name: str, missing: Missing, classes: tuple[str, ...]) -> NDArray[np.float64]:
    """(rows,) the position of each cell among these classes, NaN where missing. Raises DataError for another class."""
    names = _class_names(sheet, name, missing)
    known = names.notna().to_numpy()
    codes = names.map({one: number for number, one in enumerate(classes)}).to_numpy(np.float64)
    strange = known & np.isnan(codes)
    if strange.any():
        what = f"is a class that training did not have; it had {listed(classes)}"
        raise refusal(sheet, name, strange, what, TARGETS)
    return np.where(known, codes, np.nan)


def _class_names(sheet: Sheet, name: str, missing: Missing) -> pd.Series:
    """(rows,) the class of each cell, None where it is missing; whole numbers and true and false written in one way."""
    cells = sheet.columns[name]
    text = text_of(cells)
    values, absent = as_numbers(cells, missing.values, sheet.dialect)
    known = text[~absent]
    if are_booleans(known):
        return text.str.capitalize().where(~absent)
    numbers = values[~absent]
    if not np.isfinite(numbers).all() or not len(numbers):
        return text.where(~absent)
    broken = np.zeros(len(text), bool)
    broken[~absent] = numbers != np.round(numbers)
    if broken.any():
        raise refusal(sheet, name, broken, "is no class: classes are texts or whole numbers", "data.classes")
    return pd.Series([f"{value:.0f}" for value in np.nan_to_num(values)], dtype="str").where(~absent)


def _in_order(names: pd.Series) -> "type[str] | type[float]":
    """By what classes are sorted: numbers by their size."""
    return float if bool(names.str.fullmatch("-?[0-9]+").all()) else str


def few_numbers(name: str, values: NDArray[np.float64]) -> str:
    """A note where a target, (rows,), takes but a few whole numbers, which may be classes; else empty."""
    known = values[~np.isnan(values)]
    if not len(known) or (known != np.round(known)).any():
        return ""
    different = len(np.unique(known))
    few = 1 < different <= min(FEW_NUMBERS, len(known) / ROWS_A_CLASS)
    return f"{name} takes only {different} values, whole numbers, and was read as a number; {ASK}" if few else ""


def groups(sheet: Sheet, name: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """(rows,) the number of each row's group, in the order they appear; and the groups' names, which are text.

    Raises DataError for an empty cell.
    """
    codes, names = pd.factorize(text_of(sheet.columns[name]))
    if (codes < 0).any():
        raise refusal(sheet, name, codes < 0, "names no group", "data.group")
    return np.asarray(codes, np.int64), tuple(map(str, names))
