"""The numbers of an arm against the reference, on which its decision rests."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sweep.comparison.bootstrap import Blocks, Resampled, block_interval
from sweep.comparison.paired_statistics import UNBOUNDED, Interval, holm, paired
from sweep.comparison.question import ArmRuns, Question

Floats = NDArray[np.floating]
NO_BLOCKS = Blocks(0, 0, "none")


@dataclass(frozen=True)
class Evidence:
    """What the runs' seeds say of an arm.

    scores, reference_scores  (n_pairs,) the objective on the test split; NaN where the run diverged
    difference, interval      (arm - reference) / |reference|, and its interval over seeds
    p_holm                    of the paired test; corrected for the number of arms and of looks
    """

    arm: ArmRuns
    scores: Floats
    reference_scores: Floats
    difference: float
    interval: Interval
    p_holm: float


def evidence(arms: Sequence[ArmRuns], reference: ArmRuns, question: Question, confidence: float) -> list[Evidence]:
    """For each arm, in their order; `confidence`: of each arm's interval."""
    pairs = [paired_scores(arm, reference) for arm in arms]
    results = [paired(*pair, confidence, question.sign * np.inf) for pair in pairs]
    adjusted = [min(p * question.correction, 1.0) for p in holm([result.p for result in results])]
    return [
        Evidence(arm, *pair, result.difference, result.interval, p_holm)
        for arm, pair, result, p_holm in zip(arms, pairs, results, adjusted, strict=True)
    ]


def paired_scores(arm: ArmRuns, reference: ArmRuns) -> tuple[Floats, Floats]:
    """(n_pairs,) test scores of the arm and of the reference, by common seeds, or in order where they have none."""
    own, other = (dict(zip(runs.seeds, runs.scores, strict=True)) for runs in (arm, reference))
    common = sorted(own.keys() & other.keys())
    pairs = [(seed, seed) for seed in common] or list(zip(sorted(own), sorted(other), strict=False))
    return np.array([own[seed] for seed, _ in pairs]), np.array([other[seed] for _, seed in pairs])


def over_test_data(arm: ArmRuns, reference: ArmRuns, question: Question, confidence: float) -> Resampled:
    """The interval over resampled blocks of the test split.

    Where at least half of an arm's runs diverged, a typical run fails on any stretch: there is nothing to resample, and
    the difference is infinite, or not known where both arms fail.

    Raises ValueError where an arm's losses are missing.
    """
    arm_fails, reference_fails = (runs.finished.mean() <= 1 / 2 for runs in (arm, reference))
    if arm_fails and reference_fails:
        return Resampled(UNBOUNDED, NO_BLOCKS)
    if arm_fails or reference_fails:
        infinite = question.sign * (np.inf if arm_fails else -np.inf)
        return Resampled(Interval(infinite, infinite), NO_BLOCKS)
    if arm.losses is None or reference.losses is None:
        raise ValueError(f"{arm.arm} and {reference.arm}: their test losses are missing")
    return block_interval(arm.losses, reference.losses, question.starts, confidence, root=question.root)
