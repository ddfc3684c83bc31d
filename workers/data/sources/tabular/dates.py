"""Columns of dates and times."""

import warnings

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api import types
from pandas.tseries.api import guess_datetime_format

from workers.data.sources.tabular.cells import refusal, text_of
from workers.data.sources.tabular.csv_parquet import Sheet
from workers.errors import DataError


def timestamps(sheet: Sheet, name: str) -> tuple[NDArray[np.float64], str]:
    """(rows,) seconds since 1970 in UTC, and a note of how the column was read, or an empty one.

    Without a zone UTC is meant; plain numbers are seconds already. Raises DataError for a cell that is no date, and
    where it is not clear whether the day or the month comes first.
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
        raise refusal(sheet, name, bad, what, "data.time")
    return values, note


def _dates(sheet: Sheet, name: str) -> tuple[pd.Series, str]:
    """(rows,) dates by ISO 8601 or by the one other format that fits every cell, and the note."""
    cells = sheet.columns[name]
    if types.is_datetime64_any_dtype(cells):
        return pd.to_datetime(cells, utc=True), ""
    readings = _readings(text_of(cells))
    fitting = [form for form, dates in readings.items() if not dates.isna().any()]
    if len(fitting) > 1:
        what = f"{name} could be {' or '.join(fitting)}; write dates like 2024-03-31 14:05:00"
        raise DataError(f"{sheet.path}: {what}", "data.time")
    best = min(readings, key=lambda form: readings[form].isna().sum())
    return readings[best], "" if best == "ISO8601" else f"{name} was read as {best}"


def _readings(text: pd.Series) -> dict[str, pd.Series]:
    """The dates by each format that may be meant."""
    readings = {"ISO8601": _read_as(text, "ISO8601")}
    if readings["ISO8601"].isna().any():
        readings |= {form: _read_as(text, form) for form in _formats(text.iloc[0])}
    return readings


def _formats(cell: object) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        guesses = [guess_datetime_format(cell, dayfirst=first) for first in (False, True)] if pd.notna(cell) else []
    return [guess for guess in dict.fromkeys(guesses) if guess]


def _read_as(text: pd.Series, form: str) -> pd.Series:
    return pd.to_datetime(text, utc=True, errors="coerce", format=form)
