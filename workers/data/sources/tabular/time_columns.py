"""The columns that say when a row was: one with all of it, or several with a part each."""

from typing import Annotated

from pydantic import model_validator

from workers.data.sources.fields import UNSAID, Kind, Name
from workers.wording import as_yaml, listed

Part = Annotated[Name | None, UNSAID]

FORMS = "column; date with time or hour; or year, month, day"
NUMBERS = ("year", "month", "day", "hour", "minute", "second")
PARTS = ("column", "date", *NUMBERS[:3], "time", *NUMBERS[3:])  # in the order in which a time is written
NEEDS = {"month": "year", "day": "month", "minute": "hour", "second": "minute"}
APART = {  # what is said with neither of the others, as it says the same
    "column": ("date", "time", *NUMBERS),
    "date": ("year", "month", "day"),
    "time": ("hour", "minute", "second"),
}
CLOCK = " %H:%M:%S"  # how hour, minute and second are written after the text of a date


class TimeColumns(Kind):
    """The columns, by what they say: `column` all of it, `date` and `time` a text each, the others a number each."""

    column: Part = None
    date: Part = None
    time: Part = None  # of day
    year: Part = None
    month: Part = None
    day: Part = None
    hour: Part = None
    minute: Part = None
    second: Part = None

    @model_validator(mode="after")
    def _are_a_time(self) -> "TimeColumns":
        parts = self.parts
        for one, others in APART.items():
            doubled = [each for each in others if one in parts and each in parts]
            if doubled:
                raise ValueError(f"{one} says what {listed(doubled)} would say: leave one of both out")
        if not {"column", "date", "year"} & set(parts):
            raise ValueError(f"should name the columns that say when a row was: {FORMS}")
        if "year" in parts and "month" not in parts:
            raise ValueError("a year alone is a column: say column, or name the month too")
        if {"time", "hour"} & set(parts) and not {"date", "day"} & set(parts):
            raise ValueError("a time of day needs its date: name date, or year, month and day")
        if "date" in parts and not {"time", "hour"} & set(parts):
            raise ValueError("a date alone is a column: say column, or name the time or the hour too")
        lacking = [(part, whole) for part, whole in NEEDS.items() if part in parts and whole not in parts]
        if lacking:
            raise ValueError("{} needs {}: name that too".format(*lacking[0]))
        return self

    @property
    def parts(self) -> dict[str, str]:
        """The columns by what they say, in the order in which a time is written."""
        return {part: name for part in PARTS if (name := getattr(self, part)) is not None}

    @property
    def columns(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(self.parts.values())

    @property
    def name(self) -> str:
        """What they are called together."""
        return " ".join(self.columns)

    @property
    def texts(self) -> set[str]:
        """Those that are read as they are written, even if all cells are numbers."""
        return {name for part, name in self.parts.items() if part in ("date", "time")}

    def also(self, more: str) -> str:
        """The field of the study file with more said in it."""
        fields = ", ".join(f"{part}: {as_yaml(name)}" for part, name in self.parts.items())
        return f"time: {{{fields}, {more}}}"
