"""Which arm wins: every arm against the best stateless one, each at its own setting and both at either's."""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from sweep.comparison import steps
from sweep.comparison.at_origins import at_origins
from sweep.comparison.comparison import Comparison
from sweep.comparison.notes import notes
from sweep.comparison.outliers import outliers
from sweep.comparison.question import Question
from sweep.comparison.rows import against, mean, reference_row, rows
from sweep.comparison.sentence import sentence
from sweep.comparison.verdict import ArmVerdict, BaselineVerdict, CellScores, Decision, Recommendation, Verdict
from sweep.core.trials import twin_of


def compare(comparison: Comparison, question: Question) -> Verdict:
    """Decide for each arm whether it is better or worse than the reference, equivalent to it, or undecided.

    An arm is better if it beats the reference as tuned, each at its own setting, and at the arm's setting; worse if the
    reference beats it as tuned and at the reference's setting. So whoever wins does so at its own setting, and arms
    that are equal at a common setting are told apart no more often than chance allows, whatever the search found. The
    rule is that of sweep.comparison.decision; docs/comparison.md says how often it errs.
    """
    found = steps.decided(comparison, question)
    reference = replace(reference_row(comparison), seeds_planned=max((row.seeds_planned for row in found), default=0))
    arms = (reference, *sorted(found, key=lambda row: (math.isnan(row.difference), row.difference)))
    recommendation = _recommendation(comparison, arms, question)
    verdict = Verdict(
        reference=reference.arm,
        margin=question.margin,
        confidence=question.confidence,
        level=question.level,
        looks=question.looks,
        crossed=question.crossed,
        arms=arms,
        recommendation=recommendation,
        measure=question.measure,
        placebo=_placebo(comparison, question),
        cells=tuple(_cells(comparison)),
        baselines=dict(question.baselines),
        against=tuple(_baselines(comparison, recommendation, question)),
        origins=tuple(at_origins(comparison, arms[1:], question)),
        spared=comparison.spared(question.seeds, {row.arm: row.seeds_planned for row in found}),
    )
    apart = {row.arm: _outliers(comparison, row.arm) for row in arms}
    return replace(verdict, sentence=sentence(verdict, question), notes=notes(verdict, question, apart))


def _placebo(comparison: Comparison, question: Question) -> ArmVerdict | None:
    """The reference's twin, by the same rule as if it were the only arm; None where it has none."""
    twin = twin_of(comparison.chosen.reference)
    if twin not in comparison.chosen.settings:
        return None
    return rows(comparison, [twin], question)[twin]


def _recommendation(comparison: Comparison, arms: tuple[ArmVerdict, ...], question: Question) -> Recommendation:
    """The better arm that is best on validation, or the reference.

    Choosing by the test split would make its difference there look larger than it is.
    """
    better = [row for row in arms if row.decision == "better"]
    row = min(better, key=lambda row: _validation_error(comparison, row.arm), default=arms[0])
    scores = comparison.deciding[comparison.chosen.tuned(row.arm)]
    beside = {name: against(scores.runs, runs, question) for name, runs in question.forecasts.items()}
    told_apart = {name: each for name, each in beside.items() if each.p < question.alpha / len(beside)}
    best = min(question.baselines, key=lambda name: question.sign * question.baselines[name], default=None)
    reference = arms[0].test_mean if row.reference_test_mean is None else row.reference_test_mean
    shown = question.measure.value
    return Recommendation(
        arm=row.arm,
        setting=row.setting,
        test_mean=row.test_mean,
        difference=row.difference,
        interval=row.interval,
        score=shown(row.test_mean),
        reference_score=shown(reference),
        baseline=best,
        baseline_score=shown(question.baselines[best]) if best else math.nan,
        beats=tuple(name for name, each in told_apart.items() if each.difference < 0),
        beaten_by=tuple(name for name, each in told_apart.items() if each.difference > 0),
    )


def _baselines(comparison: Comparison, recommendation: Recommendation, question: Question) -> Iterator[BaselineVerdict]:
    """Each against the reference, from the best on."""
    reference = comparison.deciding[comparison.chosen.tuned(comparison.chosen.reference)].runs
    found = {name: against(runs, reference, question) for name, runs in question.forecasts.items()}
    level = question.level_of_each(len(found))
    for name, each in sorted(found.items(), key=lambda pair: pair[1].difference):
        decision: Decision = "better" if name in recommendation.beaten_by else "undecided"
        decision = "worse" if name in recommendation.beats else decision
        value = question.baselines.get(name, math.nan)
        yield BaselineVerdict(name, value, each.difference, each.interval(level), decision)


def _validation_error(comparison: Comparison, arm: str) -> float:
    return mean(comparison.deciding[comparison.chosen.tuned(arm)].runs.validation)


def _cells(comparison: Comparison) -> Iterator[CellScores]:
    """Every cell that was run, by arm and setting."""
    for cell in sorted({*comparison.deciding, *comparison.selecting}):
        tables = [table[cell] for table in (comparison.deciding, comparison.selecting) if cell in table]
        validation, test = (
            np.concatenate([getattr(scores, name) for scores in tables]) for name in ("validation", "test")
        )
        yield CellScores(*cell, len(test), mean(validation), mean(test))


def _outliers(comparison: Comparison, arm: str) -> int:
    """The runs of an arm that err far more or less than others of the same cell, those that chose settings included."""
    tables = comparison.deciding, comparison.selecting
    cells = {cell for table in tables for cell in table if cell.arm == arm}
    errors = ([table[cell].runs.errors for table in tables if cell in table] for cell in cells)
    return sum(outliers(np.concatenate(of_cell)) for of_cell in errors)
