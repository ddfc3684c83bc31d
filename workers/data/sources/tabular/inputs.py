"""What a model is given of a table at each row: the field `inputs`."""

from collections.abc import Callable, Mapping
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import AfterValidator, Discriminator, Field, Tag

from workers.data.sources.fields import Kind, Name
from workers.data.sources.tabular.clock import UNITS, moments
from workers.wording import listed

Numbers = NDArray[np.float64]


class Step(Kind):
    """The time since the row before of the same sequence, 0 at its first; `step` says in what it is counted."""

    step: Literal["s", "min", "h", "d"]

    @property
    def name(self) -> str:
        """What the input is called."""
        return f"step ({self.step})"

    @property
    def seconds(self) -> float:
        """Of one of them."""
        return UNITS[self.step].seconds


Part = Literal["hour", "weekday", "month"]
PARTS: Mapping[Part, Callable[[pd.DatetimeIndex], Numbers]] = {
    "hour": lambda moments: (moments.hour + moments.minute / 60 + moments.second / 3600).to_numpy(float) / 24,
    "weekday": lambda moments: moments.day_of_week.to_numpy(float) / 7,
    "month": lambda moments: (moments.month.to_numpy(float) - 1) / 12,
}


def _some(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    if not parts:
        raise ValueError(f"should name at least one of {listed(PARTS)}")
    return parts


class Calendar(Kind):
    """When each row is, as the sine and cosine of where the hour is in the day, the weekday in the week, ...

    So that the last hour of a day is as near to the first as any other to the next.
    """

    calendar: Annotated[tuple[Part, ...], Field(strict=False), AfterValidator(_some)]

    @property
    def names(self) -> tuple[str, ...]:
        """What the inputs are called."""
        return tuple(f"{part} {wave}" for part in self.calendar for wave in ("sin", "cos"))

    def columns(self, clock: Numbers, zone: str | None) -> Numbers:
        """(rows, len(names)) of rows at these seconds since 1970 (rows,), as the clocks of the zone show them."""
        shown = moments(clock, zone)
        phases = [2 * np.pi * PARTS[part](shown) for part in self.calendar]
        return np.column_stack([wave(phase) for phase in phases for wave in (np.sin, np.cos)])


Mapped = Step | Calendar


def names_of(one: str | Mapped) -> tuple[str, ...]:
    """What the inputs are called that an entry stands for."""
    if isinstance(one, Calendar):
        return one.names
    return (one.name if isinstance(one, Step) else one,)


def _which(value: object) -> str:
    """Which form is meant, so that pydantic says only what is wrong with that one."""
    if isinstance(value, Calendar) or (isinstance(value, dict) and "calendar" in value):
        return "a calendar"
    return "a mapping" if isinstance(value, dict | Step) else "a column"


def _distinct(inputs: tuple[str | Mapped, ...]) -> tuple[str | Mapped, ...]:
    names = [name for one in inputs for name in names_of(one)]
    steps = [one for one in inputs if isinstance(one, Step)]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise ValueError(f"{listed(twice)} is named twice")
    if len(steps) > 1:
        raise ValueError("the step is named twice")
    if not any(isinstance(one, str) for one in inputs):
        what = " and ".join(dict.fromkeys("a step" if isinstance(one, Step) else "a calendar" for one in inputs))
        raise ValueError(f"{what} alone is not enough: name a column too")
    return inputs


Input = Annotated[
    Annotated[Name, Tag("a column")] | Annotated[Step, Tag("a mapping")] | Annotated[Calendar, Tag("a calendar")],
    Discriminator(_which),
]
Inputs = Annotated[tuple[Input, ...], Field(strict=False, min_length=1), AfterValidator(_distinct)]
