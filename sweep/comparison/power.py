"""The number of seeds that a new comparison would probably need, or why more seeds would not help."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.floating]

POWER = 0.8  # "probably"
MOST_SEEDS = 200
RANKS = 3 / np.pi  # what the signed-rank test makes of a pair, beside the t test, for normal differences (Pitman)
LARGEST_EFFECT = 5.0  # standard deviations; beyond it the t test's power is 1 with any number of pairs

Obstacle = Literal["seeds", "test data", "diverged runs", "reference of zero"]


def required_seeds(
    arm: Floats, reference: Floats, block_side: int, margin: float, alpha: float
) -> tuple[int | None, Obstacle]:
    """The seeds that a new comparison of an undecided arm would probably need, and the obstacle to a decision.

    arm, reference  (n_pairs,) the objective of runs that share a seed; NaN where the run diverged
    block_side      the side of zero on which the block bootstrap's interval lies; 0 where it contains zero
    margin          the relative difference that does not matter
    alpha           the level of one arm's test at the next look

    More seeds can show a difference only where the block bootstrap agrees with its sign, and an equivalence only where
    the difference lies within the margin. Otherwise the obstacle is "test data". There is no number where seeds are not
    the obstacle, or where more than 200 would be needed.
    """
    if not (np.isfinite(arm).all() and np.isfinite(reference).all()):
        return None, "diverged runs"
    if reference.mean() == 0:
        return None, "reference of zero"
    if len(arm) < 2:
        return fewest_pairs(alpha), "seeds"
    relative = (arm - reference) / abs(reference.mean())
    ways = []
    if block_side == np.sign(relative.mean()):
        ways.append(seeds_to_differ(relative, alpha))
    if abs(relative.mean()) < margin:
        ways.append(seeds_for_equivalence(relative, margin, alpha))
    if not ways:
        return None, "test data"
    possible = [seeds for seeds in ways if seeds is not None]
    return max(min(possible), len(arm) + 1) if possible else None, "seeds"


def seeds_to_differ(differences: Floats, alpha: float) -> int | None:
    """The pairs with which the observed difference would be found in four comparisons of five; none if above 200.

    differences (pairs,), of which mean and standard deviation are taken to be the true ones. That is what is known, and
    not more: after few pairs the answer may be half or twice the truth. alpha is the level of one arm's two-sided test.
    """
    spread = float(differences.std(ddof=1))
    mean = float(abs(differences.mean()))
    effect = LARGEST_EFFECT if mean >= LARGEST_EFFECT * spread else mean / spread
    pairs = np.arange(fewest_pairs(alpha), MOST_SEEDS + 1)
    return _first(pairs, t_test_power(effect, np.maximum(pairs * RANKS, 2), alpha / 2))


def t_test_power(effect: float, pairs: Floats, alpha: float) -> Floats:
    """The probability that the one-sided paired t test finds a true difference.

    effect  the true mean of the differences, in their standard deviations
    pairs   (cases,) numbers of pairs, above 1 and not necessarily whole
    alpha   the level of the test

    Returns: (cases,) the upper tail of the noncentral t distribution with pairs - 1 degrees of freedom.

    Source: Cohen, Statistical Power Analysis for the Behavioral Sciences, 2nd edition (1988), chapters 2 and 12.
    """
    freedom = pairs - 1
    return np.asarray(stats.nct.sf(stats.t.isf(alpha, freedom), freedom, effect * np.sqrt(pairs)))


def seeds_for_equivalence(differences: Floats, margin: float, alpha: float) -> int | None:
    """The pairs with which the interval would lie within the margin in four comparisons of five; none if above 200.

    differences  (n_pairs,) relative ones, whose mean and standard deviation are taken to be the true ones
    margin       the relative difference that does not matter
    alpha        the level of the interval: its confidence is 1 - alpha

    Source: the power of two one-sided t tests by a normal approximation; Schuirmann 1987, A comparison of the two
    one-sided tests procedure and the power approach, Journal of Pharmacokinetics and Biopharmaceutics 15.
    """
    pairs = np.arange(2, MOST_SEEDS + 1)
    error = float(differences.std(ddof=1)) / np.sqrt(pairs)
    room = margin - stats.t.ppf(1 - alpha / 2, pairs - 1) * error
    mean = float(differences.mean())
    with np.errstate(divide="ignore", invalid="ignore"):
        power = stats.norm.cdf((room - mean) / error) - stats.norm.cdf((-room - mean) / error)
    return _first(pairs, np.where(error > 0, power, abs(mean) <= margin))


def fewest_pairs(alpha: float) -> int:
    """The pairs below which a two-sided signed-rank test cannot reach alpha: with n pairs p is at least 2^(1 - n)."""
    return int(np.floor(1 - np.log2(alpha))) + 1


def _first(pairs: NDArray[np.integer], power: Floats) -> int | None:
    enough = np.flatnonzero(power >= POWER)
    return int(pairs[enough[0]]) if len(enough) else None
