"""A look at a file of a table: all that can be seen of it before anybody says what is to be forecast."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers.data.looking import panel
from workers.data.looking.column import Column, column
from workers.data.looking.part import bounded
from workers.data.looking.rhythm import Rhythm, rhythm
from workers.data.looking.said import Said
from workers.data.looking.when import Found, When, found
from workers.data.looking.written import Written, written
from workers.data.looking.zone import zone_of
from workers.data.sources.files import WILD
from workers.data.sources.tabular.dialect import Dialect, python_encoding
from workers.data.sources.tabular.formats import format_of
from workers.data.sources.tabular.names import same_form
from workers.data.sources.tabular.sheets import Sheet
from workers.errors import DataError
from workers.wording import counted

Numbers = NDArray[np.float64]

FEWEST = 20  # rows, with fewer of which nothing can be trained


@dataclass(frozen=True)
class Look:
    """What was seen of a file.

    path      the file
    part      the file that was looked at: the same, or one with the first rows of it
    rows      how many were looked at
    written   how it is written, by the fields of the study file
    units     what columns are measured in, by their names, as far as the file says it
    columns   by name, in the order of the file
    left_out  names of columns that cannot be named in a study file, and why
    found     the columns that say when each row was, and those that may
    zoned     whether the zone of the time was found by hours that repeat and skip
    group     the column that tells sequences apart; empty: there is none
    sorted    whether the rows of each sequence come in the order of time
    repeats   the part of the rows that have the time of another row of their sequence
    twins     (n, 2) rows of one sequence that have the same time, the later one in the file behind
    rhythm    how the rows follow each other; none without a time
    order     the rows in the order of sequences, and in each of time, of several of one time the last
    starts    (n_sequences,) where in that order each sequence begins, pauses longer than the rhythm's max_gap counted
    """

    path: Path
    part: Path
    rows: int
    written: Mapping[str, Said]
    units: Mapping[str, str]
    columns: Mapping[str, Column]
    left_out: Mapping[str, str]
    found: Found
    zoned: bool
    group: str
    sorted: bool
    repeats: float
    twins: NDArray[np.int64]
    rhythm: Rhythm | None
    order: NDArray[np.int64]
    starts: NDArray[np.int64]

    @property
    def whole(self) -> bool:
        """Whether all of the file was looked at."""
        return self.part == self.path

    @property
    def when(self) -> When | None:
        """The columns that say when each row was."""
        return self.found.when

    @property
    def lengths(self) -> NDArray[np.int64]:
        """(n_sequences,) rows of each."""
        return np.diff(np.append(self.starts, len(self.order)))

    def sequences(self, name: str) -> list[Numbers]:
        """A column's numbers, (rows,) of each sequence in the order of time."""
        return np.split(self.columns[name].numbers[self.order], self.starts[1:])


@contextmanager
def looked_at(path: Path) -> Iterator[Look]:
    """What is seen of a file, or of the first part of a large one, which is there in the block.

    Raises DataError for a file that is not there or cannot be read, is empty, or has too few rows to train on.
    """
    if WILD.search(str(path)) and not path.exists():
        what = "is a pattern; look at one of the files, and then write the pattern in data.path"
        raise DataError(f"{path}: {what}", "data.path")
    with bounded(path) as part:
        try:
            how = written(part)
            sheet, left_out = _sheet(part, how)
            columns = {str(name): column(sheet, str(name)) for name in sheet.columns}
        except DataError as error:
            raise DataError(error.message.replace(str(part), str(path)), error.field) from None
        yield _look(replace(sheet, path=path), part, how, columns, left_out)


def dialect(fields: Mapping[str, Said]) -> Dialect:
    """How a file is written, of what is said of it."""
    said: dict[str, Any] = {name: each.value for name, each in fields.items()}
    if "encoding" in said:
        said["encoding"] = python_encoding(said["encoding"])
    return Dialect(**said)


def _sheet(path: Path, how: Written) -> tuple[Sheet, dict[str, str]]:
    """All columns that have a name of their own, and why the others have not. Raises DataError."""
    given = dialect(how.fields)
    read = format_of(path).read(path, given)
    names = [same_form(name) for name in read.names]
    left_out = {name: "several columns are called so" for name in names if name and names.count(name) > 1}
    if not all(names):
        left_out["(no name)"] = "a column without a name cannot be named"
    places = [place for place, name in enumerate(names) if name and name not in left_out]
    frame = read.frame(places, []).set_axis([names[place] for place in places], axis=1)
    if len(frame) < FEWEST:
        least = f"a study needs some hundred, and at least {FEWEST}"
        raise DataError(f"{path}: has {counted(len(frame), 'row')}; {least}", "data.path")
    return Sheet(path, frame.reset_index(drop=True), given), left_out


def _look(sheet: Sheet, part: Path, how: Written, columns: Mapping[str, Column], left_out: Mapping[str, str]) -> Look:
    rows = len(sheet.columns)
    when = found(sheet, list(columns.values()))
    time = when.when
    clock = None if time is None else time.clock
    group = panel.group_of(list(columns.values()), clock, time.columns if time else ())
    codes = panel.codes(columns[group]) if group else np.zeros(rows, np.int64)
    zoned = zone_of(time.clock, codes) if time and time.no_zone else None
    if time and zoned:
        when = when._replace(when=_in_zone(time, *zoned))
        clock = zoned[1]
    order = np.argsort(codes, kind="stable") if clock is None else np.lexsort((clock, codes))
    inside = np.diff(codes[order]) == 0
    steps = np.zeros(0) if clock is None else np.diff(clock[order])
    same = np.zeros(len(inside), bool) if clock is None else inside & (steps == 0)
    twins = np.stack([order[:-1][same], order[1:][same]], axis=1)
    if same.any():
        order = order[~np.append(same, False)]
        inside, steps = np.diff(codes[order]) == 0, np.diff(np.zeros(0) if clock is None else clock[order])
    follows = rhythm(steps[inside]) if clock is not None else None
    begins = ~inside if follows is None or not follows.max_gap else ~inside | (steps > follows.max_gap)
    return Look(
        sheet.path,
        part,
        rows,
        how.fields,
        how.units,
        columns,
        left_out,
        when,
        zoned is not None,
        group,
        _is_sorted(clock, codes),
        len(twins) / max(rows - len(np.unique(codes)), 1),
        twins,
        follows,
        order,
        np.flatnonzero(np.append(True, begins)).astype(np.int64),
    )


def _in_zone(time: When, zone: str, clock: Numbers) -> When:
    said = {"column": time.said} if isinstance(time.said, str) else dict(time.said)
    return time._replace(said={**said, "zone": zone}, clock=clock, no_zone=False)


def _is_sorted(clock: Numbers | None, codes: NDArray[np.int64]) -> bool:
    if clock is None:
        return True
    order = np.argsort(codes, kind="stable")
    steps = np.diff(clock[order])[np.diff(codes[order]) == 0]
    return bool((steps >= 0).all())
