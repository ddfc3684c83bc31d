"""A table in a Parquet file."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from workers.data.sources.files import opened
from workers.data.sources.tabular.columns import Columns
from workers.data.sources.tabular.dialect import Dialect
from workers.data.sources.tabular.foreign import refuse_foreign
from workers.errors import DataError


def columns(path: Path, _dialect: Dialect) -> Columns:
    """Those of the file, of which only the used ones are read."""
    refuse_foreign(path, begins=b"PAR1")
    with opened(path) as stream:
        try:
            names = list(pq.read_schema(stream).names)
        except pa.ArrowException as error:
            raise _damaged(path, error) from None
    return Columns(names, lambda used, _texts: _frame(path, [names[place] for place in used]))


def positions(_path: Path, rows: list[int], _dialect: Dialect) -> list[int]:
    """The rows from 1."""
    return [row + 1 for row in rows]


def _frame(path: Path, used: list[str]) -> pd.DataFrame:
    with opened(path) as stream:
        try:
            return pq.read_table(stream, columns=used).replace_schema_metadata().to_pandas()[used]
        except pa.ArrowException as error:
            raise _damaged(path, error) from None


def _damaged(path: Path, error: Exception) -> DataError:
    return DataError(f"{path}: is not a Parquet file, or damaged ({error})", "data.path")
