"""Paired statistics over seeds: how much an arm differs from the reference, how surely, and whether at all."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.floating]


class Interval(NamedTuple):
    """From low to high, either of them possibly infinite."""

    low: float
    high: float

    @property
    def side(self) -> int:
        """On which side of zero all of it lies; 0 if it holds zero."""
        return int(self.low > 0) - int(self.high < 0)

    def within(self, margin: float) -> bool:
        """Whether nothing of it is further from zero than the margin."""
        return -margin <= self.low and self.high <= margin


class Paired(NamedTuple):
    """The relative difference of an arm from the reference."""

    difference: float
    interval: Interval
    p: float


EVERYTHING = Interval(-np.inf, np.inf)
DIGITS = 12  # equal differences must tie, though 0.8 - 0.7 and 0.7 - 0.6 are not quite equal to a computer


def paired(arm: Floats, reference: Floats, confidence: float, worst: float) -> Paired:
    """(arm - reference) / |reference| over pairs of runs.

    arm, reference  (pairs,) the objective of runs that share a seed; NaN where the run diverged
    confidence      of this one interval, corrected already for how many there are
    worst           +inf when minimising, -inf when maximising: what a diverged run is worth

    Without a diverged run the difference is that of the means, and the interval Fieller's 1954, which makes the paired
    t test of every possible ratio: it holds zero just where the paired t test finds nothing. It is infinite in both
    directions where the reference's mean cannot be told from zero, as a relative difference then means nothing.

    With a diverged run there is no mean. The difference is then the median over pairs, in which a diverged run is worse
    than any other, and the interval that of the sign test, open on the side of the arm that diverged.
    """
    differences = _differences(arm, reference, worst)
    broken = ~np.isfinite(arm), ~np.isfinite(reference)
    p = signed_rank(np.round(differences / _size(arm, reference), DIGITS))
    if not (broken[0].any() or broken[1].any()):
        return Paired(*fieller(differences, reference, confidence), p)
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled = np.where(differences == 0, 0.0, differences / abs(_mean(reference[~broken[1]], otherwise=1.0)))
    low, high = sign_interval(scaled, confidence)
    opened = {worst} if broken[0].any() else set()
    opened |= {-worst} if broken[1].any() else set()
    interval = Interval(-np.inf if -np.inf in opened else low, np.inf if np.inf in opened else high)
    return Paired(_median(scaled), interval, p)


def signed_rank(differences: Floats) -> float:
    """The exact p value of the two-sided Wilcoxon signed-rank test; 1 if there is no difference at all.

    differences (pairs,), of which infinite ones are larger than all others. Pairs without a difference are left out, as
    Wilcoxon 1945 does; equal ones share the mean of their ranks.
    """
    some = differences[differences != 0]
    if not len(some):
        return 1.0
    ranks = stats.rankdata(np.abs(some))
    if len(np.unique(ranks)) < len(ranks):
        return _tied_signed_rank(ranks, some > 0)
    return float(stats.wilcoxon(np.sign(some) * ranks, method="exact").pvalue)


def _tied_signed_rank(ranks: Floats, positive: NDArray[np.bool_]) -> float:
    """Over every way of giving the ranks signs; SciPy goes through them one by one, and only up to 13 pairs."""
    chance = np.ones(1)  # of each sum of twice the positive ranks, which is a whole number
    for rank in np.rint(2 * ranks).astype(int):
        chance = (np.pad(chance, (0, rank)) + np.pad(chance, (rank, 0))) / 2
    smaller = round(2 * min(ranks[positive].sum(), ranks[~positive].sum()))
    return min(2 * float(chance[: smaller + 1].sum()), 1.0)


def fieller(differences: Floats, reference: Floats, confidence: float) -> tuple[float, Interval]:
    """The mean of the differences as a part of |mean of the reference|, and Fieller's interval for it.

    differences, reference (pairs,), all finite. Zero differences throughout are a difference of zero, [0, 0]; what is
    different from a reference of zero is infinitely so.
    """
    if not differences.any():
        return 0.0, Interval(0.0, 0.0)
    scale = reference * np.sign(reference.mean())
    top, bottom = float(differences.mean()), float(scale.mean())
    if bottom == 0:
        return float(np.copysign(np.inf, top)), EVERYTHING
    if len(differences) < 2:
        return top / bottom, EVERYTHING
    (v_top, covariance), (_, v_bottom) = np.cov(differences, scale)
    c = float(stats.t.ppf((1 + confidence) / 2, len(differences) - 1)) ** 2 / len(differences)
    a, b, rest = bottom**2 - c * v_bottom, top * bottom - c * covariance, top**2 - c * v_top
    if a <= 0:
        return top / bottom, EVERYTHING
    half = np.sqrt(max(b**2 - a * rest, 0.0))
    difference = top / bottom
    return difference, Interval(min(float((b - half) / a), difference), max(float((b + half) / a), difference))


def sign_interval(values: Floats, confidence: float) -> Interval:
    """The interval of the sign test for the median: two of the ordered values, or infinite where they are too few."""
    n = len(values)
    ordered = np.concatenate([[-np.inf], np.sort(values), [np.inf]])
    outside = int(
        stats.binom.ppf((1 - confidence) / 2, n, 0.5)
    )  # so many may lie beyond, and yet one fewer surely does
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
    """(pairs,) where a diverged run is infinitely worse than one that is not, and as good as another diverged one."""
    broken = ~np.isfinite(arm), ~np.isfinite(reference)
    with np.errstate(invalid="ignore"):
        plain = arm - reference
    return np.select([broken[0] & broken[1], broken[0], broken[1]], [0.0, worst, -worst], plain)


def _size(*runs: Floats) -> float:
    """The largest finite number among the runs; 1 if that is zero."""
    every = np.concatenate(runs)
    return float(np.abs(every[np.isfinite(every)]).max(initial=0.0)) or 1.0


def _median(values: Floats) -> float:
    """The middle value, and between two infinite ones of different sign 0."""
    ordered = np.sort(values)
    low, high = float(ordered[(len(values) - 1) // 2]), float(ordered[len(values) // 2])
    return 0.0 if low == -high else (low + high) / 2


def _mean(values: Floats, otherwise: float) -> float:
    return float(values.mean()) if len(values) else otherwise
