"""When each row was: the field `time`, and what numbers in its column count."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import AfterValidator, Discriminator, Tag, ValidationInfo, field_validator
from typing_extensions import override

from workers.data.sources.fields import Name
from workers.data.sources.tabular.time_columns import TimeColumns
from workers.data.sources.tabular.written_dates import read_as

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Unit:
    """What a column of numbers counts.

    seconds  of one of them
    zero     seconds since 1970 at which the count is 0
    what     in words
    low      the least that a count since 1970 plausibly is, high the largest
    """

    seconds: float
    what: str
    zero: float = 0.0
    low: float = np.inf
    high: float = np.inf

    def clock(self, counts: Numbers) -> Numbers:
        """Seconds since 1970."""
        return counts * self.seconds + self.zero if self.seconds >= 1 else counts / round(1 / self.seconds)

    def counts(self, clock: NDArray[np.floating]) -> Numbers:
        """The numbers for these seconds since 1970."""
        return np.asarray((clock - self.zero) / self.seconds, np.float64)


DAY = 86400.0
EXCEL_ZERO = -25569 * DAY  # serial day 0 is 1899-12-30
UNITS = {
    "s": Unit(1.0, "seconds"),
    "ms": Unit(1e-3, "milliseconds since 1970", low=1e11, high=1e13),
    "us": Unit(1e-6, "microseconds since 1970", low=1e14, high=1e16),
    "ns": Unit(1e-9, "nanoseconds since 1970", low=1e17, high=1e19),
    "min": Unit(60.0, "minutes"),
    "h": Unit(3600.0, "hours"),
    "d": Unit(DAY, "days"),
    "excel": Unit(DAY, "Excel's days", zero=EXCEL_ZERO, low=36526, high=55153),  # the years 2000 to 2050
}
COMPACT = {8: "%Y%m%d", 10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}  # by digits
YEARS = (1800, 2200)
LARGEST_STEP_OF_DAYS = 1.0  # in Excel's days; of larger steps only whole weeks, months and years are known
STEPS_OF_DAYS = {7, 14, 28, 29, 30, 31, 365, 366}


def _which(value: object) -> str:
    """Which of both forms of the field is meant, so that pydantic says only what is wrong with that one."""
    return "a mapping" if isinstance(value, dict | Time) else "a name"


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"there is no time zone '{name}'; such as Europe/Berlin, America/New_York or UTC") from None
    return name


class Time(TimeColumns):
    """The columns that say when each row was, and how they say so where that cannot be seen.

    unit    what its numbers count, since 1970 or since any other moment; excel: days as Excel has them
    format  of its texts, in the signs of strptime
    zone    whose clock it shows where it says no other
    """

    unit: Literal["s", "ms", "us", "ns", "min", "h", "d", "excel"] | None = None
    format: Name | None = None
    zone: Annotated[Name, AfterValidator(_zone)] | None = None

    @field_validator("format")
    @classmethod
    def _one_of_both(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.data.get("unit") is not None:
            raise ValueError("numbers have a unit and texts a format: leave one of both out")
        if value is not None and info.data.get("year") is not None:
            raise ValueError("texts have a format, and a year, a month and a day are numbers: leave it out")
        return value

    @field_validator("unit")
    @classmethod
    def _of_one_column(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.data.get("column") is None:
            raise ValueError("is of one column that counts: leave it out")
        return value

    @field_validator("zone")
    @classmethod
    def _not_of_counts(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.data.get("unit") not in (None, "excel"):
            raise ValueError("what is counted has no zone: leave it or the unit out")
        return value

    @property
    @override
    def texts(self) -> set[str]:
        return set(self.columns) if self.format else super().texts

    def as_written(self, clock: NDArray[np.floating]) -> dict[str, list[Any]]:
        """Seconds since 1970 as these columns may have them, by their names."""
        if self.unit is not None:
            return {self.name: list(UNITS[self.unit].counts(clock))}
        moments = pd.to_datetime(clock, unit="s", utc=True)
        if self.column is None:
            return self._parts_of(moments.tz_convert(self.zone or "UTC"))
        if self.format is None:
            form = "%Y-%m-%d %H:%M:%S.%f+00:00" if self.zone else "%Y-%m-%d %H:%M:%S.%f"
            return {self.name: list(moments.strftime(form))}
        return {self.name: list(moments.tz_convert(self.zone or "UTC").strftime(self.format))}

    def _parts_of(self, shown: pd.DatetimeIndex) -> dict[str, list[Any]]:
        """What the clocks show, by column; of texts with a form the date as far as it goes, and then the time."""
        date, time = "%Y-%m-%d", "%H:%M:%S"
        if self.format:
            date, sign, rest = self.format.partition("%H") if "%H" in self.format else self.format.partition("%I")
            date, time = date.rstrip(), sign + rest
        texts = {"date": date, "time": time}
        return {
            name: list(shown.strftime(texts[part]) if part in texts else map(int, getattr(shown, part)))
            for part, name in self.parts.items()
        }


def moments(clock: NDArray[np.floating], zone: str | None) -> pd.DatetimeIndex:
    """Seconds since 1970 as dates and times, in UTC or as the clocks of a zone show them."""
    found = pd.DatetimeIndex(pd.to_datetime(np.round(clock * 1e6), unit="us").astype("M8[us]"))
    return found if zone is None else found.tz_localize("UTC").tz_convert(zone).tz_localize(None)


def counted_unit(values: Numbers) -> str:
    """The name of what numbers count, by their size."""
    low, high = float(values.min()), float(values.max())
    for name, unit in UNITS.items():
        if unit.low <= low and high < unit.high and (name != "excel" or _steps_of_days(values)):
            return name
    return "s"


def _steps_of_days(values: Numbers) -> bool:
    """Whether the usual step is one that is found between serial days."""
    steps = np.abs(np.diff(values))
    usual = float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0
    return usual <= LARGEST_STEP_OF_DAYS or usual in STEPS_OF_DAYS


def compact_form(values: Numbers) -> str | None:
    """The form of whole numbers that are dates without signs between, such as 202403311405; None for others."""
    low, high = values.min(), values.max()
    digits = len(f"{low:.0f}")
    if digits not in COMPACT or len(f"{high:.0f}") != digits or (values != np.round(values)).any():
        return None
    dates = read_as(pd.Series(whole_texts(values)), COMPACT[digits])
    plausible = dates.notna() & (dates.dt.year >= YEARS[0]) & (dates.dt.year < YEARS[1])
    return COMPACT[digits] if plausible.all() else None


def whole_texts(values: Numbers) -> list[str]:
    """The digits of whole numbers."""
    return [f"{value:.0f}" for value in values]


NameOrTime = Annotated[Annotated[Name, Tag("a name")] | Annotated[Time, Tag("a mapping")], Discriminator(_which)]
