"""Inputs that are made of a column: its numbers, or its categories."""

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import ConfigDict, Field
from typing_extensions import override

from workers.data.sources.fields import Name
from workers.data.sources.tabular.inputs.entry import Categories, Entry, Mended, Numbers, Source
from workers.wording import listed

UNSAID = Field(exclude_if=lambda value: value in (None, False))


class Column(Entry):
    """A column of numbers, or with `as: category` of categories, each of which training has is an input that is 1."""

    model_config = ConfigDict(serialize_by_alias=True)

    called = "a column"
    alone = True

    column: Name
    kind: Annotated[Literal["category"] | None, Field(alias="as"), UNSAID] = None

    @property
    @override
    def ranged(self) -> bool:
        return self.kind is None

    @property
    @override
    def sources(self) -> tuple[Source, ...]:
        return (Source(self.column, self.kind == "category"),)

    @override
    def names(self, categories: Categories) -> tuple[str, ...]:
        if self.kind is None:
            return (self.column,)
        return tuple(f"{self.column}={category}" for category in categories.get(self.column, ()))

    @override
    def values(self, mended: Mended) -> Numbers:
        [source] = self.sources
        values = mended.of(source)
        if not source.category:
            return values[:, None]
        return np.asarray(values[:, None] == np.arange(len(mended.categories[self.column])), np.float64)

    @override
    def cells(self, values: Numbers, categories: Categories) -> dict[str, list[Any]]:
        if self.kind is None:
            return {self.column: values[:, 0].tolist()}
        return {self.column: [categories[self.column][number] for number in values.argmax(axis=1)]}

    @override
    def by_hand(self, categories: Categories, zone: str | None) -> str:
        if self.kind is None:
            return ""
        return f"{listed(self.names(categories))}: 1 in rows in which {self.column} is that, else 0"
