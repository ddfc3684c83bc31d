"""Which arm wins: fresh runs with common seeds, paired against the best stateless arm, and one rule that decides."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sweep.comparison.bootstrap import Blocks, block_interval
from sweep.comparison.intervals import EVERYTHING, Interval, Paired, holm, paired
from sweep.comparison.power import fewest_pairs, prospects
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

    Intervals are at 1 - alpha / k each (Bonferroni), so that all of them hold together; p_holm is Holm's. Both ask the
    same of the first arm, and an interval that held together with Holm's later, easier steps would tell less.

    Looks: look j spends alpha / 4^(j - 1), so p_holm is multiplied by 4^(j - 1) and intervals widen alike. With the
    reference given, the chance of any false "better" or "worse" is thus at most alpha at the first look, and below
    4/3 alpha over all looks, whatever makes one look again. docs/comparison.md says what choosing the reference adds.

    Raises ValueError without an arm, or for two of one name. The order of arms and of seeds does not matter.
    """
    names = [arm.arm for arm in arms]
    if not names or len(set(names)) < len(names):
        raise ValueError(f"a comparison needs arms, each by its own name, not {names}")
    reference = choose_reference(arms, question)
    others = sorted((arm for arm in arms if arm is not reference), key=lambda arm: arm.arm)
    rows = _against(others, reference, question)
    slid = _sliding(others, reference, question)
    rows = [replace(row, sliding=slid.get(row.arm)) for row in rows]
    rows.sort(key=lambda row: question.sign * row.difference)
    verdict = Verdict(
        reference=reference.arm,
        margin=question.margin,
        confidence=question.confidence,
        level=question.level,
        looks=question.looks,
        arms=(_described(reference, "reference", 0.0), *rows),
        baselines=dict(question.baselines),
    )
    return replace(verdict, sentence=sentence(verdict, question), notes=_notes(verdict))


def choose_reference(arms: Sequence[ArmRuns], question: Question) -> ArmRuns:
    """The stateless arm, or else the arm, that is best on validation; the steadiest come first."""

    def rank(arm: ArmRuns) -> tuple[float, float, str]:
        finished = arm.finished
        mean = question.sign * float(arm.validation[finished].mean()) if finished.any() else np.inf
        return 1 - float(finished.mean()), mean, arm.arm

    return min([arm for arm in arms if arm.arm in STATELESS] or arms, key=rank)


def decide(interval: Interval, p_holm: float, blocks: Interval | None, question: Question, *, stable: bool) -> Decision:
    """The rule that `compare` states; without blocks it is that of the seeds alone."""
    if interval.within(question.margin) and stable:
        return "equivalent"
    agreed = blocks is None or blocks.side == interval.side
    if interval.side == 0 or not agreed or not p_holm < 1 - question.confidence:
        return "undecided"
    if interval.side == question.sign:
        return "worse"
    return "better" if stable else "undecided"


def _against(others: Sequence[ArmRuns], reference: ArmRuns, question: Question) -> list[ArmVerdict]:
    rows = []
    each = 1 - (1 - question.level) / max(len(others), 1)
    next_alpha = (1 - each) * LATER_LOOK
    for arm, result, p_holm in _results(others, reference, question, each):
        blocks = _blocks(arm, reference, question, each)
        decision = decide(result.interval, p_holm, blocks.interval, question, stable=bool(arm.finished.all()))
        pairs = _pairs(arm, reference)
        needed, obstacle = None, None
        if decision == "undecided":
            needed, obstacle = prospects(*pairs, blocks.interval.side, question.margin, next_alpha)
        row = replace(
            _described(arm, decision, result.difference),
            interval=result.interval,
            p_holm=p_holm,
            pairs=len(pairs[0]),
            blocks=blocks,
            seeds_needed=needed,
            obstacle=obstacle,
        )
        rows.append(row)
    return rows


def _sliding(others: Sequence[ArmRuns], reference: ArmRuns, question: Question) -> dict[str, Sliding]:
    """The carrying arms by name against the reference's sliding scores."""
    carrying = [arm for arm in others if arm.arm not in STATELESS]
    if reference.sliding is None or not carrying:
        return {}
    slid = replace(reference, test=reference.sliding)
    each = 1 - (1 - question.level) / len(others)
    mean = _mean(slid.scores)
    found = {}
    for arm, result, p_holm in _results(carrying, slid, question, each):
        decision = decide(result.interval, p_holm, None, question, stable=bool(arm.finished.all()))
        found[arm.arm] = Sliding(mean, result.difference, result.interval, p_holm, decision)
    return found


def _results(
    arms: Sequence[ArmRuns], reference: ArmRuns, question: Question, each: float
) -> list[tuple[ArmRuns, Paired, float]]:
    """Each arm with its paired result and its p value, adjusted for arms and looks."""
    results = [paired(*_pairs(arm, reference), each, question.sign * np.inf) for arm in arms]
    adjusted = holm([result.p for result in results])
    return [
        (arm, result, min(p * question.correction, 1.0)) for arm, result, p in zip(arms, results, adjusted, strict=True)
    ]


def _pairs(arm: ArmRuns, reference: ArmRuns) -> tuple[Floats, Floats]:
    """(pairs,) test scores of the arm and of the reference, by common seeds, or in order where they have none."""
    own, theirs = (dict(zip(runs.seeds, runs.scores, strict=True)) for runs in (arm, reference))
    common = sorted(own.keys() & theirs.keys())
    pairs = [(seed, seed) for seed in common] or list(zip(sorted(own), sorted(theirs), strict=False))
    return np.array([own[a] for a, _ in pairs]), np.array([theirs[b] for _, b in pairs])


def _blocks(arm: ArmRuns, reference: ArmRuns, question: Question, each: float) -> Blocks:
    """Where most runs diverged, a typical one fails on any stretch of the test split, and there is nothing to draw."""
    fails, lacks = (runs.finished.mean() <= 1 / 2 for runs in (arm, reference))
    if fails or lacks:
        worst = question.sign * np.inf * (int(fails) - int(lacks)) if fails != lacks else 0.0
        return Blocks(Interval(worst, worst) if worst else EVERYTHING, 0, 0, "none")
    if arm.losses is None or reference.losses is None:
        raise ValueError(f"{arm.arm} and {reference.arm}: their test losses are missing")
    return block_interval(arm.losses, reference.losses, question.starts, each, root=question.root)


def _mean(values: Floats) -> float:
    """Of those that are numbers; NaN where none is."""
    numbers = values[np.isfinite(values)]
    return float(numbers.mean()) if len(numbers) else np.nan


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
    """Whatever limits what the verdict can say, a sentence each."""
    reference, *rows = verdict.arms
    told = [f"{row.arm}: {diverged(row)}." for row in verdict.arms if row.stability < 1]
    if reference.arm not in STATELESS:
        told.append(f"No stateless arm was run; the reference is {reference.arm}, the best on validation.")
    pairs = min((row.pairs for row in rows), default=0)
    fewest = fewest_pairs((1 - verdict.level) / max(len(rows), 1))
    if rows and pairs < fewest:
        lowest = min(2.0 ** (1 - pairs) * len(rows) * (1 - verdict.confidence) / (1 - verdict.level), 1.0)
        told.append(
            f"With {pairs} pairs of runs p cannot fall below {lowest:.2g} after its corrections: no arm can be called"
            f" better or worse with fewer than {fewest}."
        )
    if verdict.looks:
        told.append(
            f"This is look {verdict.looks + 1}: p values are corrected for those before, and intervals hold together"
            f" at {100 * verdict.level:.4g} %."
        )
    return tuple(told)
