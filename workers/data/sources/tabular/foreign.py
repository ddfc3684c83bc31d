"""Files that hold no table, or another kind than their name says: what they are, and what to do instead."""

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
JSON = f"if each line is an object, let its name end in .jsonl; or {PANDAS.format('read_json')}"
SHEET = "save the sheet with the table as CSV"

BY_ENDING = (
    Foreign((), (".xlsb",), "an Excel workbook in binary", "save it as .xlsx, or the sheet with the table as CSV"),
    Foreign((), (".ods",), "a workbook of LibreOffice", SHEET),
    Foreign((), (".json",), "JSON", JSON),
    Foreign((), (".pkl", ".pickle"), "a pickle, which runs code when it is read", "write the table as Parquet"),
    Foreign((), (".npy",), "a NumPy array", "save it with names in an .npz file, and say kind: arrays"),
    Foreign((), (".npz",), "an archive of NumPy", "say kind: arrays"),
)
BY_CONTENT = (
    Foreign((b"\xd0\xcf\x11\xe0",), (".xls",), "an old Excel workbook", SHEET),
    Foreign((b"PK\x03\x04",), (), "a zip archive or a workbook", "let its name end in .zip or .xlsx, whichever it is"),
    Foreign((b"ARROW1", b"FEA1"), (".feather", ".arrow"), "a Feather file", PANDAS.format("read_feather")),
    Foreign((b"\x1f\x8b",), (), "packed by gzip", "let its name end in .gz"),
    Foreign((b"\xfd7zXZ",), (), "packed by xz", "let its name end in .xz"),
    Foreign((b"BZh",), (), "packed by bzip2", "let its name end in .bz2"),
    Foreign((b"\x28\xb5\x2f\xfd",), (), "packed by Zstandard", "let its name end in .zst"),
    Foreign((b"7z\xbc\xaf",), (".7z",), "a 7-Zip archive", "unpack it, and name the file inside"),
    Foreign((b"PAR1",), (), "a Parquet file", "let its name end in .parquet"),
    Foreign((b"ORC",), (".orc",), "an ORC file", PANDAS.format("read_orc")),
    Foreign((b"\x89HDF",), (".h5", ".hdf5"), "an HDF5 file", PANDAS.format("read_hdf")),
    Foreign((b"SQLite format 3",), (".sqlite", ".db"), "a database of SQLite", PANDAS.format("read_sql")),
    Foreign((b'{"', b'[{"'), (), "JSON", JSON),
)


def refuse_foreign(path: Path, begins: bytes | None = None) -> None:
    """Raises DataError for a file of another kind than it should be; begins: how one of its kind does."""
    with opened(path) as stream:
        first = stream.read(FIRST_BYTES)
    if begins and first.startswith(begins):
        return
    for found in _foreign(path, first):
        raise DataError(f"{path}: is {found.what}; {found.instead}", "data.path")


def _foreign(path: Path, first: bytes) -> Iterator[Foreign]:
    own = ending(path)
    yield from (each for each in BY_ENDING if own in each.endings)
    yield from (each for each in BY_CONTENT if first.startswith(each.begins))
    yield from (each for each in BY_CONTENT if own in each.endings)
