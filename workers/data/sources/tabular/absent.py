"""Which cells say that a value is missing: the field `missing`."""

from collections.abc import Collection
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workers.data.sources.fields import Cells, Kind
from workers.wording import as_yaml


class Missing(Kind):
    """Which cells count as missing besides the empty ones, and what to do about missing values."""

    fill: Literal["forward", "drop"]
    values: Cells = ()

    def advice(self, more: Collection[str]) -> str:
        """The field as it has to be for these cells to count as missing too."""
        listing = ", ".join(as_yaml(cell) for cell in dict.fromkeys((*self.values, *more)))
        return f"missing: {{values: [{listing}], fill: {self.fill}}}"


NOTHING_SAID = Missing(fill="forward")


def is_missing(text: pd.Series, absent: Collection[str]) -> NDArray[np.bool_]:
    """(rows,) whether a cell is empty, NaN, or one of `absent`."""
    return np.asarray(text.isna() | text.isin([*absent, ""]) | (text.str.lower() == "nan"), bool)
