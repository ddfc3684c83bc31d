"""An arm's row of the verdict: what its runs show against the reference, and what is said of it."""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sweep.comparison.cell_contrast import contrast
from sweep.comparison.cell_runs import CellRuns
from sweep.comparison.comparison import Comparison
from sweep.comparison.contrast import Contrast
from sweep.comparison.decision import Evidence, Rule, adjusted
from sweep.comparison.question import Question
from sweep.comparison.seeds_needed import seeds_needed
from sweep.comparison.selection import Cell
from sweep.comparison.verdict import ArmVerdict, AtSetting, Decision

Floats = NDArray[np.floating]

MIN_SEEDS = 2  # of runs that show anything about a setting
MIN_DECIDING = 3  # runs of an arm, where more than two were asked for: two that are left tell too little of luck


def rows(
    comparison: Comparison, arms: Collection[str], question: Question, beside: Sequence[float] = ()
) -> dict[str, ArmVerdict]:
    """What is said of each of these arms, by the rule of sweep.comparison.decision.

    beside  p values of other arms that are compared too, for whose number the p values and intervals are adjusted
    """
    found = {arm: _evidence(comparison, arm, question) for arm in arms}
    rule = _rule(question, len(arms) + len(beside))
    p = adjusted(found, beside)
    return {arm: _row(comparison, arm, found[arm], p[arm], rule, question) for arm in found}


def reference_row(comparison: Comparison) -> ArmVerdict:
    """The reference's own."""
    return _described(comparison, comparison.chosen.reference, "reference", 0.0)


def tuned_contrast(comparison: Comparison, arm: str, question: Question) -> Contrast:
    """An arm against the reference, each at its own setting, by the runs that decide."""
    chosen, table = comparison.chosen, comparison.deciding
    return against(table[chosen.tuned(arm)].runs, table[chosen.tuned(chosen.reference)].runs, question)


def against(arm: CellRuns, reference: CellRuns, question: Question) -> Contrast:
    """The runs of one cell against those of another."""
    return contrast(arm, reference, question.timesteps, question.floor)


def mean(values: Floats) -> float:
    """Over the finite values; NaN where none is."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else np.nan


def _rule(question: Question, arms: int) -> Rule:
    least = min(question.seeds, MIN_DECIDING)
    return Rule(question.margin, question.alpha, question.level_of_each(arms), least, question.whole.alpha)


def _evidence(comparison: Comparison, arm: str, question: Question) -> Evidence:
    chosen, tuned = comparison.chosen, tuned_contrast(comparison, arm, question)
    if not question.crossed:
        return Evidence(tuned, tuned, tuned)
    own, references = chosen.settings[arm], chosen.settings[chosen.reference]
    found = {
        setting: against(*pair, question)
        for setting in comparison.common
        if (pair := comparison.pair(arm, setting)) and _counts(pair)
    }
    others = [each for setting, each in found.items() if setting not in (own, references)]
    return Evidence(tuned, found.get(own), found.get(references), others)


def _counts(pair: tuple[CellRuns, CellRuns]) -> bool:
    """Whether there are enough runs of both to say anything."""
    return all(len(runs.seeds) >= MIN_SEEDS for runs in pair)


def _row(comparison: Comparison, arm: str, evidence: Evidence, p: float, rule: Rule, question: Question) -> ArmVerdict:
    decision, obstacle = rule.decide(evidence, p)
    tuned, seeds = evidence.tuned, None
    reference = comparison.deciding[comparison.chosen.tuned(comparison.chosen.reference)]
    if obstacle == "seeds":
        alpha = question.later.alpha / max(len(comparison.others), 1)
        seeds, obstacle = seeds_needed(tuned, question.margin, alpha)
    return replace(
        _described(comparison, arm, decision, tuned.difference),
        interval=tuned.interval(rule.level_of_each),
        p_holm=min(p * (1 - question.confidence) / question.alpha, 1.0),
        probabilities=tuned.probabilities(question.margin),
        diebold_mariano=tuned.diebold_mariano,
        luck=_shares(tuned),
        settings=tuple(_at_settings(comparison, arm, question)) if question.crossed else (),
        seeds_needed=seeds,
        obstacle=obstacle,
        seeds_planned=question.seeds,
        reference_test_mean=mean(reference.test[reference.runs.finished]),
    )


def _shares(found: Contrast) -> dict[str, float]:
    """The part of the variance that is from seeds, from the test data, and what more is between origins.

    Nothing where there is none.
    """
    seeds = found.arm_seeds.variance() + found.reference_seeds.variance()
    parts = {"seeds": seeds, "test data": found.test_data.variance()}
    if (more := found.origins.variance() - sum(parts.values())) > 0:
        parts["origins"] = more
    total = sum(parts.values())
    return {name: part / total for name, part in parts.items()} if 0 < total < math.inf else {}


def _at_settings(comparison: Comparison, arm: str, question: Question) -> Iterator[AtSetting]:
    for setting in comparison.common:
        pair = comparison.pair(arm, setting)
        if pair is None:
            continue
        found = against(*pair, question)
        seeds = len(pair[0].seeds), len(pair[1].seeds)
        cells = Cell(arm, setting), Cell(comparison.chosen.reference, setting)
        deciding = all(cell in comparison.deciding for cell in cells)
        yield AtSetting(setting, found.difference, found.interval(question.whole.level), found.p, seeds, deciding)


def _described(comparison: Comparison, arm: str, decision: Decision, difference: float) -> ArmVerdict:
    cell = comparison.chosen.tuned(arm)
    scores = comparison.deciding[cell]
    finished = scores.validation[scores.runs.finished]
    return ArmVerdict(
        arm=arm,
        setting=cell.setting,
        seeds=len(scores.runs.seeds),
        mean=mean(finished),
        sd=float(finished.std(ddof=1)) if len(finished) > 1 else np.nan,
        test_mean=mean(scores.test[scores.runs.finished]),
        difference=difference,
        decision=decision,
        stability=float(scores.runs.finished.mean()),
    )
