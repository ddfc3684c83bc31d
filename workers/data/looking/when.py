"""Which columns say when a row was."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workers.data.looking.column import Column
from workers.data.sources.tabular.cells import text_of
from workers.data.sources.tabular.clock import UNITS, Time, compact_form, counted_unit
from workers.data.sources.tabular.dates import TIMES, forms, timestamps
from workers.data.sources.tabular.joined_time import RANGES
from workers.data.sources.tabular.sheets import Sheet
from workers.data.sources.tabular.written_dates import ISO, read_as
from workers.errors import DataError

Numbers = NDArray[np.float64]

NAMED = re.compile(r"date|time|stamp|epoch|datum|zeit|fecha|hora\b|(^|[^a-z])(ts|t|when|day|period|utc|year)([^a-z]|$)")
PARTS = {
    "year": {"year", "yr", "yyyy", "jahr", "año", "annee", "année"},
    "month": {"month", "mon", "mm", "monat", "mes", "mois"},
    "day": {"day", "dd", "tag", "dia", "jour", "day_of_month"},
    "hour": {"hour", "hr", "hh", "stunde", "hora", "heure"},
    "minute": {"minute", "min"},
    "second": {"second", "sec"},
}
OF_DAY = r"\d{1,2}[:.]\d{2}([:.]\d{2}([.,]\d+)?)?(\s?[aApP]\.?[mM]\.?)?"
SAMPLE = 200  # cells by which it is seen whether a column may hold dates
PARSED = 0.8  # of them
SINCE, UNTIL = 3e8, 4e9  # seconds since 1970 that are plausible
FEWEST = 3  # different numbers of a column that counts
GOES_UP = 0.9  # of the steps of a column that counts
FINER = 1.05  # times as many different times: then a column says more


class When(NamedTuple):
    """Columns that say when each row was.

    said     the field `time` of a study file: a name or a mapping
    clock    (rows,) seconds since 1970 in UTC
    columns  their names
    dated    whether they tell a date, and not only how long it has been since any moment
    no_zone  whether it is the time of a clock of which nothing says in which zone it is
    sure     whether nothing else could be meant
    """

    said: str | Mapping[str, Any]
    clock: Numbers
    columns: tuple[str, ...]
    dated: bool
    no_zone: bool
    sure: bool = True


class Found(NamedTuple):
    """The columns that say when, if any do; names of others that may too; and names, with what is wrong with them."""

    when: When | None
    others: tuple[str, ...]
    broken: Mapping[str, str]


def found(sheet: Sheet, columns: Sequence[Column]) -> Found:
    """Of several that say when, those that tell most rows apart, and of equals the first."""
    broken: dict[str, str] = {}
    candidates = [*_single(sheet, columns, broken), *_joined(sheet, columns)]
    best: When | None = None
    for each in candidates:
        if best is None or _distinct(each) > FINER * _distinct(best):
            best = each
    others = dict.fromkeys(name for each in candidates if each is not best for name in each.columns)
    used = best.columns if best else ()
    broken = {name: why for name, why in broken.items() if name not in used}
    return Found(best, tuple(name for name in others if name not in used), broken)


def read(sheet: Sheet, said: str | Mapping[str, Any], *, sure: bool) -> When:
    """What the field `time` reads of the sheet. Raises DataError where that cannot be read so."""
    time = Time(column=said) if isinstance(said, str) else Time.model_validate(dict(said))
    reading = timestamps(sheet, time, np.zeros(len(sheet.columns), np.int64), sorted_later=True)
    clock = reading.clock
    assert clock is not None  # noqa: S101  (for mypy: there is a column)
    dated = reading.unit is None or UNITS["s"] is not reading.unit or _plausible(clock)
    return When(said, clock, time.columns, dated, reading.no_zone, sure)


def _distinct(when: When) -> int:
    return len(np.unique(when.clock))


def _plausible(values: Numbers) -> bool:
    return bool(values.min() >= SINCE and values.max() <= UNTIL)


def _single(sheet: Sheet, columns: Sequence[Column], broken: dict[str, str]) -> Iterator[When]:
    """Each column that says all of it; of one that nearly does, what is wrong goes to `broken`."""
    for each in columns:
        if each.kind == "numbers":
            said = _counting(each)
            yield from () if said is None else _read(sheet, said)
        elif each.kind == "dates" or _may_be_dates(sheet, each):
            read_so = [*_read(sheet, each.name)] or _by_form(sheet, each)
            if not read_so:
                broken[each.name] = _why(sheet, each.name)
            yield from read_so


def _read(sheet: Sheet, said: str | Mapping[str, Any], *, sure: bool = True) -> Iterator[When]:
    """What is read, if it can be."""
    try:
        yield read(sheet, said, sure=sure)
    except DataError:
        return


def _why(sheet: Sheet, name: str) -> str:
    """The loader's message, without the file's name."""
    try:
        read(sheet, name, sure=True)
    except DataError as error:
        return error.message.removeprefix(str(sheet.path)).lstrip(":, ")
    return ""


def _counting(column: Column) -> str | dict[str, str] | None:
    """What `time` says of numbers that count time, or are dates without signs; None of other numbers."""
    values, name = column.numbers, column.name.lower()
    if np.isnan(values).any() or column.different < FEWEST:
        return None
    if name in PARTS["year"]:
        return _years(column)
    if any(_is_part(column, part) for part in PARTS):
        return None
    named = NAMED.search(name) is not None
    if not column.whole and not named:
        return None
    goes_up = bool((np.diff(values) >= 0).mean() >= GOES_UP)
    sized = counted_unit(values) not in ("s", "excel") or compact_form(values) is not None
    counts = goes_up or sized or _plausible(values) if named else goes_up and sized
    return column.name if counts else None


def _years(column: Column) -> dict[str, str] | None:
    """Years are dates of four digits."""
    low, high = RANGES["year"]
    values = column.numbers
    are_years = column.whole and values.min() >= low and values.max() <= high
    return {"column": column.name, "format": "%Y"} if are_years else None


def _may_be_dates(sheet: Sheet, column: Column) -> bool:
    """Whether most cells of a sample are dates in one form or another."""
    if column.kind not in ("texts", "something else"):
        return False
    known = text_of(column.cells).dropna().drop_duplicates()[:SAMPLE]
    if not len(known) or known.str.fullmatch(OF_DAY).mean() > PARSED:
        return False
    if pd.to_numeric(sheet.dialect.plain(known), errors="coerce").notna().mean() > 1 - PARSED:
        return False
    best = max(read_as(known, form).notna().mean() for form in [ISO, *forms(known)])
    return bool(best >= PARSED)


def _by_form(sheet: Sheet, column: Column) -> list[When]:
    """The reading by the form that makes time go up most often: where day and month may change places."""
    readings: list[When] = []
    for form in forms(text_of(column.cells)):
        readings += _read(sheet, {"column": column.name, "format": form}, sure=False)
    return [max(readings, key=lambda when: float((np.diff(when.clock) >= 0).mean()))] if readings else []


def _joined(sheet: Sheet, columns: Sequence[Column]) -> Iterator[When]:
    """Several columns that say it together: a date and a time of day, or numbers of a calendar."""
    parts = _parts(columns)
    clock = {part: parts[part] for part in _chain(parts, ("hour", "minute", "second"))}
    if "year" in parts and "month" in parts:
        days = {"year": parts["year"], "month": parts["month"], **({"day": parts["day"]} if "day" in parts else {})}
        yield from _read(sheet, {**days, **(clock if "day" in days else {})})
    times = [each.name for each in columns if each.kind in ("texts", "something else") and _are_times(each)]
    for each in columns:
        if each.kind != "dates" and not _may_be_dates(sheet, each):
            continue
        for time in times:
            yield from _of_both(sheet, each, time)
        if clock:
            yield from _read(sheet, {"date": each.name, **clock})


def _of_both(sheet: Sheet, date: Column, time: str) -> Iterator[When]:
    """A date and a time of day; where their form is not plain, by the one that makes time go up most often."""
    plain = [*_read(sheet, {"date": date.name, "time": time})]
    if plain:
        yield from plain
        return
    readings: list[When] = []
    for form in forms(text_of(date.cells)):
        for clock in TIMES:
            readings += _read(sheet, {"date": date.name, "time": time, "format": f"{form} {clock}"})
    if readings:
        yield max(readings, key=lambda when: float((np.diff(when.clock) >= 0).mean()))


def _parts(columns: Sequence[Column]) -> dict[str, str]:
    """The columns of a calendar's numbers by what they say."""
    return {
        part: name for part in PARTS if (name := next((each.name for each in columns if _is_part(each, part)), None))
    }


def _is_part(column: Column, part: str) -> bool:
    """Whether a column is called as that part of a calendar is, and has no numbers that it cannot have."""
    if column.name.lower() not in PARTS[part] or not column.whole or column.missing:
        return False
    low, high = RANGES[part]
    return bool(column.numbers.min() >= low and column.numbers.max() <= high)


def _chain(parts: Mapping[str, str], order: Sequence[str]) -> list[str]:
    """Those of the parts that follow each other from the first."""
    chain: list[str] = []
    for part in order:
        if part not in parts:
            break
        chain.append(part)
    return chain


def _are_times(column: Column) -> bool:
    known = text_of(column.cells).dropna().drop_duplicates()[:SAMPLE]
    return bool(len(known)) and not column.missing and bool(known.str.fullmatch(OF_DAY).all())
