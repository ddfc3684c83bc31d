"""Inputs that are made of when a row is: the time since the row before, and the calendar."""

from collections.abc import Callable, Mapping
from typing import Annotated, Literal, NamedTuple

import numpy as np
import pandas as pd
from pydantic import AfterValidator, Field
from typing_extensions import override

from workers.data.sources.tabular.clock import UNITS, moments
from workers.data.sources.tabular.inputs.entry import Categories, Entry, Mended, Numbers
from workers.data.sources.tabular.sampling import since_before
from workers.wording import listed


class Step(Entry):
    """The time since the row before of the same sequence, 0 at its first; `step` says in what it is counted."""

    called = "a step"
    timed = True

    step: Literal["s", "min", "h", "d"]

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
    """

    place: Callable[[pd.DatetimeIndex], Numbers]
    shown: str


CYCLES: Mapping[Part, Cycle] = {
    "hour": Cycle(
        lambda moments: (moments.hour + moments.minute / 60 + moments.second / 3600).to_numpy(float) / 24, "hour / 24"
    ),
    "weekday": Cycle(lambda moments: moments.day_of_week.to_numpy(float) / 7, "weekday / 7 (Monday is 0)"),
    "month": Cycle(lambda moments: (moments.month.to_numpy(float) - 1) / 12, "(month - 1) / 12"),
}


def _some(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    if not parts:
        raise ValueError(f"should name at least one of {listed(CYCLES)}")
    return parts


class Calendar(Entry):
    """When each row is, as the sine and cosine of where the hour is in the day, the weekday in the week, ...

    So that the last hour of a day is as near to the first as any other to the next.
    """

    called = "a calendar"
    timed = True
    slack = 0.05  # of a sine or cosine: so near to where it turns is no other time

    calendar: Annotated[tuple[Part, ...], Field(strict=False), AfterValidator(_some)]

    @override
    def names(self, categories: Categories) -> tuple[str, ...]:
        return tuple(f"{part} {wave}" for part in self.calendar for wave in ("sin", "cos"))

    @override
    def values(self, mended: Mended) -> Numbers:
        shown = moments(mended.clock, mended.zone)
        phases = [2 * np.pi * CYCLES[part].place(shown) for part in self.calendar]
        return np.column_stack([wave(phase) for phase in phases for wave in (np.sin, np.cos)])

    @override
    def by_hand(self, categories: Categories, zone: str | None) -> str:
        parts = " and ".join(f"2 pi {CYCLES[part].shown}" for part in self.calendar)
        where = f", by the clocks of {zone}" if zone else ""
        return f"{', '.join(self.names(categories))} are the sine and cosine of {parts} of the row's time{where}"
