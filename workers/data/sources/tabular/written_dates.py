"""Texts as dates by a form; 24:00 is the midnight at the end of a day."""

import pandas as pd

ISO = "ISO8601"
END_OF_DAY = "24"  # the hour
END_IN_ISO = r"(?<=\d[T ])24(?=(?::?00){0,2}(?:[.,]0+)?\s?(?:[zZ]|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?$)"
DAY = pd.Timedelta(days=1)


def read_as(text: pd.Series, form: str) -> pd.Series:
    """(cells,) the dates in UTC, NaT where a cell is none of this form."""
    dates = _parsed(text, form)
    left = text[dates.isna()]
    late = left[left.str.contains(END_OF_DAY, regex=False, na=False)]
    return dates.fillna(_end_of_day(late, form)) if len(late) else dates


def _end_of_day(text: pd.Series, form: str) -> pd.Series:
    """The midnights after these days, NaT where a cell has another hour than 24."""
    if form == ISO:
        late = text[text.str.contains(END_IN_ISO)]
        return _parsed(late.str.replace(END_IN_ISO, "00", regex=True), ISO) + DAY
    if "%H" not in form:
        return text.iloc[:0]
    at_24 = form.replace("%H", END_OF_DAY).replace("%M", "00").replace("%S", "00")
    dates = _parsed(text, at_24)
    return dates.where(dates.dt.microsecond == 0) + DAY


def _parsed(text: pd.Series, form: str) -> pd.Series:
    return pd.to_datetime(text, utc=True, errors="coerce", format=form)
