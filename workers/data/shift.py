"""Values some rows later or earlier in the same sequence."""

import numpy as np
from numpy.typing import NDArray


def shifted(values: NDArray[np.float64], sequence: NDArray[np.int64], steps: int) -> NDArray[np.float64]:
    """(rows, columns) the values `steps` rows later (earlier if negative), NaN where the sequence has none.

    values: (rows, columns); sequence: (rows,) the number of each row's sequence.
    """
    n, distance = len(values), min(abs(steps), len(values))
    early, late = np.arange(n - distance), np.arange(distance, n)
    here, there = (early, late) if steps >= 0 else (late, early)
    same = sequence[here] == sequence[there]
    moved = np.full_like(values, np.nan)
    moved[here[same]] = values[there[same]]
    return moved
