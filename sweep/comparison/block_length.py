"""How long the blocks of a bootstrap must be."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Integers = NDArray[np.integer]

SMALL_IN_A_ROW = 5  # so many small autocorrelations in a row, and all later ones are taken to be zero


def block_length(values: Floats, starts: Integers) -> int:
    """The block length for which the bootstrap's variance of the mean is most accurate, in elements.

    values  (n,)
    starts  (n_runs,) where a run of consecutive values begins; autocorrelations never reach across

    At most 3 sqrt(n) and n / 3; 1 where all values are equal, or fewer than 10.

    Source: Politis & White 2004, Automatic block-length selection for the dependent bootstrap, Econometric Reviews 23,
    with the correction of Patton, Politis & White 2009, for blocks of fixed length.
    """
    n = len(values)
    covariance = _autocovariances(values - values.mean(), starts, _max_lag(n, starts))
    if covariance[0] <= 0 or n < 2 * SMALL_IN_A_ROW:
        return 1
    bias, variance = _bias_and_variance(covariance, n)
    longest = max(min(3 * np.sqrt(n), n / 3), 1)
    if variance <= 0:  # an estimate can be
        return int(longest)
    best = (2 * bias**2 / (4 / 3 * variance**2) * n) ** (1 / 3)
    return int(min(max(np.ceil(best), 1), longest))


def _max_lag(n: int, starts: Integers) -> int:
    longest_run = int(np.diff(np.append(starts, n)).max())
    return min(int(np.ceil(np.sqrt(n))) + SMALL_IN_A_ROW, longest_run - 1)


def _bias_and_variance(covariance: Floats, n: int) -> tuple[float, float]:
    """G and g(0) of Politis & White: sums of autocovariances, tapered by their flat-top window."""
    lags = np.arange(1, len(covariance))
    small = np.abs(covariance[1:]) < 2 * np.sqrt(np.log10(n) / n) * covariance[0]
    bandwidth = min(2 * max(_last_large(small), 1), len(lags))
    taper = np.clip(2 * (1 - lags / bandwidth), 0, 1) if bandwidth else np.zeros(0)
    bias = 2 * np.sum(taper * lags * covariance[1:])
    variance = covariance[0] + 2 * np.sum(taper * covariance[1:])
    return float(bias), float(variance)


def _autocovariances(centred: Floats, starts: Integers, max_lag: int) -> Floats:
    """(max_lag + 1,) by lag; only products of two values of the same run count."""
    n = len(centred)
    run = np.searchsorted(starts, np.arange(n), side="right")
    products = [np.sum((centred[lag:] * centred[: n - lag])[run[lag:] == run[: n - lag]]) for lag in range(max_lag + 1)]
    return np.array(products) / n


def _last_large(small: NDArray[np.bool_]) -> int:
    """The lag after which SMALL_IN_A_ROW autocorrelations are small; the largest lag if there is none."""
    if len(small) < SMALL_IN_A_ROW:
        return len(small)
    found = np.flatnonzero(np.lib.stride_tricks.sliding_window_view(small, SMALL_IN_A_ROW).all(axis=1))
    return int(found[0]) if len(found) else len(small)
