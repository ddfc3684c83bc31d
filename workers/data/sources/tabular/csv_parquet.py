"""Reads the used columns of a CSV or Parquet file as they are, and finds the line of a row."""

import csv
import io
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from workers.data.sources.files import opened
from workers.errors import DataError
from workers.wording import instead

PARQUET = (".parquet", ".pq")
CSV_OPTIONS = {"encoding": "utf-8-sig", "skipinitialspace": True, "keep_default_na": False, "na_values": [""]}
SHOWN = 3


@dataclass(frozen=True)
class Sheet:
    """A file's used columns; row i of the frame is the file's row i, headers and blank lines not counted."""

    path: Path
    columns: pd.DataFrame

    def lines(self, rows: Sequence[int] | NDArray[np.integer]) -> str:
        """The position of these rows in words: `lines 3, 4` of a CSV file, `row 3` of a Parquet file; from 1."""
        first = [int(row) for row in rows[:SHOWN]]
        is_parquet = _is_parquet(self.path)
        numbers = [row + 1 for row in first] if is_parquet else _lines(self.path, first)
        more = f" and {len(rows) - SHOWN:,} more" if len(rows) > SHOWN else ""
        noun = ("row" if is_parquet else "line") + ("s" if len(rows) > 1 else "")
        return f"{noun} {', '.join(map(str, numbers))}{more}"


def read_columns(path: Path, fields: Mapping[str, Sequence[str]]) -> Sheet:
    """The columns `fields`, by the field of the study file that names them; each column once.

    Raises DataError for a file that cannot be read, a column that is missing or ambiguous, and when there are no rows.
    """
    header = column_names(path)
    for field, names in fields.items():
        for name in names:
            check_column(path, name, header, field)
    used = list(dict.fromkeys(name for names in fields.values() for name in names))
    with opened(path) as stream:
        frame = _frame(stream, path, used)
    if frame.empty:
        raise DataError(f"{path}: has a header but no rows", "data.path")
    return Sheet(path, frame)


def column_names(path: Path) -> list[str]:
    """The names of a file's columns. Raises DataError for a file that cannot be read."""
    with opened(path) as stream:
        return _header(stream, path)


def _is_parquet(path: Path) -> bool:
    inner = path.with_suffix("") if path.suffix.lower() in (".gz", ".xz") else path
    return inner.suffix.lower() in PARQUET


def _header(stream: IO[bytes], path: Path) -> list[str]:
    try:
        if _is_parquet(path):
            return list(pq.read_schema(stream).names)
        first = pd.read_csv(stream, header=None, nrows=1, dtype=str, **CSV_OPTIONS)
    except pd.errors.EmptyDataError:
        raise DataError(f"{path}: is empty", "data.path") from None
    except pd.errors.ParserError as error:
        raise DataError(f"{path}: {_csv_error(error)}", "data.path") from None
    except pa.ArrowException as error:
        raise DataError(f"{path}: is not a Parquet file, or damaged ({error})", "data.path") from None
    return [str(name).strip() for name in first.iloc[0].fillna("")]


def check_column(path: Path, name: str, header: list[str], field: str) -> None:
    """Raises DataError where the header does not have this column exactly once."""
    if header.count(name) > 1:
        raise DataError(f"{path}: has {header.count(name)} columns named {name}; rename all but one", field)
    if name not in header:
        alone = len(header) == 1 and any(sign in header[0] for sign in ";\t|")
        parted = " (cells must be parted by commas)" if alone else ""
        raise DataError(f"{path}: has no column {name}; {instead(name, header)}{parted}", field)


def _frame(stream: IO[bytes], path: Path, used: list[str]) -> pd.DataFrame:
    """The used columns; of a CSV file all are parsed, since rows with too many cells show only then."""
    try:
        if _is_parquet(path):
            return pq.read_table(stream, columns=used).replace_schema_metadata().to_pandas()
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(stream, index_col=False, low_memory=False, **CSV_OPTIONS)
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        raise DataError(f"{path}: {_csv_error(error)}", "data.path") from None
    except pa.ArrowException as error:
        raise DataError(f"{path}: is not a Parquet file, or damaged ({error})", "data.path") from None
    return frame.rename(columns=str.strip)[used]


def _csv_error(error: Exception) -> str:
    longer = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", str(error))
    if longer:
        return f"line {longer[2]} has {longer[3]} cells where the lines before have {longer[1]}"
    if isinstance(error, pd.errors.ParserWarning):
        return "the rows have more cells than the header has names"
    return f"is not a CSV file ({str(error).removeprefix('Error tokenizing data. ').strip()})"


def _lines(path: Path, rows: list[int]) -> list[int]:
    """The file's line (from 1) on which each row ends; cells may hold line breaks, and blank lines are no rows."""
    lines: list[int] = []
    with opened(path) as stream, io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(text, skipinitialspace=True)
        filled = (reader.line_num for cells in reader if len(cells) > 1 or "".join(cells).strip(" \t"))
        position = -2  # the header is the first
        for row in sorted(set(rows)):
            lines.append(next(islice(filled, row - position - 1, None), reader.line_num))
            position = row
    return lines
