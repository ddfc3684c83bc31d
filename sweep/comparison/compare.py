"""Which arm wins: fresh runs with common seeds, paired with those of the best stateless arm, and one rule."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sweep.comparison.evidence import Evidence, evidence, over_test_data
from sweep.comparison.paired_statistics import Interval
from sweep.comparison.power import fewest_pairs, required_seeds
from sweep.comparison.question import LATER_LOOK, ArmRuns, Question
from sweep.comparison.sentence import diverged, sentence
from sweep.comparison.verdict import ArmVerdict, Decision, Sliding, Verdict
from workers.plans.arms import STATELESS

Floats = NDArray[np.floating]


def compare(arms: Sequence[ArmRuns], question: Question) -> Verdict:
    """Decide for each arm whether it is better or worse than the reference, equivalent to it, or undecided.

    The reference is the stateless arm that is best on validation, one without diverged runs before one with; without a
    stateless arm, the best of all. Each arm's runs are paired with the reference's by seed (in the seeds' order if they
    share none: they are independent then). With alpha = 1 - confidence and k arms beside the reference:

    equivalent  the interval lies within the margin, whatever p says
    better,     the interval excludes zero, p_holm < alpha, and the block bootstrap's interval lies on the same side;
    worse       an arm with a diverged run is never better
    undecided   else

    Intervals are at 1 - alpha / k each (Bonferroni), so that all of them hold together; p_holm is Holm's. The first
    step of both is the same. Intervals that fit Holm's later, easier steps would say less of a difference's size.

    Looks: look j spends alpha / 4^(j - 1), so p_holm is multiplied by 4^(j - 1) and intervals widen alike. With the
    reference given, the chance of any false "better" or "worse" is thus at most alpha at the first look, and below
    4/3 alpha over all looks, for any reason to look again. docs/comparison.md says what choosing the reference adds.

    The order of arms and of seeds does not matter. Raises ValueError without an arm, and for two arms of one name.

    Source: Holm 1979, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6;
    Schuirmann 1987 for equivalence; Lan & DeMets 1983, Discrete sequential boundaries for clinical trials, Biometrika
    70, for looks.
    """
    names = [arm.arm for arm in arms]
    if not names or len(set(names)) < len(names):
        raise ValueError(f"a comparison needs arms, each by its own name, not {names}")
    reference = choose_reference(arms, question)
    verdict = Verdict(
        reference=reference.arm,
        margin=question.margin,
        confidence=question.confidence,
        level=question.level,
        looks=question.looks,
        arms=(_described(reference, "reference", 0.0), *_rows(arms, reference, question)),
        baselines=dict(question.baselines),
    )
    return replace(verdict, sentence=sentence(verdict, question), notes=_notes(verdict))


def choose_reference(arms: Sequence[ArmRuns], question: Question) -> ArmRuns:
    """The stateless arm that is best on validation, or of all arms where none is stateless.

    Arms with a smaller part of diverged runs come first.
    """

    def rank(arm: ArmRuns) -> tuple[float, float, str]:
        finished = arm.finished
        mean = question.sign * float(arm.validation[finished].mean()) if finished.any() else np.inf
        return 1 - float(finished.mean()), mean, arm.arm

    return min([arm for arm in arms if arm.arm in STATELESS] or arms, key=rank)


def decide(
    interval: Interval, p_holm: float, block_interval: Interval | None, question: Question, *, stable: bool
) -> Decision:
    """The rule that `compare` states; without a block interval it is that of the seeds alone.

    stable  none of the arm's runs diverged
    """
    if interval.within(question.margin) and stable:
        return "equivalent"
    agreed = block_interval is None or block_interval.side == interval.side
    if interval.side == 0 or not agreed or not p_holm < 1 - question.confidence:
        return "undecided"
    if interval.side == question.sign:
        return "worse"
    return "better" if stable else "undecided"


def _rows(arms: Sequence[ArmRuns], reference: ArmRuns, question: Question) -> list[ArmVerdict]:
    """The decided arms beside the reference, the best first."""
    others = sorted((arm for arm in arms if arm is not reference), key=lambda arm: arm.arm)
    confidence = question.level_of_each(len(others))
    slid = _sliding(others, reference, question, confidence)
    rows = [
        replace(_row(found, reference, question, confidence), sliding=slid.get(found.arm.arm))
        for found in evidence(others, reference, question, confidence)
    ]
    return sorted(rows, key=lambda row: question.sign * row.difference)


def _row(found: Evidence, reference: ArmRuns, question: Question, confidence: float) -> ArmVerdict:
    arm = found.arm
    resampled = over_test_data(arm, reference, question, confidence)
    decision = decide(found.interval, found.p_holm, resampled.interval, question, stable=arm.stable)
    seeds, obstacle = None, None
    if decision == "undecided":
        alpha = (1 - confidence) * LATER_LOOK
        side = resampled.interval.side
        seeds, obstacle = required_seeds(found.scores, found.reference_scores, side, question.margin, alpha)
    return replace(
        _described(arm, decision, found.difference),
        interval=found.interval,
        p_holm=found.p_holm,
        pairs=len(found.scores),
        block_interval=resampled.interval,
        blocks=resampled.blocks,
        seeds_needed=seeds,
        obstacle=obstacle,
    )


def _sliding(
    others: Sequence[ArmRuns], reference: ArmRuns, question: Question, confidence: float
) -> dict[str, Sliding]:
    """The carrying arms by name against the reference's sliding scores."""
    carrying = [arm for arm in others if arm.arm not in STATELESS]
    if reference.sliding is None or not carrying:
        return {}
    slid = replace(reference, test=reference.sliding)
    mean = _mean(slid.scores)
    sliding = {}
    for found in evidence(carrying, slid, question, confidence):
        decision = decide(found.interval, found.p_holm, None, question, stable=found.arm.stable)
        sliding[found.arm.arm] = Sliding(mean, found.difference, found.interval, found.p_holm, decision)
    return sliding


