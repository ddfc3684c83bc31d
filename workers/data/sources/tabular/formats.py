"""The kinds of files that hold a table: each is a row of FORMATS, found by the ending of the file's name."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from workers.data.sources.files import ending
from workers.data.sources.tabular import csv_file, excel, json_lines, parquet_file
from workers.data.sources.tabular.columns import Columns
from workers.data.sources.tabular.dialect import Dialect

NUMBERS = frozenset({"decimal", "thousands"})  # of texts that are numbers
HEADER = frozenset({"header", "units_row"})


class Format(NamedTuple):
    """How a table is read from one kind of file.

    what       it is called
    endings    of the names of such files, in small letters
    said       the fields of the study file that say how it is written
    read       the file's columns; raises DataError where it cannot be read
    positions  which lines, or rows of a sheet, the rows (from 0) are; from 1
    noun       what a position is
    """

    what: str
    endings: tuple[str, ...]
    said: frozenset[str]
    read: Callable[[Path, Dialect], Columns]
    positions: Callable[[Path, list[int], Dialect], list[int]]
    noun: str = "line"


CSV = Format(
    "CSV",
    (".csv",),
    NUMBERS | HEADER | {"separator", "encoding", "comment", "quote"},
    csv_file.columns,
    csv_file.positions,
)
FORMATS = (
    CSV,
    Format("Parquet", (".parquet", ".pq"), frozenset(), parquet_file.columns, parquet_file.positions, "row"),
    Format("JSON lines", (".jsonl", ".ndjson"), NUMBERS | {"encoding"}, json_lines.columns, json_lines.positions),
    Format("Excel", (".xlsx", ".xlsm"), NUMBERS | HEADER | {"sheet"}, excel.columns, excel.positions, "row"),
)
ENDINGS = tuple(each for kind in FORMATS for each in kind.endings)


def format_of(path: Path) -> Format:
    """The kind of file by its name; a name that says nothing is that of a CSV file."""
    own = ending(path)
    return next((kind for kind in FORMATS if own in kind.endings), CSV)
