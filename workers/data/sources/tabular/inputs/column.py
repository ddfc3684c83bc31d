"""Inputs that are made of a column: its numbers, now or before, or its categories."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from typing_extensions import override

from workers.data.sources.fields import DURATION, Length, Name, seconds
from workers.data.sources.tabular.inputs import transforms
from workers.data.sources.tabular.inputs.back import (
    MOST_BACK,
    How,
    in_intervals,
    places,
    row_before,
    row_then,
    together,
)
from workers.data.sources.tabular.inputs.entry import Categories, Entry, Mended, Numbers, Source
from workers.data.transforms import TRANSFORMS
from workers.data.transforms import Name as TransformName
from workers.wording import listed

RowsBack = Annotated[int, Field(ge=1, le=MOST_BACK)]
ROWS = {"type": "integer", "minimum": 1, "maximum": MOST_BACK}
Lags = Annotated[
    tuple[RowsBack | Length, ...],
    Field(strict=False, min_length=1),
    BeforeValidator(lambda value: [value] if isinstance(value, int | str) else value),
    WithJsonSchema({"anyOf": [ROWS, DURATION, {"type": "array", "items": {"anyOf": [ROWS, DURATION]}, "minItems": 1}]}),
]
MOST_DIMENSIONS = 512
FORMS = ("lag", "rolling", "known", "static")  # of which one can be said
AHEAD = " (ahead)"  # ends the names of inputs that are known ahead
UNSAID = Field(exclude_if=lambda value: value in (None, False))


class Column(Entry):
    """A column of numbers, or with `as: category` of categories, each of which training has is an input that is 1.

    embedding  of categories: how many numbers, which are learnt, a model has of each in place of that input
    lag        so many rows before, or so long, an input each, in place of now
    rolling    what the last rows up to now come to; over: how many
    known      that it is known ahead: the input is what it is in the row that is forecast
    static     that it is the same in all rows of a group
    transform  what is taken of its numbers first
    """

    model_config = ConfigDict(serialize_by_alias=True)

    called = "a column"

    column: Name
    kind: Annotated[Literal["category"] | None, Field(alias="as"), UNSAID] = None
    embedding: Annotated[Annotated[int, Field(ge=1, le=MOST_DIMENSIONS)] | None, UNSAID] = None
    lag: Annotated[Lags | None, UNSAID] = None
    rolling: Annotated[How | None, UNSAID] = None
    over: Annotated[RowsBack | None, Field(validate_default=True), UNSAID] = None
    known: Annotated[bool, UNSAID] = False
    static: Annotated[bool, UNSAID] = False
    transform: Annotated[TransformName | None, UNSAID] = None

    @model_validator(mode="before")
    @classmethod
    def _of_categories(cls, value: Any) -> Any:
        """What is looked up is a category, which need not be said."""
        embedded = isinstance(value, dict) and value.get("embedding") is not None
        return {"as": "category", **value} if embedded else value

    @field_validator("embedding")
    @classmethod
    def _needs_categories(cls, embedding: int | None, info: ValidationInfo) -> int | None:
        if embedding and "kind" in info.data and info.data["kind"] is None:
            raise ValueError("is of categories: leave as out, or let it be category")
        return embedding

    @field_validator(*FORMS)
    @classmethod
    def _one_form(cls, value: Any, info: ValidationInfo) -> Any:
        before = ("kind", *FORMS) if info.field_name in ("lag", "rolling") else FORMS
        other = next((name for name in before if name != info.field_name and info.data.get(name)), None)
        if value and other:
            of_categories = "embedding" if info.data.get("embedding") else "as: category"
            what = of_categories if other == "kind" else other
            raise ValueError(f"cannot be said beside {what}: name the column once more")
        return value

    @field_validator("transform")
    @classmethod
    def _of_numbers(cls, transform: str | None, info: ValidationInfo) -> str | None:
        if transform and info.data.get("kind"):
            of_categories = "embedding" if info.data.get("embedding") else "as: category"
            raise ValueError(f"is of numbers, and {of_categories} has none")
        return transform

    @field_validator("over")
    @classmethod
    def _of_both(cls, over: int | None, info: ValidationInfo) -> int | None:
        if (over is None) != (info.data.get("rolling") is None):
            raise ValueError("goes with rolling: {rolling: mean, over: 24} are the last 24 rows up to now")
        return over

    @property
    @override
    def alone(self) -> bool:
        return not (self.known or self.static)

    @property
    @override
    def ahead(self) -> bool:
        return self.known

    @property
    @override
    def fixed(self) -> bool:
        return self.static

    @property
    @override
    def present(self) -> bool:
        return self.lag is None and not self.known

    @property
    @override
    def reach(self) -> int:
        return max((0, *(count for count in self.lag or () if isinstance(count, int)), (self.over or 1) - 1))

    @property
    @override
    def durations(self) -> tuple[str, ...]:
        return tuple(length for length in self.lag or () if isinstance(length, str))

    @property
    @override
    def dimensions(self) -> int:
        return self.embedding or 0

    @property
    @override
    def looked_up(self) -> str:
        return f"{self.column}{self._ending}"

    @property
    @override
    def taken(self) -> TransformName | None:
        return self.transform

    @property
    @override
    def timed(self) -> bool:
        return bool(self.durations)

    @property
    @override
    def grouped(self) -> bool:
        return self.kind is None and not self.static

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
        if self.lag:
            return tuple(f"{self._taken} ({count} before)" for count in self.lag)
        if self.rolling:
            return (f"{self._taken} ({self.rolling} of {self.over})",)
        if self.kind is None:
            return (f"{self._taken}{self._ending}",)
        return tuple(f"{self.column}={category}{self._ending}" for category in categories.get(self.column, ()))

    @override
    def at(self, horizons: Sequence[int | str]) -> tuple[Entry, ...]:
        if not self.known or not horizons:
            return (self,)
        said = dict(self)
        return tuple(ColumnAhead.model_construct(**said, place=n, horizon=one) for n, one in enumerate(horizons))

    @property
    def _ending(self) -> str:
        return AHEAD if self.known else ""

    @property
    def _forecast(self) -> str:
        """What people call the row that is forecast."""
        return "in the row that is forecast"

    @property
    def _horizon(self) -> int:
        """Which of the horizons it looks ahead by, from 0."""
        return 0

    @property
    def _taken(self) -> str:
        return f"{self.transform}({self.column})" if self.transform else self.column

    @property
    @override
    def shown(self) -> str:
        return f"{super().shown}{self._ending}"

    @override
    def values(self, mended: Mended) -> Numbers:
        [source] = self.sources
        values = mended.of(source)
        if self.transform:
            values = transforms.taken(self.transform, values)
        if self.lag or self.over:
            at = places(mended.rows, mended.step)
            if self.lag:
                return np.column_stack([values[_before(mended, at, length)] for length in self.lag])
            return together(values, mended.rows, at, self.over or 1, self.rolling or "mean")[:, None]
        if self.known:
            values = values[mended.forecast[self._horizon]]
        if not source.category:
            return values[:, None]
        return np.asarray(values[:, None] == np.arange(len(mended.categories[self.column])), np.float64)

    @override
    def cells(self, values: Numbers, categories: Categories) -> dict[str, list[Any]]:
        if self.kind is None:
            first = values[:, 0]
            return {self.column: (TRANSFORMS[self.transform].back(first) if self.transform else first).tolist()}
        return {self.column: [categories[self.column][number] for number in values.argmax(axis=1)]}

    @override
    def by_hand(self, categories: Categories, zone: str | None) -> str:
        names = self.names(categories)
        if self.lag:
            rows = "so many rows before in the sequence, or in its first row where it has fewer"
            if self.durations:
                rows = f"{rows}; of a time the row nearest to it"
            return f"{', '.join(names)}: {self._taken} {rows}"
        if self.rolling:
            return f"{names[0]}: of {self._taken} in the last {self.over} rows of the sequence up to now, or all it has"
        when = f" {self._forecast}" if self.known else ""
        if self.kind is None:
            return f"{names[0]}: {self._taken}{when}" if when else ""
        return f"{listed(names)}: 1 in rows in which {self.column} is that{when}, else 0"


class ColumnAhead(Column):
    """A column that is known ahead, in the row that is forecast at one of several horizons.

    place    of the horizon among them
    horizon  as the study file has it
    """

    place: int
    horizon: int | str

    @property
    @override
    def _ending(self) -> str:
        return f" ({self.horizon} ahead)"

    @property
    @override
    def _forecast(self) -> str:
        return f"in the row that is {self.horizon}{' rows' if isinstance(self.horizon, int) else ''} ahead"

    @property
    @override
    def _horizon(self) -> int:
        return self.place


def _before(mended: Mended, at: NDArray[np.int64], length: int | str) -> NDArray[np.int64]:
    """(rows,) the row so many rows or so long before each; at: (rows,) the place of each."""
    if isinstance(length, str) and mended.step is None:
        return row_then(mended.rows, seconds(length))
    return row_before(mended.rows, at, in_intervals(length, mended.step) if isinstance(length, str) else length)
