"""A table that a program hands over, in place of a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from typing_extensions import override

from workers.data.sources.tabular.dialect import Dialect
from workers.data.sources.tabular.names import check_columns, same_form
from workers.data.sources.tabular.sheets import Sheet
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


def sheet_of_frame(
    frame: pd.DataFrame, fields: Mapping[str, Sequence[str]], source: str, dialect: Dialect
) -> FrameSheet:
    """The columns `fields` of a frame, by the field of the study file that names them; each column once.

    source: what messages call the frame. Raises DataError for a column that is missing or ambiguous, and for no rows.
    """
    header = [same_form(name) for name in frame.columns]
    check_columns(Path(source), fields, header)
    if frame.empty:
        raise DataError(f"{source}: has {counted(len(frame.columns), 'column')} but no rows", "data.path")
    used = {name: header.index(same_form(name)) for names in fields.values() for name in names}
    return FrameSheet(Path(source), frame.iloc[:, list(used.values())].set_axis(list(used), axis=1), dialect)
