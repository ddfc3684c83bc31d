"""The rows of a table as numbers."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers.data.sources.tabular.clock import Unit, moments


@dataclass(frozen=True)
class Rows:
    """The used columns of a table, row by row.

    values    (rows, columns) float64, NaN where missing
    names     (columns,)
    sequence  (rows,) int64, the number of the sequence
    clock     (rows,) float64 seconds, if there is a time column
    row       (rows,) int64, the row of the file that it comes from
    group     (rows,) int64, the number of the group, if a column names it; a group may have several sequences
    later     (rows,) bool, whether nothing is known of the row but what is known ahead; none: of every row all is
    notes     what was mended, a sentence each
    reading   the name of how the time column was read
    unit      what the numbers of the time column count; none of dates
    no_zone   whether the time is that of a clock of which nothing says in which zone it is
    """

    values: NDArray[np.float64]
    names: tuple[str, ...]
    sequence: NDArray[np.int64]
    clock: NDArray[np.float64] | None
    row: NDArray[np.int64]
    group: NDArray[np.int64] | None = None
    later: NDArray[np.bool_] | None = None
    notes: tuple[str, ...] = ()
    reading: str = ""
    unit: Unit | None = None
    no_zone: bool = False

    def take(self, which: NDArray[Any], note: str = "") -> "Rows":
        """These rows only, in this order; `which`: row numbers, or whether each row is taken (rows,) bool."""
        return replace(
            self,
            values=self.values[which],
            sequence=self.sequence[which],
            clock=None if self.clock is None else self.clock[which],
            row=self.row[which],
            group=None if self.group is None else self.group[which],
            later=None if self.later is None else self.later[which],
        ).noted(note)

    def noted(self, note: str) -> "Rows":
        """The same rows with one more note; an empty note adds none."""
        return replace(self, notes=(*self.notes, note)) if note else self

    def shown(self, clock: NDArray[np.float64], zone: str | None) -> Any:
        """Seconds since 1970 as the time column counts them, or as dates and times of a zone."""
        return self.unit.counts(clock) if self.unit else moments(clock, zone)

    @property
    def now(self) -> NDArray[np.bool_]:
        """(rows,) whether a forecast can be made from the row."""
        return np.ones(len(self.row), bool) if self.later is None else ~self.later

    @property
    def owner(self) -> NDArray[np.int64]:
        """(rows,) the number of each row's group; 0 where there are none."""
        return np.zeros(len(self.row), np.int64) if self.group is None else self.group

    @property
    def starts(self) -> NDArray[np.int64]:
        """(n_sequences,) the row at which each sequence begins."""
        return np.flatnonzero(np.diff(self.sequence, prepend=-1)).astype(np.int64)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """(n_sequences,) the number of rows of each sequence."""
        return np.diff(np.append(self.starts, len(self.row)))

    @property
    def continues(self) -> NDArray[np.bool_]:
        """(rows - 1,) whether the row after each is of the same sequence."""
        return np.asarray(np.diff(self.sequence) == 0)
