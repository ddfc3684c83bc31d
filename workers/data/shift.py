"""Values some rows later or earlier in the same sequence."""

import numpy as np
from numpy.typing import NDArray


def shifted(
    values: NDArray[np.float64], sequence: NDArray[np.int64], steps: int, at: NDArray[np.int64] | None = None
) -> NDArray[np.float64]:
    """(rows, columns) the values `steps` rows later (earlier if negative), NaN where the sequence has none.

    values: (rows, columns); sequence: (rows,) the number of each row's sequence, whose rows are together;
    at: (rows,) the place of each row on an even grid some of whose rows are left out, rising within a sequence: then
    the values are those `steps` places later.
    """
    if at is not None:
        return _found(values, sequence, steps, at)
    n, distance = len(values), min(abs(steps), len(values))
    early, late = np.arange(n - distance), np.arange(distance, n)
    here, there = (early, late) if steps >= 0 else (late, early)
    same = sequence[here] == sequence[there]
    moved = np.full_like(values, np.nan)
    moved[here[same]] = values[there[same]]
    return moved


def _found(
    values: NDArray[np.float64], sequence: NDArray[np.int64], steps: int, at: NDArray[np.int64]
) -> NDArray[np.float64]:
    moved = np.full_like(values, np.nan)
    if len(at):
        lowest = at.min() - abs(steps)
        width = at.max() + abs(steps) - lowest + 1  # so that no place of one sequence is one of the next
        places = np.cumsum(np.append(False, np.diff(sequence) != 0)) * width + at - lowest
        there = np.minimum(np.searchsorted(places, places + steps), len(places) - 1)
        is_there = places[there] == places + steps
        moved[is_there] = values[there[is_there]]
    return moved
