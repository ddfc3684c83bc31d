"""The field `inputs`: which entries it may have, and what they may not be together."""

from typing import Annotated

from pydantic import AfterValidator, Discriminator, Field, Tag

from workers.data.sources.fields import Name
from workers.data.sources.tabular.inputs.column import Column
from workers.data.sources.tabular.inputs.entry import Entry
from workers.data.sources.tabular.inputs.holidays import Holidays
from workers.data.sources.tabular.inputs.when import Calendar, Step
from workers.wording import listed, nearest

Mapped = Step | Holidays | Calendar | Column
KINDS: dict[str, type[Entry]] = {  # by the field that each needs
    "step": Step,
    "holidays": Holidays,
    "calendar": Calendar,
    "column": Column,
}


def entry_of(one: str | Mapped) -> Entry:
    """The entry, of which the name of a column is the short form of one."""
    return Column(column=one) if isinstance(one, str) else one


def _which(value: object) -> str:
    """Which form is meant, so that pydantic says only what is wrong with that one."""
    if isinstance(value, dict):
        near = (field for name in value for field in filter(None, [nearest(str(name), KINDS)]))
        return KINDS[next((field for field in KINDS if field in value), next(near, "step"))].called
    return value.called if isinstance(value, Entry) else "a name"


def _said(one: Entry) -> str:
    if one.ahead:
        return "a column that is known ahead"
    return "a column that is the same throughout a group" if one.fixed else one.called


def _distinct(inputs: tuple[str | Mapped, ...]) -> tuple[str | Mapped, ...]:
    entries = [entry_of(one) for one in inputs]
    names = [name for one in entries for name in (one.names({}) or (one.shown,))]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise ValueError(f"{listed(twice)} is named twice")
    if sum(isinstance(one, Step) for one in entries) > 1:
        raise ValueError("the step is named twice")
    given = {source for one in entries if not one.alone for source in one.sources}
    if not any(one.alone and not given.issuperset(one.sources) for one in entries):
        what = " and ".join(dict.fromkeys(_said(one) for one in entries))
        raise ValueError(f"{what} alone is not enough: name a column too")
    return inputs


Input = Annotated[
    Annotated[Name, Tag("a name")]
    | Annotated[Step, Tag(Step.called)]
    | Annotated[Holidays, Tag(Holidays.called)]
    | Annotated[Calendar, Tag(Calendar.called)]
    | Annotated[Column, Tag(Column.called)],
    Discriminator(_which),
]
Inputs = Annotated[tuple[Input, ...], Field(strict=False, min_length=1), AfterValidator(_distinct)]
