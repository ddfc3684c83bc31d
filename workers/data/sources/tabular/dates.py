"""Columns of dates and times: texts, dates and numbers, as seconds since 1970."""

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api import types
from pandas.tseries.api import guess_datetime_format

from workers.data.sources.tabular.cells import as_numbers, refusal, text_of
from workers.data.sources.tabular.clock import UNITS, Time, Unit, compact_form, counted_unit, whole_texts
from workers.data.sources.tabular.csv_parquet import Sheet
from workers.data.sources.tabular.spacing import evenly_spaced
from workers.data.sources.tabular.zones import to_utc
from workers.errors import DataError
from workers.wording import as_yaml, counted

Numbers = NDArray[np.float64]

ISO = "ISO8601"
WITH_OFFSET = r".*\d(?:[zZ]|\s?[+-]\d{2}:?\d{2}|\s?(?:UTC|GMT))"
SAMPLE = 50  # cells that forms are guessed from
DATES = [
    form.replace("/", sign) for form in ("%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%m/%d/%y", "%d/%m/%y") for sign in "/.-"
] + ["%d-%b-%Y", "%d %b %Y", "%b %d, %Y", "%b %d %Y", "%d-%b-%y", "%d %B %Y", "%B %d, %Y"]
TIMES = ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p", "%I:%M:%S%p", "%H.%M", "%I %p")
BETWEEN = (" ", "T", ", ")
ADVICE = "write them like 2024-03-31 14:05:00 (Z or +02:00 may follow)"


@dataclass(frozen=True)
class Reading:
    """How a column of times was read.

    clock    (rows,) seconds since 1970 in UTC; none where there is no such column
    notes    how it was read, a sentence each
    unit     what its numbers count; None of dates
    no_zone  whether it shows the time of a clock, and nothing says of which zone
    """

    clock: Numbers | None
    notes: tuple[str, ...] = ()
    unit: Unit | None = None
    no_zone: bool = False


def timestamps(sheet: Sheet, time: Time, group: NDArray[np.int64], *, sorted_later: bool) -> Reading:
    """When each row was.

    group: (rows,) the number of each row's group; sorted_later: whether rows may be out of order. Without a zone UTC is
    meant. Raises DataError for a cell that is no date, and where it is not clear whether the day or the month comes
    first.
    """
    cells = sheet.columns[time.column]
    numbers = None if time.format else _numbers(cells, sheet, time)
    if numbers is not None:
        _refuse(sheet, time, ~np.isfinite(numbers), "is not a number")
        form = None if time.unit else compact_form(numbers)
        if form is None and time.zone is None:
            return _counted(numbers, time)
        if form is None:
            shown, note = UNITS["excel"].clock(numbers), ""
        else:
            digits = pd.Series(whole_texts(numbers))
            shown, note = _seconds(_read_as(digits, form)), f"{time.column} was read as {form}"
        return _in_zone(sheet, time, shown, np.zeros(len(shown), bool), group, (note,), sorted_later=sorted_later)
    dates, notes = _dates(sheet, time, group)
    what = f"is not a date and time{f' of the form {time.format}' if time.format else ''}; {ADVICE}"
    _refuse(sheet, time, dates.isna().to_numpy(), what)
    told = _with_offset(cells)
    return _in_zone(sheet, time, _seconds(dates), told, group, notes, sorted_later=sorted_later)


def _numbers(cells: pd.Series, sheet: Sheet, time: Time) -> Numbers | None:
    """(rows,) the column's numbers; None where it has none."""
    if types.is_bool_dtype(cells) or types.is_datetime64_any_dtype(cells):
        return None
    values, missing = as_numbers(cells, (), sheet.dialect)
    if types.is_numeric_dtype(cells) or time.unit:
        return values
    as_text = not sheet.dialect.writes_numbers_otherwise and _read_as(text_of(cells), ISO).notna().all()
    return None if as_text or missing.any() or np.isnan(values).any() else values


def _counted(numbers: Numbers, time: Time) -> Reading:
    name, unit = (time.unit, UNITS[time.unit]) if time.unit else counted_unit(numbers)
    clock = unit.clock(numbers)
    if time.unit:
        return Reading(clock, unit=unit)
    said = f"{time.column} holds plain numbers, taken as {unit.what}"
    if name == "s":
        return Reading(clock, (said,), unit)
    first, last = (str(pd.Timestamp(round(edge), unit="s")) for edge in (clock.min(), clock.max()))
    other = f"if they are seconds, say time: {{column: {as_yaml(time.column)}, unit: s}}"
    return Reading(clock, (f"{said} ({first} to {last}); {other}",), unit)


def _in_zone(
    sheet: Sheet,
    time: Time,
    shown: Numbers,
    told: NDArray[np.bool_],
    group: NDArray[np.int64],
    notes: tuple[str, ...],
    *,
    sorted_later: bool,
) -> Reading:
    """The reading of what a clock shows; told: (rows,) whether a cell says itself how far it is from UTC."""
    notes = tuple(filter(None, notes))
    if time.zone is None:
        return Reading(shown, notes, no_zone=not told.any())
    local = np.flatnonzero(~told)
    utc, unsure = to_utc(shown[local], time.zone, group[local], sorted_later=sorted_later)
    clock, never = shown.copy(), np.zeros(len(shown), bool)
    clock[local], never[local] = utc, np.isnan(utc)
    _refuse(sheet, time, never, f"no clock of {time.zone} shows: it is set forward there")
    which = f"{counted(unsure.sum(), 'time')} of the hour that comes twice taken as the first"
    return Reading(clock, (*notes, which) if unsure.any() else notes)


