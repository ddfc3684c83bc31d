"""A table in a sheet of an Excel workbook."""

import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import pandas as pd

from workers.data.sources.files import opened
from workers.data.sources.tabular.columns import Columns, cells
from workers.data.sources.tabular.dialect import Dialect
from workers.data.sources.tabular.foreign import refuse_foreign
from workers.errors import DataError
from workers.wording import instead, listed

BEGINS = b"PK\x03\x04"
ENGINE = "openpyxl"
LACKING = f"is an Excel workbook, which needs {ENGINE} to be read: pip install {ENGINE}, or save the sheet as CSV"


def columns(path: Path, dialect: Dialect) -> Columns:
    """Those of the sheet that is said, or else of the first."""
    refuse_foreign(path, begins=BEGINS)
    rows, sheets = all_rows(path, dialect)
    below = [row for row in range(dialect.first - 1, len(rows)) if _is_filled(rows[row])]
    if not below:
        raise DataError(f"{path}: is empty{f' from row {dialect.first} on' if dialect.first > 1 else ''}", "data.path")
    names = ["" if name is None else str(name).strip() for name in rows[below[0]]]
    kept = [rows[row] for row in below[1 + dialect.units_row :]]

    def frame(used: list[int], texts: list[int]) -> pd.DataFrame:
        columns = {place: cells([row[place] for row in kept], dialect, text=place in texts) for place in used}
        return pd.DataFrame(columns, columns=used)

    hint = f"this is sheet {sheets[0]} of {listed(sheets)}: say sheet" if len(sheets) > 1 and not dialect.sheet else ""
    return Columns(names, frame, hint)


def positions(path: Path, rows: list[int], dialect: Dialect) -> list[int]:
    """The rows of the sheet, from 1."""
    found, _ = all_rows(path, dialect)
    filled = [row for row in range(dialect.first - 1, len(found)) if _is_filled(found[row])]
    return [filled[row + 1 + dialect.units_row] + 1 for row in rows]


def all_rows(path: Path, dialect: Dialect) -> tuple[list[list[Any]], list[str]]:
    """Every row of the sheet, from its first, None where a cell is empty; and the names of the workbook's sheets."""
    with opened(path) as stream:
        if stream.read(len(BEGINS)) != BEGINS:
            raise DataError(f"{path}: is no Excel workbook, or damaged", "data.path")
    if find_spec(ENGINE) is None:
        raise DataError(f"{path}: {LACKING}", "data.path")
    with opened(path) as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and validations that openpyxl leaves out
        try:
            with pd.ExcelFile(stream, engine=ENGINE) as book:
                sheets = [str(name) for name in book.sheet_names]
                which = sheets.index(dialect.sheet) if dialect.sheet in sheets else 0
                frame = book.parse(which, header=None, dtype=object, keep_default_na=False, na_values=[""])
        except (BadZipFile, KeyError, ValueError, TypeError) as error:
            raise DataError(f"{path}: is no Excel workbook, or damaged ({error})", "data.path") from None
    if dialect.sheet and dialect.sheet not in sheets:
        what = f"has no sheet {dialect.sheet}; {instead(dialect.sheet, sheets)}"
        raise DataError(f"{path}: {what}", "data.sheet")
    return [[None if _is_empty(value) else value for value in row] for row in frame.itertuples(index=False)], sheets


def _is_empty(value: Any) -> bool:
    return value is None or value is pd.NaT or value == "" or (isinstance(value, float) and value != value)  # noqa: PLR0124


def _is_filled(row: list[Any]) -> bool:
    return any(value is not None for value in row)
