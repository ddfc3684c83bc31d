"""Reads the used columns of a CSV or Parquet file as they are, and finds the line of a row."""

import re
import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from workers.data.sources.files import ending, opened
from workers.data.sources.tabular.dialect import PLAIN, Dialect
from workers.data.sources.tabular.foreign import refuse_foreign
from workers.data.sources.tabular.names import check_columns, same_form
from workers.errors import DataError

PARQUET = (".parquet", ".pq")
CSV_OPTIONS = {"skipinitialspace": True, "keep_default_na": False, "na_values": [""]}
SHOWN = 3


@dataclass(frozen=True)
class Sheet:
    """A file's used columns; row i of the frame is the file's row i, headers and blank lines not counted.

    dialect: how the file, or text in the place of numbers, is written
    """

    path: Path
    columns: pd.DataFrame
    dialect: Dialect = PLAIN

    def lines(self, rows: Sequence[int] | NDArray[np.integer]) -> str:
        """The position of these rows in words: `lines 3, 4` of a CSV file, `row 3` of a Parquet file; from 1."""
        first = [int(row) for row in rows[:SHOWN]]
        parquet = is_parquet(self.path)
        numbers = [row + 1 for row in first] if parquet else _lines(self.path, first, self.dialect)
        more = f" and {len(rows) - SHOWN:,} more" if len(rows) > SHOWN else ""
        noun = ("row" if parquet else "line") + ("s" if len(rows) > 1 else "")
        return f"{noun} {', '.join(map(str, numbers))}{more}"


def read_columns(
    path: Path, fields: Mapping[str, Sequence[str]], dialect: Dialect, texts: Collection[str] = ()
) -> Sheet:
    """The columns `fields`, by the field of the study file that names them; each column once, named as there.

    texts: those of a CSV file that stay text, even if all cells are numbers. Raises DataError for a file that cannot be
    read, a column that is missing or ambiguous, and when there are no rows.
    """
    parquet = is_parquet(path)
    refuse_foreign(path, is_parquet=parquet)
    header = column_names(path, dialect)
    check_columns(path, fields, header, None if parquet else dialect)
    place = {same_form(name): number for number, name in enumerate(header)}
    used = {name: place[same_form(name)] for names in fields.values() for name in names}
    if parquet:
        frame = _parquet_frame(path, [header[number] for number in used.values()])
    else:
        frame = _csv_frame(path, dialect, [used[name] for name in texts], list(used.values()))
    if frame.empty:
        raise DataError(f"{path}: has a header but no rows", "data.path")
    return Sheet(path, frame.set_axis(list(used), axis=1), dialect)


def column_names(path: Path, dialect: Dialect) -> list[str]:
    """The names of a file's columns. Raises DataError for a file that cannot be read."""
    return _parquet_header(path) if is_parquet(path) else _csv_header(path, dialect)


def is_parquet(path: Path) -> bool:
    """Whether the file's name says that it is Parquet."""
    return ending(path) in PARQUET


def _parquet_header(path: Path) -> list[str]:
    with opened(path) as stream:
        try:
            return list(pq.read_schema(stream).names)
        except pa.ArrowException as error:
            raise DataError(f"{path}: is not a Parquet file, or damaged ({error})", "data.path") from None


def _parquet_frame(path: Path, used: list[str]) -> pd.DataFrame:
    with opened(path) as stream:
        try:
            return pq.read_table(stream, columns=used).replace_schema_metadata().to_pandas()[used]
        except pa.ArrowException as error:
            raise DataError(f"{path}: is not a Parquet file, or damaged ({error})", "data.path") from None


def _csv_header(path: Path, dialect: Dialect) -> list[str]:
    first = _parsed(path, dialect, header=None, nrows=1, dtype=str)
    return [str(name).strip() for name in first.iloc[0].fillna("")]


def _csv_frame(path: Path, dialect: Dialect, texts: list[int], used: list[int]) -> pd.DataFrame:
    """The used columns, by their place; all columns are parsed, since rows with too many cells show only then."""
    kept_as_text = used if dialect.writes_numbers_otherwise else texts
    options = {"index_col": False, "low_memory": False, "dtype": dict.fromkeys(kept_as_text, str)}
    if dialect.units_row:
        options["skiprows"] = [_units_row(path, dialect)]
    return _parsed(path, dialect, **options).iloc[:, used]


def _parsed(path: Path, dialect: Dialect, **options: Any) -> pd.DataFrame:
    with dialect.text_of(path) as text:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", pd.errors.ParserWarning)
                return pd.read_csv(text, sep=dialect.separator, **CSV_OPTIONS, **options)
        except pd.errors.EmptyDataError:
            less = f" from line {dialect.header} on" if dialect.header > 1 else ""
            raise DataError(f"{path}: is empty{less}", "data.path") from None
        except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
            raise DataError(f"{path}: {_csv_error(error, dialect.header - 1)}", "data.path") from None


def _csv_error(error: Exception, skipped: int) -> str:
    """skipped: lines before those that were parsed."""
    longer = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", str(error))
    if longer:
        line = int(longer[2]) + skipped
        return f"line {line} has {longer[3]} cells where the lines before have {longer[1]}"
    if isinstance(error, pd.errors.ParserWarning):
        quote = "if numbers have decimal commas, put them in quotation marks, or part cells by another sign"
        return f"the rows have more cells than the header has names; {quote}"
    return f"is not a CSV file ({str(error).removeprefix('Error tokenizing data. ').strip()})"


def _is_filled(cells: list[str]) -> bool:
    return len(cells) > 1 or bool("".join(cells).strip(" \t"))


def _units_row(path: Path, dialect: Dialect) -> int:
    """Which record it is, from 0, of those from the header's line on; blank lines count."""
    with dialect.text_of(path) as text:
        filled = (number for number, cells in enumerate(dialect.rows(text)) if _is_filled(cells))
        return next(islice(filled, 1, None), 1)


def _lines(path: Path, rows: list[int], dialect: Dialect) -> list[int]:
    """The file's line (from 1) on which each row ends; cells may hold line breaks, and blank lines are no rows."""
    lines: list[int] = []
    with dialect.text_of(path) as text:
        reader = dialect.rows(text)
        filled = (reader.line_num for cells in reader if _is_filled(cells))
        position = -3 if dialect.units_row else -2  # the header is the first
        for row in sorted(set(rows)):
            lines.append(next(islice(filled, row - position - 1, None), reader.line_num) + dialect.header - 1)
            position = row
    return lines
