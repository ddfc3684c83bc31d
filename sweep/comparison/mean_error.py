"""A mean error by itself: where it may lie, and whether those of two sets of rows differ by more than luck."""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from sweep.comparison.data_luck import mean_luck
from sweep.comparison.interval import Interval
from sweep.comparison.luck import satterthwaite
from sweep.comparison.scored_timesteps import ScoredTimesteps
from workers.forecasting.package import MeanError

MIN_ROWS = 20  # with fewer nothing is said


def mean_error(losses: NDArray[np.floating], rows: ScoredTimesteps, metric: str) -> MeanError | None:
    """The mean of losses (n_scored,), with the variance that other rows of the kind would give it; metric: its name.

    None for fewer than 20 rows, or where there is too little to draw from.
    """
    values = np.asarray(losses, np.float64)
    luck = mean_luck(values, rows) if len(values) >= MIN_ROWS else None
    return luck and MeanError(metric, float(values.mean()), *luck)


def interval(error: MeanError, level: float) -> Interval:
    """Where the mean over all rows of the kind lies with this probability."""
    half = float(stats.t.ppf((1 + level) / 2, error.freedom)) * error.variance**0.5
    return Interval(error.mean - half, error.mean + half)


def p_of_equal(one: MeanError, other: MeanError) -> float:
    """The two-sided p value of equal means of two sets of rows that do not depend on each other.

    Source: Welch 1947, The generalization of Student's problem when several different population variances are
    involved, Biometrika 34.
    """
    parts = [(each.variance, each.freedom) for each in (one, other)]
    return _p(one.mean - other.mean, one.variance + other.variance, satterthwaite(parts))


def p_of_zero(error: MeanError) -> float:
    """The two-sided p value of a mean of zero."""
    return _p(error.mean, error.variance, error.freedom)


def _p(difference: float, variance: float, freedom: float) -> float:
    if variance <= 0:
        return float(difference == 0)
    return float(2 * stats.t.sf(abs(difference) / variance**0.5, freedom))
