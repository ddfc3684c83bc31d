"""Whether it is a holiday, by a list of days: on the day of a row, or so many days later."""

import re
from datetime import date
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from typing_extensions import override

from workers.data.sources.tabular.clock import moments
from workers.data.sources.tabular.inputs.entry import Categories, Entry, Mended, Numbers
from workers.wording import counted

MOST = 366  # days that are looked ahead or back
WITHIN = 1e-6  # seconds before its end, at which an interval is asked for its day
FORM = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
DAY = {"type": "string", "format": "date", "pattern": FORM}


def _days(given: Any) -> Any:
    """Texts such as 2026-12-25, each once and in order; YAML reads dates, too."""
    if not isinstance(given, list | tuple) or not given:
        raise ValueError(f"should be a list of days such as [2026-12-25, 2026-12-26], not {given!r:.60}")
    return tuple(sorted({_day(one) for one in given}))


def _day(one: Any) -> str:
    try:
        text = one.isoformat() if type(one) is date else one
        return date.fromisoformat(text if re.match(FORM, text) else "").isoformat()
    except (TypeError, ValueError):
        raise ValueError(f"{one!r:.40} is no day; write it as 2026-12-25") from None


def _once(numbers: tuple[int, ...]) -> tuple[int, ...]:
    if len(set(numbers)) < len(numbers):
        raise ValueError(f"{list(numbers)} has a number twice")
    return numbers


class Holidays(Entry):
    """An input for each of `days`: 1 in rows in which the day so many days later is one of the holidays, else 0.

    calendar  holiday
    holidays  the days, such as 2026-12-25
    days      how many days later each input looks; 0 is the day of the row, -1 the one before
    """

    called = "holidays"

    calendar: Annotated[tuple[Literal["holiday"]], Field(strict=False)]
    holidays: Annotated[
        tuple[str, ...], BeforeValidator(_days), WithJsonSchema({"type": "array", "items": DAY, "minItems": 1})
    ]
    days: Annotated[
        tuple[Annotated[int, Field(ge=-MOST, le=MOST)], ...],
        Field(strict=False, min_length=1, exclude_if=lambda days: days == (0,)),
        AfterValidator(_once),
    ] = (0,)

    @property
    @override
    def timed(self) -> bool:
        return True

    @property
    @override
    def ranged(self) -> bool:
        return False

    @override
    def names(self, categories: Categories) -> tuple[str, ...]:
        return tuple(map(_named, self.days))

    @override
    def values(self, mended: Mended) -> Numbers:
        today = self._today(mended.clock, mended.zone, mended.step)
        known = np.array(self.holidays, "M8[D]")
        return np.column_stack([np.isin(today + days, known) for days in self.days]).astype(np.float64)

    @override
    def unlisted(self, clock: Numbers, zone: str | None, step: float | None) -> str:
        years = [int(day[:4]) for day in self.holidays]
        today = self._today(clock, zone, step)
        asked = np.stack([today + days for days in self.days]).astype("M8[Y]").astype(np.int64) + 1970
        count = int(((asked < min(years)) | (asked > max(years))).any(axis=0).sum())
        what = f"{counted(count, 'row')} of days outside {min(years)} to {max(years)}, of which holidays are listed"
        return f"{what}: none is seen there" if count else ""

    @override
    def by_hand(self, categories: Categories, zone: str | None) -> str:
        where = f", by the clocks of {zone}" if zone else ""
        span = f"{self.holidays[0]} to {self.holidays[-1]}" if len(self.holidays) > 1 else self.holidays[0]
        days = f"of the {counted(len(self.holidays), 'holiday')} that the study file lists ({span})"
        return f"{', '.join(self.names(categories))}: 1 in rows in which that day is one {days}, else 0{where}"

    def _today(self, clock: Numbers, zone: str | None, step: float | None) -> NDArray[np.datetime64]:
        """(rows,) the day of each; of an interval that ends at midnight the day before."""
        shown: pd.DatetimeIndex = moments(clock if step is None else clock - WITHIN, zone)
        return np.asarray(shown.to_numpy(), "M8[D]")


def _named(days: int) -> str:
    if not days:
        return "holiday"
    return f"holiday in {counted(days, 'day')}" if days > 0 else f"holiday {counted(-days, 'day')} ago"
