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
from workers.data.sources.tabular.joined_time import joined
from workers.data.sources.tabular.sheets import Sheet
from workers.data.sources.tabular.spacing import only_even
from workers.data.sources.tabular.time_columns import CLOCK
from workers.data.sources.tabular.written_dates import ISO, read_as
from workers.data.sources.tabular.zones import to_utc
from workers.errors import DataError
from workers.wording import as_yaml, counted

Numbers = NDArray[np.float64]

WITH_OFFSET = r"[:T]\d{2}(?:[.,]\d+)?\s?(?:[zZ]|UTC|GMT|[+-]\d{2}(?::?\d{2})?)$"
SAMPLE = 50  # cells that forms are guessed from
DATES = [
    form.replace("/", sign) for form in ("%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%m/%d/%y", "%d/%m/%y") for sign in "/.-"
] + ["%d-%b-%Y", "%d %b %Y", "%b %d, %Y", "%b %d %Y", "%d-%b-%y", "%d %B %Y", "%B %d, %Y"]
TIMES = (
    "%H:%M",
    "%H:%M:%S",
    "%H:%M:%S.%f",
    "%I:%M %p",
    "%I:%M:%S %p",
    "%I:%M%p",
    "%I:%M:%S%p",
    "%H.%M",
    "%H.%M.%S",
    "%I %p",
)
BETWEEN = (" ", "T", ", ")
FIRST, LAST = -8.5e9, 2.5e11  # seconds since 1970, between which zones are known
ADVICE = "write them like 2024-03-31 14:05:00 (Z or +02:00 may follow)"


@dataclass(frozen=True)
class Reading:
    """How a column of times was read.

    clock    (rows,) seconds since 1970 in UTC; none where there is no such column
    notes    how it was read, a sentence each
    name     the unit or form by which it was read
    unit     what its numbers count; None of dates
    no_zone  whether it shows the time of a clock, and nothing says of which zone
    """

    clock: Numbers | None
    notes: tuple[str, ...] = ()
    name: str = ""
    unit: Unit | None = None
    no_zone: bool = False


def timestamps(sheet: Sheet, time: Time, group: NDArray[np.int64], *, sorted_later: bool, usual: str = "") -> Reading:
    """When each row was.

    group: (rows,) the number of each row's group; sorted_later: whether rows may be out of order; usual: the name of
    the reading of other rows, which holds where it is not clear. Without a zone UTC is meant. Raises DataError for a
    cell that is no date, and where it is not clear whether the day or the month comes first.
    """
    sheet, time = joined(sheet, time)
    numbers = None if time.format else _numbers(sheet.columns[time.name], sheet, time)
    if numbers is None:
        shown = _of_texts(sheet, time, group, usual)
    else:
        _refuse(sheet, time, ~np.isfinite(numbers), "is not a number")
        shown = _of_numbers(numbers, time, usual)
    if time.zone is not None and shown.unit is not None and shown.name != "excel":
        what = f"{time.name} counts {shown.unit.what}, which are the same in every zone; leave zone out"
        raise DataError(f"{sheet.path}: {what}", "data.time.zone")
    return shown if time.zone is None else _in_zone(sheet, time, shown, group, sorted_later=sorted_later)


def _numbers(cells: pd.Series, sheet: Sheet, time: Time) -> Numbers | None:
    """(rows,) the column's numbers; None where it has none."""
    if types.is_bool_dtype(cells) or types.is_datetime64_any_dtype(cells):
        return None
    begins_as_number = np.isfinite(as_numbers(cells[:1], (), sheet.dialect)[0]).any()
    if not (types.is_numeric_dtype(cells) or time.unit or begins_as_number):
        return None
    values, missing = as_numbers(cells, (), sheet.dialect)
    if types.is_numeric_dtype(cells) or time.unit:
        return values
    as_text = not sheet.dialect.writes_numbers_otherwise and read_as(text_of(cells), ISO).notna().all()
    return None if as_text or missing.any() or np.isnan(values).any() else values


def _of_numbers(numbers: Numbers, time: Time, usual: str) -> Reading:
    """The reading of counts, or of dates without signs between."""
    name = time.unit or (usual if usual in UNITS else "")
    form = None if name else compact_form(numbers)
    if form is not None:
        clock = _seconds(read_as(pd.Series(whole_texts(numbers)), form))
        return Reading(clock, (f"{time.name} was read as {form}",), form, no_zone=True)
    guess = name or counted_unit(numbers)
    unit = UNITS[guess]
    clock = unit.clock(numbers)
    return Reading(clock, () if time.unit else (_taken_as(unit, clock, time),), guess, unit)


def _taken_as(unit: Unit, clock: Numbers, time: Time) -> str:
    """The note of what numbers were taken for by their size."""
    said = f"{time.name} holds plain numbers, taken as {unit.what}"
    if unit is UNITS["s"]:
        return said
    first, last = (str(pd.Timestamp(round(edge), unit="s")) for edge in (clock.min(), clock.max()))
    return f"{said} ({first} to {last}); if they are seconds, say {time.also('unit: s')}"


def _of_texts(sheet: Sheet, time: Time, group: NDArray[np.int64], usual: str) -> Reading:
    """The reading of texts or dates."""
    dates, notes, form = _dates(sheet, time, group, usual)
    what = f"is not a date and time{f' of the form {time.format}' if time.format else ''}; {ADVICE}"
    _refuse(sheet, time, dates.isna().to_numpy(), what)
    told = _with_offset(sheet.columns[time.name])
    return Reading(_seconds(dates), tuple(filter(None, notes)), form, no_zone=not told.any())


