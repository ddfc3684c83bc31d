"""Several columns that say when a row was, joined to one text."""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workers.data.sources.tabular.cells import as_numbers, refusal, text_of
from workers.data.sources.tabular.clock import COMPACT, UNITS, Time, compact_form
from workers.data.sources.tabular.sheets import Sheet
from workers.data.sources.tabular.time_columns import CLOCK, NUMBERS
from workers.data.sources.tabular.written_dates import read_as

Numbers = NDArray[np.float64]

FIELD = "data.time"
RANGES = {"year": (1000, 9999), "month": (1, 12), "day": (1, 31), "hour": (0, 24), "minute": (0, 59), "second": (0, 60)}
MIDNIGHT = r"[T ]0?0:00(?::00(?:\.0+)?)?$"  # that a date carries along, though another column has the time
MOST_OF_HOURS = 2  # digits: more are hours and minutes without a sign between


def joined(sheet: Sheet, time: Time) -> tuple[Sheet, Time]:
    """The sheet with the columns of the time as one text under their common name, and what is said of that text.

    Raises DataError for a number that is none of a date or of a clock.
    """
    if time.column is not None:
        return sheet, time
    numbers = {part: _number(sheet, name, part) for part, name in time.parts.items() if part in NUMBERS}
    text = _days(numbers) if time.year else _dates(sheet.columns[str(time.date)], time.format)
    form = time.format
    if time.hour:
        clock, fraction = _clock(numbers)
        text = text + clock
        form = form and f"{form}{CLOCK}{fraction}"
    if time.time:
        text = text + " " + _times(sheet, time.time, time.format)
    columns = sheet.columns.assign(**{time.name: text.array})
    return replace(sheet, columns=columns), time.model_copy(update={"format": form})


def _number(sheet: Sheet, name: str, part: str) -> Numbers:
    """(rows,) the numbers of a column. Raises DataError for one that is out of range."""
    values, _ = as_numbers(sheet.columns[name], (), sheet.dialect)
    low, high = RANGES[part]
    bad = ~((values >= low) & (values <= high))
    if part != "second":
        bad |= values != np.round(values)
    if bad.any():
        said = {"hour": f"; of times such as 14:05 say time: {name}", "year": "; write years with four digits"}
        raise refusal(sheet, name, bad, f"is no {part}, {low} to {high}{said.get(part, '')}", FIELD)
    return values


def _days(numbers: dict[str, Numbers]) -> pd.Series:
    """(rows,) dates as ISO has them; of a month without a day its first."""
    first = np.ones_like(numbers["year"])
    parts = zip(numbers["year"], numbers["month"], numbers.get("day", first), strict=True)
    return pd.Series([f"{year:.0f}-{month:02.0f}-{day:02.0f}" for year, month, day in parts], dtype="str")


def _clock(numbers: dict[str, Numbers]) -> tuple[pd.Series, str]:
    """(rows,) what follows the date, and what follows CLOCK in its form."""
    zero = np.zeros_like(numbers["hour"])
    seconds = numbers.get("second", zero)
    fraction, sign = ("", "02.0f") if (seconds == np.round(seconds)).all() else (".%f", "09.6f")
    parts = zip(numbers["hour"], numbers.get("minute", zero), seconds, strict=True)
    texts = [f" {hour:02.0f}:{minute:02.0f}:{second:{sign}}" for hour, minute, second in parts]
    return pd.Series(texts, dtype="str"), fraction


def _dates(cells: pd.Series, form: str | None) -> pd.Series:
    """(rows,) the texts of dates; without a form, numbers that are dates as ISO has them."""
    text = text_of(cells).reset_index(drop=True)
    if form:
        return text
    values = pd.to_numeric(text, errors="coerce")
    if values.isna().any() or not len(values):
        return text.str.replace(MIDNIGHT, "", regex=True)
    compact = compact_form(values.to_numpy(np.float64))
    if compact == COMPACT[8]:
        return read_as(values.map("{:.0f}".format), compact).dt.strftime("%Y-%m-%d")
    excel = UNITS["excel"]
    if not values.between(excel.low, excel.high).all():
        return text
    return pd.Series(pd.to_datetime(excel.clock(values.to_numpy(np.float64)), unit="s")).dt.strftime("%Y-%m-%d")


def _times(sheet: Sheet, name: str, form: str | None) -> pd.Series:
    """(rows,) the texts of times of day; those of digits alone get their signs, unless a form is given."""
    text = text_of(sheet.columns[name]).reset_index(drop=True)
    digits = text.str.fullmatch(r"\d{1,6}").fillna(value=False).to_numpy(bool)
    if form or not len(text) or not digits.all():
        return text
    longest = int(text.str.len().max())
    if longest <= MOST_OF_HOURS:
        raise refusal(sheet, name, digits, f"is no time of day; if it is an hour, say hour: {name} in time", FIELD)
    return text.str.zfill(longest + longest % 2).str.replace(r"(\d\d)(?=\d)", r"\1:", regex=True)
