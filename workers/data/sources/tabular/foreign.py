"""Files that are no CSV or Parquet, by how they begin or by their name: what they are, and what to do instead."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from workers.data.sources.files import ending, opened
from workers.errors import DataError

FIRST_BYTES = 16


class Foreign(NamedTuple):
    """What the message says of a file that begins so, or has one of these endings."""

    begins: tuple[bytes, ...]
    endings: tuple[str, ...]
    what: str
    instead: str


PANDAS = "write the table as Parquet: pandas.{}(...).to_parquet('data.parquet')"
SHEET = "save the sheet with the table as CSV"

# An Excel workbook is a zip archive, so its ending is looked at before how it begins.
BY_ENDING = (
    Foreign((), (".xlsx", ".xlsm", ".xlsb"), "an Excel workbook", SHEET),
    Foreign((), (".ods",), "a workbook of LibreOffice", SHEET),
    Foreign((), (".json", ".jsonl", ".ndjson"), "JSON", PANDAS.format("read_json")),
    Foreign((), (".pkl", ".pickle"), "a pickle, which runs code when it is read", "write the table as Parquet"),
    Foreign((), (".npy",), "a NumPy array", "save it with names in an .npz file, and say kind: arrays"),
    Foreign((), (".npz",), "an archive of NumPy", "say kind: arrays"),
)
BY_CONTENT = (
    Foreign((b"\xd0\xcf\x11\xe0",), (".xls",), "an old Excel workbook", SHEET),
    Foreign((b"PK\x03\x04",), (".zip",), "a zip archive", "unpack it, and name the file inside; or pack that as .gz"),
    Foreign((b"ARROW1", b"FEA1"), (".feather", ".arrow"), "a Feather file", PANDAS.format("read_feather")),
    Foreign((b"\x1f\x8b",), (), "packed by gzip", "let its name end in .gz"),
    Foreign((b"\xfd7zXZ",), (), "packed by xz", "let its name end in .xz"),
    Foreign((b"BZh",), (".bz2",), "packed by bzip2", "unpack it, or pack it as .gz"),
    Foreign((b"\x28\xb5\x2f\xfd",), (".zst",), "packed by Zstandard", "unpack it, or pack it as .gz"),
    Foreign((b"7z\xbc\xaf",), (".7z",), "a 7-Zip archive", "unpack it, and name the file inside"),
    Foreign((b"PAR1",), (), "a Parquet file", "let its name end in .parquet"),
    Foreign((b"ORC",), (".orc",), "an ORC file", PANDAS.format("read_orc")),
    Foreign((b"\x89HDF",), (".h5", ".hdf5"), "an HDF5 file", PANDAS.format("read_hdf")),
    Foreign((b"SQLite format 3",), (".sqlite", ".db"), "a database of SQLite", PANDAS.format("read_sql")),
    Foreign((b'{"', b'[{"'), (), "JSON", PANDAS.format("read_json")),
)


def refuse_foreign(path: Path, *, is_parquet: bool) -> None:
    """Raises DataError for a file that is of another kind than its table should be."""
    with opened(path) as stream:
        first = stream.read(FIRST_BYTES)
    for found in _foreign(path, first):
        if not (is_parquet and first.startswith(b"PAR1")):
            raise DataError(f"{path}: is {found.what}; {found.instead}", "data.path")


def _foreign(path: Path, first: bytes) -> Iterator[Foreign]:
    own = ending(path)
    yield from (each for each in BY_ENDING if own in each.endings)
    yield from (each for each in BY_CONTENT if first.startswith(each.begins))
    yield from (each for each in BY_CONTENT if own in each.endings)