def _mean(values: Floats) -> float:
    """Over the finite values; NaN where none is."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else np.nan


def _described(arm: ArmRuns, decision: Decision, difference: float) -> ArmVerdict:
    finished = arm.validation[arm.finished]
    return ArmVerdict(
        arm=arm.arm,
        seeds=len(arm.seeds),
        mean=_mean(finished),
        sd=float(finished.std(ddof=1)) if len(finished) > 1 else np.nan,
        test_mean=_mean(arm.scores),
        difference=difference,
        decision=decision,
        stability=float(arm.finished.mean()),
    )


def _notes(verdict: Verdict) -> tuple[str, ...]:
    """What limits the verdict, a sentence each."""
    reference = verdict.arms[0]
    notes = [f"{row.arm}: {diverged(row)}." for row in verdict.arms if row.stability < 1]
    if reference.arm not in STATELESS:
        notes.append(f"No stateless arm was run; the reference is {reference.arm}, the best on validation.")
    notes.extend(_note_on_pairs(verdict))
    if verdict.looks:
        notes.append(
            f"This is look {verdict.looks + 1}: p values are corrected for those before, and intervals hold together"
            f" at {100 * verdict.level:.4g} %."
        )
    return tuple(notes)


def _note_on_pairs(verdict: Verdict) -> Iterator[str]:
    """Where there are too few pairs for any p value to be small enough."""
    rows = verdict.arms[1:]
    if not rows:
        return
    pairs = min(row.pairs for row in rows)
    fewest = fewest_pairs((1 - verdict.level) / len(rows))
    if pairs < fewest:
        lowest = min(2.0 ** (1 - pairs) * len(rows) * (1 - verdict.confidence) / (1 - verdict.level), 1.0)
        yield (
            f"With {pairs} pairs of runs p cannot fall below {lowest:.2g} after its corrections: no arm can be called"
            f" better or worse with fewer than {fewest}."
        )
