"""Makes numbers, moments or classes of a column's cells; a cell that is neither is named with its line."""

import warnings
from collections.abc import Collection

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api import types
from pandas.tseries.api import guess_datetime_format

from workers.data.sources.tabular import Sheet
from workers.errors import DataError
from workers.wording import listed

Numbers = NDArray[np.float64]
LARGEST = float(np.finfo(np.float32).max)
LONGEST = 60  # characters of a cell that a message repeats


def numbers(sheet: Sheet, name: str, absent: Collection[str], field: str) -> Numbers:
    """(rows,) the column's numbers, NaN where a cell is empty or one of `absent`.

    Raises DataError for a cell that is no number, and for one that is infinite or beyond 32-bit floats.
    """
    values, missing = _parsed(sheet.columns[name], absent)
    strange = np.isnan(values) & ~missing
    if strange.any():
        listing = "{values: [" + _first(sheet, name, strange) + "], fill: forward}"
        advice = f"; if it means missing, list it: missing: {listing}" if np.isfinite(values).any() else ""
        raise _fault(sheet, name, strange, f"is not a number{advice}", field)
    if (large := np.abs(values) > LARGEST).any():
        raise _fault(sheet, name, large, "is infinite or too large for a 32-bit number", field)
    return values


def moments(sheet: Sheet, name: str) -> tuple[Numbers, str]:
    """(rows,) seconds since 1970 in UTC, and what is remarkable about how they were read.

    Without a zone UTC is meant; plain numbers are seconds already. Raises DataError for a cell that is no date.
    """
    cells = sheet.columns[name]
    if types.is_numeric_dtype(cells) and not types.is_bool_dtype(cells):
        values, note = cells.to_numpy(np.float64), f"{name} holds plain numbers, taken as seconds"
        bad = ~np.isfinite(values)
    else:
        dates, note = _dates(sheet, name)
        bad = dates.isna().to_numpy()
        values = dates.dt.tz_localize(None).to_numpy("datetime64[us]").astype(np.int64) / 1e6
    if bad.any():
        what = "is not a date and time; write them like 2024-03-31 14:05:00 (Z or +02:00 may follow)"
        raise _fault(sheet, name, bad, what, "data.time")
    return values, note


def groups(sheet: Sheet, name: str) -> NDArray[np.int64]:
    """(rows,) the number of each row's group, in the order they appear. Raises DataError for an empty cell."""
    cells = sheet.columns[name]
    codes, _ = pd.factorize(cells if types.is_numeric_dtype(cells) else _text(cells))
    if (codes < 0).any():
        raise _fault(sheet, name, codes < 0, "names no group", "data.group")
    return np.asarray(codes, np.int64)


def are_labels(sheet: Sheet, name: str, absent: Collection[str]) -> bool:
    """Whether the column holds classes: true and false, or text of which no cell is a number."""
    cells = sheet.columns[name]
    if types.is_numeric_dtype(cells) or types.is_datetime64_any_dtype(cells):
        return bool(types.is_bool_dtype(cells))
    values, missing = _parsed(cells, absent)
    return not missing.all() and bool(np.isnan(values[~missing]).all())


def labels(sheet: Sheet, name: str, absent: Collection[str]) -> tuple[Numbers, tuple[str, ...]]:
    """(rows,) the place of each cell among the sorted classes, NaN where missing; and the classes.

    Raises DataError when there is but one class, or no class occurs twice: then the column is no label.
    """
    text = _text(sheet.columns[name])
    known = ~_missing(text, absent)
    classes = sorted(text[known].unique())
    if len(classes) in (1, known.sum()):
        alike = "all its cells are" if len(classes) == 1 else "no two of its cells are"
        what = f"{name} holds text, and {alike} alike ({listed(classes)}); there are no classes to tell apart"
        raise DataError(f"{sheet.path}: {what}", "data.targets")
    codes = pd.Categorical(text.where(known), categories=classes).codes.astype(np.float64)
    return np.where(codes < 0, np.nan, codes), tuple(classes)


def _parsed(cells: pd.Series, absent: Collection[str]) -> tuple[Numbers, NDArray[np.bool_]]:
    """(rows,) numbers, NaN where there is none, and whether the cell is missing."""
    if types.is_numeric_dtype(cells):
        values, missing = cells.to_numpy(np.float64, copy=True), cells.isna().to_numpy()
    else:
        text = _text(cells)
        values, missing = pd.to_numeric(text, errors="coerce").to_numpy(np.float64, copy=True), _missing(text, absent)
    missing = missing | np.isin(values, pd.to_numeric(pd.Series(list(absent), dtype=str), errors="coerce").dropna())
    values[missing] = np.nan
    return values, missing


def _text(cells: pd.Series) -> pd.Series:
    return cells.astype("str").str.strip()


def _missing(text: pd.Series, absent: Collection[str]) -> NDArray[np.bool_]:
    return np.asarray(text.isna() | text.isin([*absent, ""]) | (text.str.lower() == "nan"), bool)


def _dates(sheet: Sheet, name: str) -> tuple[pd.Series, str]:
    """ISO 8601, or the one other format that fits every cell. Raises DataError when two fit: day or month first?"""
    cells = sheet.columns[name]
    if types.is_datetime64_any_dtype(cells):
        return pd.to_datetime(cells, utc=True), ""
    text = _text(cells)
    found = {"ISO8601": _read_as(text, "ISO8601")}
    if found["ISO8601"].isna().any():
        found |= {form: _read_as(text, form) for form in _formats(text.iloc[0])}
    fitting = [form for form, dates in found.items() if not dates.isna().any()]
    if len(fitting) > 1:
        what = f"{name} could be {' or '.join(fitting)}; write dates like 2024-03-31 14:05:00"
        raise DataError(f"{sheet.path}: {what}", "data.time")
    best = min(found, key=lambda form: found[form].isna().sum())
    return found[best], "" if best == "ISO8601" else f"{name} was read as {best}"


def _formats(cell: object) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        guesses = [guess_datetime_format(cell, dayfirst=first) for first in (False, True)] if pd.notna(cell) else []
    return [guess for guess in dict.fromkeys(guesses) if guess]


def _read_as(text: pd.Series, form: str) -> pd.Series:
    return pd.to_datetime(text, utc=True, errors="coerce", format=form)


def _first(sheet: Sheet, name: str, bad: NDArray[np.bool_]) -> str:
    cell = sheet.columns[name].iloc[int(bad.argmax())]
    return "empty" if types.is_scalar(cell) and pd.isna(cell) else str(cell)[:LONGEST]


def _fault(sheet: Sheet, name: str, bad: NDArray[np.bool_], what: str, field: str) -> DataError:
    """The error for the first bad cell, with the number of them all."""
    rows = np.flatnonzero(bad)
    cell = _first(sheet, name, bad)
    shown = cell if cell == "empty" else f"'{cell}'"
    count = f" ({len(rows):,} such cells)" if len(rows) > 1 else ""
    return DataError(f"{sheet.path}, {sheet.where(rows[:1])}: {name} is {shown}, which {what}{count}", field)
