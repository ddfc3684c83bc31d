"""A table in a CSV file."""

import re
import warnings
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from workers.data.sources.tabular.columns import Columns
from workers.data.sources.tabular.dialect import Dialect
from workers.data.sources.tabular.foreign import refuse_foreign
from workers.errors import DataError

OPTIONS = {"skipinitialspace": True, "keep_default_na": False, "na_values": [""]}
WRONG = (pd.errors.ParserError, pd.errors.ParserWarning)


def columns(path: Path, dialect: Dialect) -> Columns:
    """Those of the file; its rows are read once it is known which columns are used."""
    refuse_foreign(path)
    first = _parsed(path, dialect, header=None, nrows=1, dtype=str)
    names = [str(name).strip() for name in first.iloc[0].fillna("")]
    return Columns(names, lambda used, texts: _frame(path, dialect, len(names), used, texts))


def positions(path: Path, rows: list[int], dialect: Dialect) -> list[int]:
    """The file's line (from 1) on which each row ends; cells may hold line breaks, and blank lines are no rows."""
    lines: dict[int, int] = {}
    with dialect.text_of(path) as text:
        reader = dialect.rows(text)
        filled = (reader.line_num for cells in reader if _is_filled(cells))
        position = -3 if dialect.units_row else -2  # the header is the first
        for row in sorted(set(rows)):
            lines[row] = next(islice(filled, row - position - 1, None), reader.line_num) + dialect.first - 1
            position = row
    return [lines[row] for row in sorted(set(rows))]


def _frame(path: Path, dialect: Dialect, count: int, used: list[int], texts: list[int]) -> pd.DataFrame:
    """The used columns, by their place; all columns are parsed, since rows with too many cells show only then."""
    kept_as_text = used if dialect.writes_numbers_otherwise else texts
    options = {"index_col": False, "low_memory": False, "dtype": dict.fromkeys(kept_as_text, str)}
    if dialect.units_row:
        options["skiprows"] = _first_records(path, dialect, 2)[1:]
    try:
        frame = _read(path, dialect, **options)
    except WRONG as error:
        frame = _without_last_separators(path, dialect, count, options)
        if frame is None:
            raise DataError(f"{path}: {_csv_error(error, dialect.first - 1)}", "data.path") from None
    return frame.iloc[:, used]


def _without_last_separators(path: Path, dialect: Dialect, count: int, options: dict[str, Any]) -> pd.DataFrame | None:
    """The rows of a file in which some end with a separator that parts nothing; None where that is not all."""
    try:
        head = _first_records(path, dialect, 1 + dialect.units_row)
        frame = _read(path, dialect, **{**options, "skiprows": head}, header=None, names=range(count + 1))
    except WRONG:
        return None
    return frame if frame[count].isna().all() else None


def _parsed(path: Path, dialect: Dialect, **options: Any) -> pd.DataFrame:
    try:
        return _read(path, dialect, **options)
    except WRONG as error:
        raise DataError(f"{path}: {_csv_error(error, dialect.first - 1)}", "data.path") from None


def _read(path: Path, dialect: Dialect, **options: Any) -> pd.DataFrame:
    with dialect.text_of(path) as text, warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            return pd.read_csv(text, sep=dialect.separator, **dialect.quoting, **OPTIONS, **options)
        except pd.errors.EmptyDataError:
            less = f" from line {dialect.first} on" if dialect.first > 1 else ""
            raise DataError(f"{path}: is empty{less}; name a file with a line of names and rows", "data.path") from None


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


def _first_records(path: Path, dialect: Dialect, count: int) -> list[int]:
    """Which the first records are, from 0, of those from the header's line on; blank lines count."""
    with dialect.text_of(path) as text:
        filled = (number for number, cells in enumerate(dialect.rows(text)) if _is_filled(cells))
        return list(islice(filled, count))
