"""The number of seeds with which a new comparison would probably decide, or what keeps more seeds from deciding."""

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from sweep.comparison.contrast import Contrast
from sweep.comparison.luck import NO_LUCK, Luck, total_freedom
from sweep.comparison.smallest_difference import MAX_SEEDS, MIN_SEEDS, POWER

Floats = NDArray[np.floating]
Integers = NDArray[np.integer]

LARGEST_EFFECT = 20.0  # standard errors; beyond it a difference is found for sure

Obstacle = Literal["seeds", "test data", "settings", "origins", "diverged runs", "reference of zero"]


def seeds_needed(contrast: Contrast, margin: float, alpha: float) -> tuple[int | None, Obstacle]:
    """The seeds of either cell with which a new comparison would probably decide, and the obstacle to a decision now.

    margin  the relative difference that does not matter
    alpha   the level of one arm's two-sided test

    The difference and the luck of a run are taken to be the true ones. That is what is known, and not more: after few
    seeds the answer may be half or twice the truth. More seeds lessen the seeds' parts of the luck; those of the test
    data and of settings stay. Where they alone keep 200 seeds from deciding, the larger one is the obstacle.

    There is no number where seeds are not the obstacle, where more than 200 would be needed, and where a cell has a
    single run, of which nothing can be learnt about luck.
    """
    if (beyond := _beyond_seeds(contrast)) is not None:
        return None, beyond
    if not np.isfinite(contrast.variance):
        return None, "seeds"
    seeds = np.arange(MIN_SEEDS, MAX_SEEDS + 1)
    enough = seeds[chance_to_decide(contrast, seeds, margin, alpha) >= POWER]
    if len(enough):
        settings = len(contrast.scale)
        present = max(cell.runs // settings for cell in (contrast.arm_stability, contrast.reference_stability))
        return max(int(enough[0]), present + 1), "seeds"
    fixed = {part: luck.variance() for part, luck in _fixed(contrast).items()}
    by_seeds_alone = replace(contrast, test_data=NO_LUCK, settings=NO_LUCK, origins=NO_LUCK)
    if chance_to_decide(by_seeds_alone, seeds[-1:], margin, alpha)[0] >= POWER:
        return None, "origins" if contrast.is_by_origins else max(fixed, key=lambda part: fixed[part])
    return None, "seeds"


def _beyond_seeds(contrast: Contrast) -> Obstacle | None:
    """What more seeds cannot change."""
    if not contrast.stable:
        return "diverged runs"
    if not np.isfinite(contrast.difference):
        return "reference of zero"
    return None if np.isfinite(contrast.test_data.variance()) else "test data"


def chance_to_decide(contrast: Contrast, seeds: Integers, margin: float, alpha: float) -> Floats:
    """(cases,) the probability to find the difference, or that it lies within the margin, whichever is likelier.

    seeds  (cases,) of either cell, of each setting

    A difference is found by a t test: the upper tail of the noncentral t distribution. That an interval of confidence
    1 - alpha lies within the margin is a normal approximation of two one-sided t tests. Of several origins both tests
    have to decide, and that which is less likely to counts.

    Source: Cohen 1988, Statistical Power Analysis for the Behavioral Sciences, 2nd edition, chapter 2; Schuirmann 1987,
    A comparison of the two one-sided tests procedure and the power approach, Journal of Pharmacokinetics and
    Biopharmaceutics 15.
    """
    found = _chance(contrast, np.array([_with_seeds(contrast, int(count)) for count in seeds]), margin, alpha)
    if not contrast.origins.variance() > 0:
        return found
    by_origins = np.sqrt(contrast.origins.variance()), contrast.origins.freedom
    return np.minimum(found, _chance(contrast, np.array([by_origins]), margin, alpha))


def _chance(contrast: Contrast, luck: Floats, margin: float, alpha: float) -> Floats:
    """(cases,) the same of one t test; luck: (cases, 2) its standard error, and its degrees of freedom."""
    error, freedom = luck.T
    size = abs(contrast.difference)
    critical = stats.t.isf(alpha / 2, freedom)
    some = np.where(error > 0, error, 1.0)
    effect = np.where(error > 0, size / some, np.inf if size else 0.0)
    differs = stats.nct.sf(critical, freedom, np.minimum(effect, LARGEST_EFFECT))
    room = margin - critical * some
    within = stats.norm.cdf((room - size) / some) - stats.norm.cdf((-room - size) / some)
    is_same = np.where(error > 0, within, size <= margin)
    return np.asarray(np.maximum(differs, is_same))


def _with_seeds(contrast: Contrast, seeds: int) -> tuple[float, float]:
    """The standard error of the difference with so many seeds of either cell, and its degrees of freedom."""
    parts = []
    for part, cell in (
        (contrast.arm_seeds, contrast.arm_stability),
        (contrast.reference_seeds, contrast.reference_stability),
    ):
        present = cell.runs / len(contrast.scale)
        parts.append((part.variance() * present / seeds, part.freedom * (seeds - 1) / (present - 1)))
    parts.extend((part.variance(), part.freedom) for part in _fixed(contrast).values())
    return float(np.sqrt(sum(variance for variance, _ in parts))), total_freedom(parts)


def _fixed(contrast: Contrast) -> dict[Obstacle, Luck]:
    """The luck that more seeds do not lessen."""
    return {"test data": contrast.test_data, "settings": contrast.settings}
