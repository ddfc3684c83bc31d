"""What each look at a comparison, and each step of it, may spend of the probability of a false result."""

import math
from itertools import pairwise
from statistics import NormalDist
from typing import NamedTuple

FIRST_SHARE = 3 / 4
NEXT_SHARE = 1 / 4  # of what the look before might spend: the shares of all looks add up to 1


def spent(alpha: float, looks_before: int) -> float:
    """The part of `alpha` that a look may spend after so many others: 3/4 of it, 3/16, 3/64, ...

    The sum over all looks is `alpha`. So the chance that any look errs is at most `alpha`, whatever number of looks is
    taken and for whatever reason: no look depends on how many will follow.

    Source: Lan & DeMets 1983, Discrete sequential boundaries for clinical trials, Biometrika 70: an increasing function
    of what is spent, fixed before the first look. What this one spends is not corrected for the correlation of looks.
    """
    return alpha * FIRST_SHARE * NEXT_SHARE**looks_before


class Step(NamedTuple):
    """A step of a comparison: how many seeds decide at it, and the part of the look's probability that it may spend."""

    seeds: int
    share: float


LEAST_SEEDS = 5  # of a step: with three, luck that has two values tells equal arms apart in one case of thirty
PARTS = (0.3, 0.5, 0.7)  # of the planned seeds, at which there are steps
_Z = NormalDist().inv_cdf(1 - 0.05 / 2)


def steps(seeds: int, planned: int) -> tuple[Step, ...]:
    """The steps of a comparison with so many seeds, of which so many were planned: the last has all there are.

    What is spent up to a step grows with the part of the planned seeds as O'Brien and Fleming's boundaries have it:
    next to nothing at first. A comparison whose time is up has the rest for its last step. The shares add up to 1, so
    that the chance of an error at any step is at most what the look may spend, however the steps depend on each other.

    Source: Lan & DeMets 1983, Discrete sequential boundaries for clinical trials, Biometrika 70, their first spending
    function, for two sides at 5 %; here not corrected for the correlation of steps, since the luck of the test data is
    the same in all.
    """
    counts = sorted({max(math.ceil(part * planned), LEAST_SEEDS) for part in PARTS})
    before = [count for count in counts if count < seeds]
    until = [0.0, *(_spent_until(count / planned) for count in before), 1.0]
    shares = [after - start for start, after in pairwise(until)]
    return tuple(Step(*step) for step in zip([*before, seeds], shares, strict=True))


def _spent_until(part: float) -> float:
    """Of what a look may spend, what it has spent when this part of the seeds is there; 1 at the end."""
    return 2 * NormalDist().cdf(-_Z / math.sqrt(part)) / 0.05
