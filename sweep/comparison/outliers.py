"""Runs that err far more or far less than others of the same configuration."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

FENCE = 3.0  # times the distance between the quartiles, beyond either
MIN_RUNS = 5
ROUNDING = 1e-9  # of an error, in which equal runs differ


def outliers(errors: Floats) -> int:
    """How many runs lie outside Tukey's outer fences, in the logarithm of the error; of fewer than five runs none.

    errors  (n_runs,) those that are not above zero, or no number, do not count

    Source: Tukey 1977, Exploratory Data Analysis, chapter 2: values that are "far out".
    """
    logs = np.log(errors[errors > 0])
    if len(logs) < MIN_RUNS:
        return 0
    low, high = np.percentile(logs, [25, 75])
    fence = FENCE * (high - low) + ROUNDING
    return int(((logs < low - fence) | (logs > high + fence)).sum())
