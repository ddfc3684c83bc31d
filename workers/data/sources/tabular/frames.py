"""A table that a program hands over, in place of a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from typing_extensions import override

from workers.data.sources.tabular.csv_parquet import Sheet, check_column, read_columns
from workers.errors import DataError
from workers.wording import counted

SHOWN = 3

FrameOrFile: TypeAlias = pd.DataFrame | Path


@dataclass(frozen=True)
class FrameSheet(Sheet):
    """The used columns of a frame."""

    @override
    def lines(self, rows: Sequence[int] | NDArray[np.integer]) -> str:
        """The position of these rows in words, from 1."""
        more = f" and {len(rows) - SHOWN:,} more" if len(rows) > SHOWN else ""
        noun = "rows" if len(rows) > 1 else "row"
        return f"{noun} {', '.join(f'{int(row) + 1:,}' for row in rows[:SHOWN])}{more}"


def sheet_of(given: FrameOrFile, fields: Mapping[str, Sequence[str]], source: str) -> Sheet:
    """The columns `fields` of a frame or file, by the field of the study file that names them; each column once.

    source: what messages call a frame. Raises DataError for a column that is missing or ambiguous, and for no rows.
    """
    if isinstance(given, Path):
        return read_columns(given, fields)
    frame = given.rename(columns=lambda name: str(name).strip())
    for field, names in fields.items():
        for name in names:
            check_column(Path(source), name, list(frame.columns), field)
    if frame.empty:
        raise DataError(f"{source}: has {counted(len(frame.columns), 'column')} but no rows", "data.path")
    used = list(dict.fromkeys(name for names in fields.values() for name in names))
    return FrameSheet(Path(source), frame[used])
