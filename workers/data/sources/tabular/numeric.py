"""Columns of numbers."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from workers.data.sources.tabular.cells import as_numbers, refusal, shown
from workers.data.sources.tabular.csv_parquet import Sheet

LARGEST = float(np.finfo(np.float32).max)


def numbers(sheet: Sheet, name: str, absent: Collection[str], field: str) -> NDArray[np.float64]:
    """(rows,) the column's numbers, NaN where a cell is empty or one of `absent`.

    Raises DataError for a cell that is no number, and for one that is infinite or beyond 32-bit floats.
    """
    values, missing = as_numbers(sheet.columns[name], absent)
    no_number = np.isnan(values) & ~missing
    if no_number.any():
        listing = "{values: [" + shown(sheet, name, no_number) + "], fill: forward}"
        advice = f"; if it means missing, list it: missing: {listing}" if np.isfinite(values).any() else ""
        raise refusal(sheet, name, no_number, f"is not a number{advice}", field)
    if (large := np.abs(values) > LARGEST).any():
        raise refusal(sheet, name, large, "is infinite or too large for a 32-bit number", field)
    return values
