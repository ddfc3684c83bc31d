"""Numbers that stand where a value is missing, such as -999."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workers.data.sources.tabular.absent import Missing
from workers.wording import counted

USUAL = {-9.0, -99.0, -999.0, -9999.0, -99999.0, -999.9, -999.99, 999.0, 9999.0, 99999.0, 999999.0, -32768.0, 32767.0}
FEWEST = 3


class Sentinel(NamedTuple):
    """The number, in how many rows it is, and the least and the largest of all others."""

    sign: float
    rows: int
    low: float
    high: float


def like_missing(name: str, values: NDArray[np.float64], missing: Missing) -> str:
    """A note where a number that often says that a value is missing recurs, far from all others; else empty.

    values: (rows,) of the column, NaN where it is known that they are missing
    """
    found = sentinel(values)
    if found is None:
        return ""
    sign, count, low, high = found
    advice = f"if it means missing, say {missing.advice([f'{sign:g}'])}"
    return f"{name} is {sign:g} in {counted(count, 'row')}, and else {low:g} to {high:g}; {advice}"


def sentinel(values: NDArray[np.float64]) -> Sentinel | None:
    """The number that says so in a column (rows,), NaN where missing; None where there is none."""
    known = values[~np.isnan(values)]
    for sign in {known.min(initial=0.0), known.max(initial=0.0)} & USUAL:
        count, others = int((known == sign).sum()), known[known != sign]
        if count < FEWEST or not len(others):
            continue
        low, high = others.min(), others.max()
        if not low - (high - low) <= sign <= high + (high - low):
            return Sentinel(float(sign), count, float(low), float(high))
    return None
