"""Inputs that are made of when a row is: the time since the row before, and the calendar."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field
from typing_extensions import override

from workers.data.sources.fields import UNSAID
from workers.data.sources.tabular.clock import UNITS, moments
from workers.data.sources.tabular.inputs.entry import Categories, Entry, Mended, Numbers
from workers.data.sources.tabular.sampling import since_before
from workers.wording import listed


class Step(Entry):
    """The time since the row before of the same sequence, 0 at its first; `step` says in what it is counted."""

    called = "a step"

    step: Literal["s", "min", "h", "d"]

    @property
    @override
    def timed(self) -> bool:
        return True

    @override
    def names(self, categories: Categories) -> tuple[str, ...]:
        return (f"step ({self.step})",)

    @override
    def values(self, mended: Mended) -> Numbers:
        return (since_before(mended.rows) / UNITS[self.step].seconds)[:, None]

    @override
    def by_hand(self, categories: Categories, zone: str | None) -> str:
        return f"{self.names(categories)[0]} is the time since the row before of the sequence, 0 at its first"


Part = Literal["hour", "weekday", "month"]


class Cycle(NamedTuple):
    """A part of the calendar.

    place   of moments, where they are in it, from 0 to below 1
    shown   that, as people write it
    number  of moments, in which of its pieces they are, from 0
    pieces  what these are called
    """

    place: Callable[[pd.DatetimeIndex], Numbers]
    shown: str
    number: Callable[[pd.DatetimeIndex], pd.Index]
    pieces: tuple[str, ...]


WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
CYCLES: Mapping[Part, Cycle] = {
    "hour": Cycle(
        lambda moments: (moments.hour + moments.minute / 60 + moments.second / 3600).to_numpy(float) / 24,
        "hour / 24",
        lambda moments: moments.hour,
        tuple(map(str, range(24))),
    ),
    "weekday": Cycle(
        lambda moments: moments.day_of_week.to_numpy(float) / 7,
        "weekday / 7 (Monday is 0)",
        lambda moments: moments.day_of_week,
        WEEKDAYS,
    ),
    "month": Cycle(
        lambda moments: (moments.month.to_numpy(float) - 1) / 12,
        "(month - 1) / 12",
        lambda moments: moments.month - 1,
        MONTHS,
    ),
}


def _listed_elsewhere(parts: Any) -> Any:
    if isinstance(parts, list | tuple) and "holiday" in parts:
        what = "an entry of its own, with its days: {calendar: [holiday], holidays: [2026-12-25, 2026-12-26]}"
        raise ValueError(f"holiday is {what}")
    return parts


def _some(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    if not parts:
        raise ValueError(f"should name at least one of {listed(CYCLES)}")
    return parts


class Calendar(Entry):
    """When each row is, as the sine and cosine of where the hour is in the day, the weekday in the week, ...

    So that the last hour of a day is as near to the first as any other to the next. With `as: category` each hour,
    weekday or month is an input instead that is 1 in the rows which lie in it.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    called = "a calendar"
    slack = 0.05  # of a sine or cosine: so near to where it turns is no other time

    calendar: Annotated[
        tuple[Part, ...],
        Field(strict=False, json_schema_extra={"minItems": 1}),
        BeforeValidator(_listed_elsewhere),
        AfterValidator(_some),
    ]
    kind: Annotated[Literal["category"] | None, Field(alias="as"), UNSAID] = None

    @property
    @override
    def timed(self) -> bool:
        return True

    @property
    @override
    def ranged(self) -> bool:
        return self.kind is None

    @override
    def names(self, categories: Categories) -> tuple[str, ...]:
        if self.kind:
            return tuple(f"{part}={piece}" for part in self.calendar for piece in CYCLES[part].pieces)
        return tuple(f"{part} {wave}" for part in self.calendar for wave in ("sin", "cos"))

    @override
    def values(self, mended: Mended) -> Numbers:
        shown = moments(mended.clock, mended.zone)
        if self.kind:
            cycles = [CYCLES[part] for part in self.calendar]
            each = [cycle.number(shown).to_numpy()[:, None] == np.arange(len(cycle.pieces)) for cycle in cycles]
            return np.concatenate(each, axis=1).astype(np.float64)
        phases = [2 * np.pi * CYCLES[part].place(shown) for part in self.calendar]
        return np.column_stack([wave(phase) for phase in phases for wave in (np.sin, np.cos)])

    @override
    def by_hand(self, categories: Categories, zone: str | None) -> str:
        where = f", by the clocks of {zone}" if zone else ""
        if self.kind:
            of_each = [f"{part}={piece}" for part in self.calendar for piece in CYCLES[part].pieces[:2]]
            parts = " and ".join(self.calendar)
            return f"{', '.join(of_each)} and so on: 1 in rows whose {parts} is that, else 0{where}"
        parts = " and ".join(f"2 pi {CYCLES[part].shown}" for part in self.calendar)
        return f"{', '.join(self.names(categories))} are the sine and cosine of {parts} of the row's time{where}"
