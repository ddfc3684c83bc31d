"""What a model is given of a table at each row: the field `inputs`."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from workers.data.sources.fields import Kind, Name
from workers.data.sources.tabular.clock import UNITS
from workers.wording import listed


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


def name_of(one: str | Step) -> str:
    """What an input is called."""
    return one.name if isinstance(one, Step) else one


def _which(value: object) -> str:
    """Which of both forms is meant, so that pydantic says only what is wrong with that one."""
    return "a mapping" if isinstance(value, dict | Step) else "a column"


def _distinct(inputs: tuple[str | Step, ...]) -> tuple[str | Step, ...]:
    names = [name_of(one) for one in inputs]
    steps = [one for one in inputs if isinstance(one, Step)]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise ValueError(f"{listed(twice)} is named twice")
    if len(steps) > 1:
        raise ValueError("the step is named twice")
    if len(steps) == len(inputs):
        raise ValueError("a step alone is not enough: name a column too")
    return inputs


Input = Annotated[Annotated[Name, Tag("a column")] | Annotated[Step, Tag("a mapping")], Discriminator(_which)]
Inputs = Annotated[tuple[Input, ...], Field(strict=False, min_length=1), AfterValidator(_distinct)]
