"""The Diebold-Mariano test of equal accuracy, which forecasters know: a note beside a contrast."""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.floating]
Integers = NDArray[np.integer]


def diebold_mariano(differences: Floats, time: Integers | None = None) -> float:
    """The two-sided p value of equal mean losses, as if both models were given and only the test data were drawn.

    differences  (n_scored,) of the losses of two models
    time         (n_scored,) rank of each timestep's time, over which differences are summed; None: each by itself

    The variance is that of Bartlett's weights, which is never negative, up to the cube root of the number of times; the
    statistic has the small-sample correction of Harvey, Leybourne & Newbold for so many steps ahead. 1 where no
    difference varies and their mean is zero, and 0 where it is not.

    Source: Diebold & Mariano 1995, Comparing predictive accuracy, Journal of Business & Economic Statistics 13; Harvey,
    Leybourne & Newbold 1997, Testing the equality of prediction mean squared errors, International Journal of
    Forecasting 13.
    """
    series = np.asarray(differences, float) if time is None else np.bincount(time, differences)
    n, mean = len(series), float(series.mean())
    if n < 2 or mean == 0:
        return 1.0
    steps = int(np.floor(n ** (1 / 3))) + 1
    centred = series - mean
    products = [float(centred[lag:] @ centred[: n - lag]) / n for lag in range(min(steps, n))]
    variance = (products[0] + 2 * sum((1 - lag / steps) * product for lag, product in enumerate(products) if lag)) / n
    if variance <= 0:
        return 0.0
    correction = (n + 1 - 2 * steps + steps * (steps - 1) / n) / n
    return float(2 * stats.t.sf(abs(mean) / np.sqrt(variance) * np.sqrt(max(correction, 0.0)), n - 1))
