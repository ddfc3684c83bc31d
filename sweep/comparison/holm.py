"""Several tests at once."""

from collections.abc import Sequence

import numpy as np


def holm(p: Sequence[float]) -> list[float]:
    """Adjusts p values for their number by the step-down method.

    p   of m tests, in any order

    The smallest is multiplied by m, the next by m - 1, and so on. None becomes smaller than the one before it, or
    larger than 1.

    Returns: the adjusted p values, in the order of p.

    Source: Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6 (1979).
    """
    order = np.argsort(p)
    adjusted = np.empty(len(p))
    adjusted[order] = np.maximum.accumulate(np.asarray(p, float)[order] * np.arange(len(p), 0, -1))
    return [float(value) for value in np.minimum(adjusted, 1.0)]