def _in_zone(sheet: Sheet, time: Time, shown: Reading, group: NDArray[np.int64], *, sorted_later: bool) -> Reading:
    """The reading in UTC of what a clock of the zone shows, except in cells that say how far they are from UTC."""
    assert time.zone is not None and shown.clock is not None  # noqa: S101, PT018  (for mypy: asked before)
    _refuse(sheet, time, ~((shown.clock > FIRST) & (shown.clock < LAST)), "is no date of the years 1700 to 9999")
    local = np.flatnonzero(~_with_offset(sheet.columns[time.name]))
    utc, unsure = to_utc(shown.clock[local], time.zone, group[local], sorted_later=sorted_later)
    clock, never = shown.clock.copy(), np.zeros(len(group), bool)
    clock[local], never[local] = utc, np.isnan(utc)
    _refuse(sheet, time, never, f"no clock of {time.zone} shows: it is set forward there")
    which = f"{counted(unsure.sum(), 'time')} of the hour that comes twice taken as the first"
    return Reading(clock, (*shown.notes, which) if unsure.any() else shown.notes, shown.name)


def _refuse(sheet: Sheet, time: Time, bad: NDArray[np.bool_], what: str) -> None:
    if bad.any():
        raise refusal(sheet, time.name, bad, what, "data.time")


def _seconds(dates: pd.Series) -> Numbers:
    return np.asarray(dates.dt.tz_localize(None).to_numpy("datetime64[us]").astype(np.int64) / 1e6)


def _with_offset(cells: pd.Series) -> NDArray[np.bool_]:
    """(rows,) whether a cell says how far it is from UTC."""
    if types.is_datetime64_any_dtype(cells):
        return np.full(len(cells), isinstance(cells.dtype, pd.DatetimeTZDtype))
    return np.asarray(text_of(cells).str.contains(WITH_OFFSET), bool)


def _dates(sheet: Sheet, time: Time, group: NDArray[np.int64], usual: str) -> tuple[pd.Series, tuple[str, ...], str]:
    """(rows,) dates by ISO 8601, by the form that is given, or by the one other that fits; notes; and the form."""
    cells = sheet.columns[time.name]
    if types.is_datetime64_any_dtype(cells):
        return pd.to_datetime(cells, utc=True), (), ISO
    text = text_of(cells)
    if time.format:
        return *_with_midnight(text, time.format), time.format
    iso = read_as(text, ISO)
    if not iso.isna().any():
        return iso, (), ISO
    text = text.str.replace(r"\b([aApP])\.\s?[mM]\.", r"\1m", regex=True)
    readings = {ISO: (iso, ())} | {form: _with_midnight(text, form) for form in forms(text)}
    best, why = _best({form: dates for form, (dates, _) in readings.items()}, sheet, time, group, usual)
    note = "" if best == ISO else f"{time.name} was read as {best}{why}"
    return readings[best][0], (note, *readings[best][1]), best


def _best(
    readings: dict[str, pd.Series], sheet: Sheet, time: Time, group: NDArray[np.int64], usual: str
) -> tuple[str, str]:
    """The form that fits all cells, or else most, and why it was chosen among several. Raises DataError."""
    fitting = _different({form: dates for form, dates in readings.items() if not dates.isna().any()})
    if len(fitting) < 2:
        return min(readings, key=lambda form: readings[form].isna().sum()), ""
    if usual in fitting:
        return usual, ""
    even = only_even({form: _seconds(readings[form]) for form in fitting}, group)
    if even is not None:
        return even, ", by which alone its steps are even"
    said = time.also(f"format: {as_yaml(fitting[0].removesuffix(CLOCK) if time.hour else fitting[0])}")
    what = f"{time.name} could be {' or '.join(fitting)}; say {said}, or whichever it is"
    raise DataError(f"{sheet.path}: {what}", "data.time")


def _different(readings: dict[str, pd.Series]) -> list[str]:
    """The forms that give other dates than those before them."""
    forms = list(readings)
    return [form for n, form in enumerate(forms) if not any(readings[form].equals(readings[old]) for old in forms[:n])]


def _with_midnight(text: pd.Series, form: str) -> tuple[pd.Series, tuple[str, ...]]:
    """The dates by a form, at midnight where a cell has a date alone; and a note of how many these are."""
    dates = read_as(text, form)
    date_alone = re.split(r"[T ,]*%[HI]", form)[0]
    if date_alone == form or dates.isna().all():
        return dates, ()
    midnight = read_as(text, date_alone)
    count = int((dates.isna() & midnight.notna()).sum())
    return dates.fillna(midnight), (f"{counted(count, 'date')} without a time taken as midnight",) if count else ()


def forms(text: pd.Series) -> Iterator[str]:
    """The forms, in the signs of strptime, that most cells of a sample may have."""
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
    return list(dict.fromkeys([*known, *(form for form in tabled if read_as(one, form).notna().all())]))


def _begins_as(cell: str, form: str) -> bool:
    """Whether a cell has the signs of a date of this form, so that it is worth trying."""
    signs = [re.escape(sign) for sign in re.split(r"%\w", form)[1:-1]]
    return re.match(r"\w+" + r"\w+".join(signs) + r"\w+", cell) is not None
