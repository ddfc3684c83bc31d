"""Paired statistics over seeds: how much an arm differs from the reference, with its interval and p value."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.floating]


class Interval(NamedTuple):
    """From low to high; either may be infinite."""

    low: float
    high: float

    @property
    def side(self) -> int:
        """1 where all of it lies above zero, -1 where all lies below, 0 where it contains zero."""
        return int(self.low > 0) - int(self.high < 0)

    def within(self, margin: float) -> bool:
        """Whether all of it lies between -margin and +margin."""
        return -margin <= self.low and self.high <= margin


class Paired(NamedTuple):
    """The relative difference of an arm from the reference, its interval over seeds and its p value."""

    difference: float
    interval: Interval
    p: float


UNBOUNDED = Interval(-np.inf, np.inf)
TIE_DIGITS = 12  # equal differences must tie, though 0.8 - 0.7 and 0.7 - 0.6 differ by a rounding error


def paired(arm: Floats, reference: Floats, confidence: float, worst: float) -> Paired:
    """(arm - reference) / |reference| over pairs of runs.

    arm, reference  (n_pairs,) the objective of runs that share a seed; NaN where the run diverged
    confidence      of this one interval, already corrected for the number of intervals
    worst           the value of a diverged run: +inf when minimizing, -inf when maximizing

    Without a diverged run the difference is that of the means, with Fieller's interval. With one there is no mean. The
    difference is then the median over pairs, in which a diverged run is worse than any other, and its interval is that
    of the sign test, infinite on the side of the arm that diverged. The p value is that of `signed_rank`.

    Source for diverged runs: Lachin 1999, Worst-rank score analysis with informatively missing observations in clinical
    trials, Controlled Clinical Trials 20.
    """
    differences = _differences(arm, reference, worst)
    p = signed_rank(np.round(differences / _largest(arm, reference), TIE_DIGITS))
    if np.isfinite(arm).all() and np.isfinite(reference).all():
        return Paired(*fieller(differences, reference, confidence), p)
    relative = _relative(differences, reference)
    low, high = sign_interval(relative, confidence)
    unlimited = {worst} if not np.isfinite(arm).all() else set()
    if not np.isfinite(reference).all():
        unlimited.add(-worst)
    interval = Interval(min(low, *unlimited), max(high, *unlimited))
    return Paired(_median(relative), interval, p)


def signed_rank(differences: Floats) -> float:
    """The exact p value of the two-sided Wilcoxon signed-rank test; 1 where no pair differs.

    differences  (n_pairs,); infinite ones are larger than all others

    Pairs without a difference are left out; equal differences share the mean of their ranks.

    Source: Wilcoxon 1945, Individual comparisons by ranking methods, Biometrics Bulletin 1.
    """
    some = differences[differences != 0]
    if not len(some):
        return 1.0
    ranks = stats.rankdata(np.abs(some))
    if len(np.unique(ranks)) < len(ranks):
        return _tied_signed_rank(ranks, some > 0)
    return float(stats.wilcoxon(np.sign(some) * ranks, method="exact").pvalue)


def _tied_signed_rank(ranks: Floats, positive: NDArray[np.bool_]) -> float:
    """The p value over every way of giving the ranks signs, by the distribution of their sum.

    SciPy tries the ways one by one, and only up to 13 pairs.
    """
    chance = np.ones(1)  # of each sum of twice the positive ranks, which is a whole number
    for rank in np.rint(2 * ranks).astype(int):
        chance = (np.pad(chance, (0, rank)) + np.pad(chance, (rank, 0))) / 2
    smaller = round(2 * min(ranks[positive].sum(), ranks[~positive].sum()))
    return min(2 * float(chance[: smaller + 1].sum()), 1.0)


def fieller(differences: Floats, reference: Floats, confidence: float) -> tuple[float, Interval]:
    """The ratio of mean difference to |mean of the reference|, and its interval.

    differences, reference  (n_pairs,), all finite

    The interval contains the ratios that a paired t test does not reject, so it contains zero exactly where the paired
    t test of the differences finds nothing. It is unbounded where the reference's mean cannot be told from zero, since
    a relative difference then means nothing, and for a single pair. Differences that are all zero give 0 in [0, 0];
    with a reference of zero the ratio is infinite.

    Source: Fieller 1954, Some problems in interval estimation, Journal of the Royal Statistical Society B 16.
    """
    if not differences.any():
        return 0.0, Interval(0.0, 0.0)
    scale = reference * np.sign(reference.mean())
    top, bottom = float(differences.mean()), float(scale.mean())
    if bottom == 0:
        return float(np.copysign(np.inf, top)), UNBOUNDED
    ratio = top / bottom
    if len(differences) < 2:
        return ratio, UNBOUNDED
    low, high = _fieller_interval(differences, scale, confidence)
    return ratio, Interval(min(low, ratio), max(high, ratio))


def _fieller_interval(differences: Floats, scale: Floats, confidence: float) -> Interval:
    """The solutions r of (top - r bottom)^2 <= t^2 var(top - r bottom), in the means top and bottom."""
    top, bottom = float(differences.mean()), float(scale.mean())
    (v_top, covariance), (_, v_bottom) = np.cov(differences, scale)
    c = float(stats.t.ppf((1 + confidence) / 2, len(differences) - 1)) ** 2 / len(differences)
    a, b, rest = bottom**2 - c * v_bottom, top * bottom - c * covariance, top**2 - c * v_top
    if a <= 0:
        return UNBOUNDED
    half = np.sqrt(max(b**2 - a * rest, 0.0))
    return Interval(float((b - half) / a), float((b + half) / a))


def sign_interval(values: Floats, confidence: float) -> Interval:
    """The sign test's interval for the median: two of the ordered values, or infinite where there are too few.

    values  (n,)
    """
    n = len(values)
    ordered = np.concatenate([[-np.inf], np.sort(values), [np.inf]])
    outside = int(stats.binom.ppf((1 - confidence) / 2, n, 0.5))  # values beyond each end of the interval, plus one
    return Interval(float(ordered[outside]), float(ordered[n + 1 - outside]))


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


def _differences(arm: Floats, reference: Floats, worst: float) -> Floats:
    """(n_pairs,) where a diverged run is infinitely worse than one that is not, and equal to another diverged one."""
    broken = ~np.isfinite(arm), ~np.isfinite(reference)
    with np.errstate(invalid="ignore"):
        plain = arm - reference
    return np.select([broken[0] & broken[1], broken[0], broken[1]], [0.0, worst, -worst], plain)


def _relative(differences: Floats, reference: Floats) -> Floats:
    """(n_pairs,) as parts of |mean of the reference's finished runs|; as they are where none finished."""
    finished = reference[np.isfinite(reference)]
    scale = abs(float(finished.mean())) if len(finished) else 1.0
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(differences == 0, 0.0, differences / scale)


def _largest(*runs: Floats) -> float:
    """The largest finite magnitude among the runs; 1 if that is zero."""
    every = np.concatenate(runs)
    return float(np.abs(every[np.isfinite(every)]).max(initial=0.0)) or 1.0


def _median(values: Floats) -> float:
    """The middle value; 0 between two infinite ones of different sign."""
    ordered = np.sort(values)
    low, high = float(ordered[(len(values) - 1) // 2]), float(ordered[len(values) // 2])
    return 0.0 if low == -high else (low + high) / 2
