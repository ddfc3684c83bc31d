"""What every entry of the field `inputs` can say of itself; each kind of entry is a class of its own."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workers.data.embeddings import Embedding
from workers.data.sources.fields import Kind
from workers.data.sources.tabular.rows import Rows
from workers.data.transforms import Name

Numbers = NDArray[np.float64]
Categories = Mapping[str, tuple[str, ...]]  # those that training has, by the column
NO_CATEGORIES: Categories = MappingProxyType({})


class Source(NamedTuple):
    """A column of the file of which inputs are made.

    category  whether its cells are read as categories, and not as numbers
    """

    column: str
    category: bool = False

    @property
    def key(self) -> str:
        """What it is called among the columns of Rows, and in messages."""
        return f"{self.column} as category" if self.category else self.column


@dataclass(frozen=True)
class Mended:
    """Rows that are mended, of which inputs are made.

    values      (rows, columns) theirs, the missing ones filled; of categories their numbers, -1 where there is none
    zone        whose clock is meant; none: UTC
    step        seconds to which they were resampled, if they were
    categories  those that the numbers count
    forecast    (n_horizons, rows) the row that is forecast from each, or the last of its sequence before that
    """

    rows: Rows
    values: Numbers
    zone: str | None
    step: float | None
    categories: Categories
    forecast: NDArray[np.int64]

    def of(self, source: Source) -> Numbers:
        """(rows,) a column's values."""
        return self.values[:, self.rows.names.index(source.key)]

    @property
    def clock(self) -> Numbers:
        """(rows,) seconds since 1970."""
        assert self.rows.clock is not None  # noqa: S101  (for mypy: who asks has checked that there is a time)
        return self.rows.clock


def embeddings_of(entries: "Sequence[Entry]", categories: Categories) -> tuple[Embedding, ...]:
    """The inputs of these entries that a model looks up."""
    found, at = list[Embedding](), 0
    for entry in entries:
        end = at + len(entry.names(categories))
        if entry.dimensions:
            found.append(Embedding(entry.looked_up, at, end, entry.dimensions))
        at = end
    return tuple(found)


class Entry(Kind):
    """An entry of `inputs`: one input of the model, or several.

    called   what messages call an entry of this kind
    slack    by how much an input may leave the range that training saw before it is said
    """

    called: ClassVar[str]
    slack: ClassVar[float] = 0.0

    @property
    def timed(self) -> bool:
        """Whether it needs to know when each row was."""
        return False

    @property
    def alone(self) -> bool:
        """Whether it can be the only entry."""
        return False

    @property
    def ahead(self) -> bool:
        """Whether it is made of the row that is forecast, of which its columns are known ahead."""
        return False

    @property
    def fixed(self) -> bool:
        """Whether its columns are the same in all rows of a group."""
        return False

    @property
    def grouped(self) -> bool:
        """Whether its inputs may be scaled by groups: numbers that are not the same in all rows of a group."""
        return False

    @property
    def ranged(self) -> bool:
        """Whether what training saw of its inputs is told as a range, from the lowest to the highest."""
        return True

    @property
    def present(self) -> bool:
        """Whether its inputs tell what its columns are now."""
        return True

    @property
    def reach(self) -> int:
        """By how many rows it looks back."""
        return 0

    @property
    def taken(self) -> Name | None:
        """What is taken of its column's numbers first; none: themselves."""
        return None

    @property
    def dimensions(self) -> int:
        """Of how many numbers, which are learnt, a model looks up in place of its inputs; 0: none."""
        return 0

    @property
    def durations(self) -> tuple[str, ...]:
        """By how long it looks back, as the study file has it."""
        return ()

    @property
    def sources(self) -> tuple[Source, ...]:
        """The columns that it is made of."""
        return ()

    @property
    def shown(self) -> str:
        """What messages call an entry of columns, also where its inputs are not known yet."""
        return self.sources[0].key

    @property
    def looked_up(self) -> str:
        """What people call it where its inputs are looked up."""
        return self.shown

    def at(self, horizons: Sequence[int | str]) -> tuple["Entry", ...]:
        """The entry, or where what is known ahead is forecast at several horizons, one for each."""
        return (self,)

    @abstractmethod
    def names(self, categories: Categories) -> tuple[str, ...]:
        """What its inputs are called."""

    @abstractmethod
    def values(self, mended: Mended) -> Numbers:
        """(rows, len(names)) its inputs."""

    def cells(self, values: Numbers, categories: Categories) -> dict[str, list[Any]]:
        """By column, cells of which the entry makes these inputs (rows, len(names))."""
        return {}

    def unlisted(self, clock: Numbers, zone: str | None, step: float | None) -> str:
        """A note of rows of which its inputs know nothing; clock: (rows,) when they are, zone, step: see Mended."""
        return ""

    def by_hand(self, categories: Categories, zone: str | None) -> str:
        """What its inputs are, for those who make them themselves; empty where that is plain."""
        return ""
