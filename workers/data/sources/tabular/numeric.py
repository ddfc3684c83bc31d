"""Columns of numbers."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api import types

from workers.data.sources.tabular.absent import Missing
from workers.data.sources.tabular.cells import LONGEST, as_numbers, refusal, text_of
from workers.data.sources.tabular.formats import format_of
from workers.data.sources.tabular.names import same_form
from workers.data.sources.tabular.sheets import Sheet
from workers.data.sources.tabular.written_numbers import DATES, looks_like_a_number, writing_of
from workers.data.timeline import LARGEST
from workers.wording import as_yaml

TARGETS = "data.targets"
COMMENTS = ("#", "//", "%", ";")
MAX_LISTED = 5  # different cells that advice lists
ASK = "if these are classes, say classes: true"
MEANS_MISSING = {"-", "--", "?", ".", "na", "n/a", "#n/a", "nil", "nan", "none", "null", "missing"}


def numbers(sheet: Sheet, name: str, missing: Missing, field: str) -> NDArray[np.float64]:
    """(rows,) the column's numbers, NaN where a cell is empty or says that it is missing.

    Raises DataError for a cell that is no number, and for one that is infinite or too large.
    """
    values, absent = as_numbers(sheet.columns[name], missing.values, sheet.dialect)
    no_number = np.isnan(values) & ~absent
    if no_number.any():
        has_numbers = bool(np.isfinite(values).any())
        cure = _cure(sheet, name, no_number, missing, has_numbers=has_numbers)
        ask = f"; {ASK}" if field == TARGETS else "" if has_numbers or cure else f"; {as_categories(name)}"
        raise refusal(sheet, name, no_number, f"is not a number{cure}{ask}", field)
    if (large := np.abs(values) > LARGEST).any():
        raise refusal(sheet, name, large, "is infinite or too large a number", field)
    return values


def as_categories(name: str) -> str:
    """What a study file has to have for an input to hold categories."""
    return f"if it holds categories, say {{column: {as_yaml(name)}, as: category}}"


def written(sheet: Sheet, name: str, which: NDArray[np.bool_]) -> str:
    """What most of these cells of the column look like and what to do, for a message; empty where they are but text."""
    cells = sheet.columns[name]
    found = DATES if types.is_datetime64_any_dtype(cells) else writing_of(text_of(cells[which]), sheet.dialect)
    return f"the cells look like {found.what}: {found.advice}" if found else ""


def _cure(sheet: Sheet, name: str, bad: NDArray[np.bool_], missing: Missing, *, has_numbers: bool) -> str:
    """What to do about these cells, as a message goes on; empty where nothing is known."""
    texts = list(dict.fromkeys(text_of(sheet.columns[name][bad])))
    if same_form(name) in map(same_form, texts):
        return "; the names of columns are repeated there: delete such lines"
    if bad[0] and has_numbers and _says_units(sheet, name):
        may_be_said = "units_row" in format_of(sheet.path).said and not sheet.dialect.units_row
        remedy = "say units_row: true" if may_be_said else "leave that row out"
        return f"; if that row says what the units are, {remedy}"
    if sign := next((each for each in COMMENTS if all(text.startswith(each) for text in texts)), ""):
        return f"; if lines that begin with {sign} are comments, say comment: {as_yaml(sign)}"
    if look := written(sheet, name, bad):
        return f"; {look}"
    listed = [text for text in texts if not looks_like_a_number(text)]
    if not has_numbers or len(listed) > MAX_LISTED or not listed or max(map(len, listed)) > LONGEST:
        return ""
    means, what = ("it means", "it") if len(listed) == 1 else ("they mean", "them")
    return f"; if {means} missing, list {what}: {missing.advice(listed)}"


def _says_units(sheet: Sheet, name: str) -> bool:
    """Whether the first row may say units: no cell of it can be a number or date, and this column's is not missing."""
    texts = [str(text_of(sheet.columns[each].iloc[:1]).iloc[0]) for each in sheet.columns]
    cell = texts[list(sheet.columns).index(name)]
    plain = pd.to_numeric(sheet.dialect.plain(pd.Series(texts, dtype=str)), errors="coerce")
    return cell.lower() not in MEANS_MISSING and bool(plain.isna().all()) and not any(map(looks_like_a_number, texts))
