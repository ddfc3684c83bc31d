"""Reads the used columns of a file, or of several, as they are, and finds the line of a row."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workers.data.sources.files import fixed_folder, matching
from workers.data.sources.packed import PACKED
from workers.data.sources.tabular.dialect import PLAIN, Dialect
from workers.data.sources.tabular.formats import CSV, format_of
from workers.data.sources.tabular.names import check_columns, same_form
from workers.errors import DataError

SHOWN = 3


@dataclass(frozen=True)
class Part:
    """A file of a table, and how many rows of it come before its own."""

    path: Path
    before: int


@dataclass(frozen=True)
class Sheet:
    """The used columns of a file; row i of the frame is the file's row i, headers and blank lines not counted.

    dialect: how the file, or text in the place of numbers, is written; parts: the files, where a pattern named them
    """

    path: Path
    columns: pd.DataFrame
    dialect: Dialect = PLAIN
    parts: tuple[Part, ...] = ()

    def lines(self, rows: Sequence[int] | NDArray[np.integer]) -> str:
        """The position of these rows in words, from 1: `lines 3, 4`, or `line 3 of 2023-01.csv`; of some files rows."""
        first = [int(row) for row in rows[:SHOWN]]
        more = f" and {len(rows) - SHOWN:,} more" if len(rows) > SHOWN else ""
        if not self.parts:
            noun = format_of(self.path).noun + ("s" if len(rows) > 1 else "")
            numbers = format_of(self.path).positions(self.path, first, self.dialect)
            return f"{noun} {', '.join(map(str, numbers))}{more}"
        return f"{', '.join(map(self._in_part, first))}{more}"

    def names(self) -> list[str]:
        """(rows,) the file of each row, below the folder that a pattern names, without its ending."""
        ends = [part.before for part in self.parts[1:]]
        lengths = np.diff([0, *ends, len(self.columns)])
        parts = self.parts or (Part(self.path, 0),)
        names = [self._named(part.path).with_suffix("").as_posix() for part in parts]
        return [name for name, length in zip(names, lengths, strict=True) for _ in range(length)]

    def _in_part(self, row: int) -> str:
        part = next(each for each in reversed(self.parts) if each.before <= row)
        (number,) = format_of(part.path).positions(part.path, [row - part.before], self.dialect)
        return f"{format_of(part.path).noun} {number} of {part.path.relative_to(fixed_folder(self.path))}"

    def _named(self, path: Path) -> Path:
        below = path.relative_to(fixed_folder(self.path)) if self.parts else Path(path.name)
        return below.with_suffix("") if len(below.suffixes) > 1 and below.suffix in PACKED else below


def read_columns(
    path: Path, fields: Mapping[str, Sequence[str]], dialect: Dialect, texts: Collection[str] = ()
) -> Sheet:
    """The columns `fields`, by the field of the study file that names them; each column once, named as there.

    path: of a file, or a pattern of several, whose rows follow each other; texts: those of a CSV file that stay text,
    even if all cells are numbers. Raises DataError for a file that cannot be read, a column that is missing or
    ambiguous, and when there are no rows.
    """
    files = matching(path)
    frames = [_frame(file, fields, dialect, texts) for file in files]
    if files == [path]:
        return Sheet(path, frames[0], dialect)
    before = np.cumsum([0, *map(len, frames)])[:-1].tolist()
    parts = tuple(Part(file, start) for file, start in zip(files, before, strict=True))
    return Sheet(path, pd.concat(frames, ignore_index=True), dialect, parts)


def _frame(path: Path, fields: Mapping[str, Sequence[str]], dialect: Dialect, texts: Collection[str]) -> pd.DataFrame:
    """The columns of one file."""
    kind = format_of(path)
    found = kind.read(path, dialect)
    check_columns(path, fields, found.names, dialect if kind is CSV else None, found.hint)
    place = {same_form(name): number for number, name in enumerate(found.names)}
    used = {name: place[same_form(name)] for names in fields.values() for name in names}
    frame = found.frame(list(used.values()), [used[name] for name in texts])
    if frame.empty:
        raise DataError(f"{path}: has a header but no rows", "data.path")
    return frame.set_axis(list(used), axis=1)


def column_names(path: Path, dialect: Dialect) -> list[str]:
    """The names of a file's columns. Raises DataError for a file that cannot be read."""
    return format_of(path).read(path, dialect).names