def _refuse(sheet: Sheet, time: Time, bad: NDArray[np.bool_], what: str) -> None:
    if bad.any():
        raise refusal(sheet, time.column, bad, what, "data.time")


def _seconds(dates: pd.Series) -> Numbers:
    values = dates.dt.tz_localize(None).to_numpy("datetime64[us]").astype(np.int64) / 1e6
    return np.asarray(values)


def _with_offset(cells: pd.Series) -> NDArray[np.bool_]:
    """(rows,) whether a cell says how far it is from UTC."""
    if types.is_datetime64_any_dtype(cells):
        return np.full(len(cells), isinstance(cells.dtype, pd.DatetimeTZDtype))
    return np.asarray(text_of(cells).str.fullmatch(WITH_OFFSET), bool)


def _dates(sheet: Sheet, time: Time, group: NDArray[np.int64]) -> tuple[pd.Series, tuple[str, ...]]:
    """(rows,) dates by ISO 8601, by the form that is given, or by the one other that fits every cell; and notes."""
    cells = sheet.columns[time.column]
    if types.is_datetime64_any_dtype(cells):
        return pd.to_datetime(cells, utc=True), ()
    text = text_of(cells)
    if time.format:
        dates, midnight = _with_midnight(text, time.format)
        return dates, midnight
    iso = _read_as(text, ISO)
    if not iso.isna().any():
        return iso, ()
    text = text.str.replace(r"\b([aApP])\.\s?[mM]\.", r"\1m", regex=True)
    readings = {ISO: (iso, ())} | {form: _with_midnight(text, form) for form in _forms(text)}
    fitting = _different({form: dates for form, (dates, _) in readings.items() if not dates.isna().any()})
    even = [form for form in fitting if evenly_spaced(_seconds(readings[form][0]), group)]
    if len(fitting) > 1 and len(even) != 1:
        form = f"say time: {{column: {as_yaml(time.column)}, format: {as_yaml(fitting[0])}}}"
        what = f"{time.column} could be {' or '.join(fitting)}; {form}, or whichever it is"
        raise DataError(f"{sheet.path}: {what}", "data.time")
    best = even[0] if len(fitting) > 1 else min(readings, key=lambda form: readings[form][0].isna().sum())
    only = "" if len(fitting) < 2 else ", by which alone its steps are even"
    note = "" if best == ISO else f"{time.column} was read as {best}{only}"
    return readings[best][0], (note, *readings[best][1])


def _different(readings: dict[str, pd.Series]) -> list[str]:
    """The forms that give other dates than those before them."""
    forms = list(readings)
    return [form for n, form in enumerate(forms) if not any(readings[form].equals(readings[old]) for old in forms[:n])]


def _with_midnight(text: pd.Series, form: str) -> tuple[pd.Series, tuple[str, ...]]:
    """The dates by a form, at midnight where a cell has a date alone; and a note of how many these are."""
    dates = _read_as(text, form)
    date_alone = re.split(r"[T ,]*%[HI]", form)[0]
    if date_alone == form or dates.isna().all():
        return dates, ()
    midnight = _read_as(text, date_alone)
    count = int((dates.isna() & midnight.notna()).sum())
    return dates.fillna(midnight), (f"{counted(count, 'date')} without a time taken as midnight",) if count else ()


def _forms(text: pd.Series) -> Iterator[str]:
    """The forms that most cells of a sample may have."""
    known = text.dropna().drop_duplicates()
    sample = known.iloc[np.unique(np.linspace(0, len(known) - 1, SAMPLE).astype(int))] if len(known) else known
    shapes = {re.sub(r"\d+", "0", re.sub("[^\\W\\d_]+", "a", str(cell))): str(cell) for cell in sample}
    guesses = dict.fromkeys(form for cell in shapes.values() for form in _guesses(cell))
    fits = {form: int(_with_midnight(sample, form)[0].notna().sum()) for form in guesses}
    most = max(fits.values(), default=0)
    return (form for form in fits if fits[form] == most > 0)


def _guesses(cell: str) -> list[str]:
    """The forms that this cell may have: those that pandas guesses, and those of the table."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        guesses = [guess_datetime_format(cell, dayfirst=first) for first in (False, True)]
    known = [guess for guess in guesses if guess and "%p" not in guess and not guess.startswith("%Y-%d")]
    one = pd.Series([cell])
    dates = [form for form in DATES if _begins_as(cell, form)]
    tabled = [*dates, *(f"{date}{sign}{clock}" for date in dates for sign in BETWEEN for clock in TIMES)]
    return list(dict.fromkeys([*known, *(form for form in tabled if _read_as(one, form).notna().all())]))


def _begins_as(cell: str, form: str) -> bool:
    """Whether a cell has the signs of a date of this form, so that it is worth trying."""
    signs = [re.escape(sign) for sign in re.split(r"%\w", form)[1:-1]]
    return re.match(r"\w+" + r"\w+".join(signs) + r"\w+", cell) is not None


def _read_as(text: pd.Series, form: str) -> pd.Series:
    return pd.to_datetime(text, utc=True, errors="coerce", format=form)
