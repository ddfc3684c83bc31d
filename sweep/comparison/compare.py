"""Which arm wins: every arm against the best stateless one, each at its own setting and both at either's."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sweep.comparison.cell_contrast import contrast
from sweep.comparison.cell_runs import CellRuns
from sweep.comparison.contrast import Contrast
from sweep.comparison.decision import Evidence, Rule, adjusted
from sweep.comparison.notes import notes
from sweep.comparison.outliers import outliers
from sweep.comparison.question import Question, Scores
from sweep.comparison.seeds_needed import seeds_needed
from sweep.comparison.selection import Cell, Selection
from sweep.comparison.sentence import sentence
from sweep.comparison.verdict import ArmVerdict, AtSetting, CellScores, Decision, Recommendation, Verdict
from sweep.core.trials import is_twin, twin_of

Floats = NDArray[np.floating]
Table = Mapping[Cell, Scores]

MIN_SEEDS = 2  # of runs that show anything about a setting
MIN_DECIDING = 3  # runs of an arm, where more than two were asked for: two that are left tell too little of luck


@dataclass(frozen=True)
class Comparison:
    """The runs of a comparison.

    deciding   those on which decisions rest, of every arm at its own setting at least
    selecting  those by which the settings were chosen, with other seeds. They only show whether an effect depends on
               the setting
    chosen     each arm's setting, and the reference

    Raises ValueError where an arm has no deciding runs at its own setting.
    """

    deciding: Table
    selecting: Table
    chosen: Selection

    def __post_init__(self) -> None:
        missing = [arm for arm in self.chosen.settings if self.chosen.tuned(arm) not in self.deciding]
        if missing:
            raise ValueError(f"no deciding runs of {', '.join(missing)}")

    @property
    def others(self) -> list[str]:
        """The arms beside the reference, by name; without its twin."""
        return sorted(arm for arm in self.chosen.settings if arm != self.chosen.reference and not is_twin(arm))

    @property
    def common(self) -> list[str]:
        """The settings of all cells, by name."""
        return sorted({cell.setting for table in (self.deciding, self.selecting) for cell in table})

    def pair(self, arm: str, setting: str) -> tuple[CellRuns, CellRuns] | None:
        """The deciding runs of an arm and of the reference at a setting; else the selecting ones; None without."""
        own, other = Cell(arm, setting), Cell(self.chosen.reference, setting)
        for table in (self.deciding, self.selecting):
            if own in table and other in table:
                return table[own].runs, table[other].runs
        return None


def compare(comparison: Comparison, question: Question) -> Verdict:
    """Decide for each arm whether it is better or worse than the reference, equivalent to it, or undecided.

    An arm is better if it beats the reference as tuned, each at its own setting, and at the arm's setting; worse if the
    reference beats it as tuned and at the reference's setting. So whoever wins does so at its own setting, and arms
    that are equal at a common setting are told apart no more often than chance allows, whatever the search found. The
    rule is that of sweep.comparison.decision; docs/comparison.md says how often it errs.
    """
    chosen = comparison.chosen
    evidence = {arm: _evidence(comparison, arm, question) for arm in comparison.others}
    rule = _rule(question, len(evidence))
    p = adjusted(evidence)
    rows = [_row(comparison, arm, evidence[arm], p[arm], rule, question) for arm in evidence]
    reference = _described(comparison, chosen.reference, "reference", 0.0)
    arms = (reference, *sorted(rows, key=lambda row: (math.isnan(row.difference), row.difference)))
    verdict = Verdict(
        reference=chosen.reference,
        margin=question.margin,
        confidence=question.confidence,
        level=question.level,
        looks=question.looks,
        crossed=question.crossed,
        arms=arms,
        recommendation=_recommendation(comparison, arms, question),
        placebo=_placebo(comparison, question),
        cells=tuple(_cells(comparison)),
        baselines=dict(question.baselines),
    )
    apart = {row.arm: _outliers(comparison, row.arm) for row in arms}
    return replace(verdict, sentence=sentence(verdict, question), notes=notes(verdict, question, apart))


def _rule(question: Question, arms: int) -> Rule:
    return Rule(question.margin, question.alpha, question.level_of_each(arms), min(question.seeds, MIN_DECIDING))


def _evidence(comparison: Comparison, arm: str, question: Question) -> Evidence:
    chosen, table = comparison.chosen, comparison.deciding
    tuned = _contrast(table[chosen.tuned(arm)].runs, table[chosen.tuned(chosen.reference)].runs, question)
    if not question.crossed:
        return Evidence(tuned, tuned, tuned)
    own, references = chosen.settings[arm], chosen.settings[chosen.reference]
    found = {
        setting: _contrast(*pair, question)
        for setting in comparison.common
        if (pair := comparison.pair(arm, setting)) and _counts(pair)
    }
    others = [each for setting, each in found.items() if setting not in (own, references)]
    return Evidence(tuned, found.get(own), found.get(references), others)


def _placebo(comparison: Comparison, question: Question) -> ArmVerdict | None:
    """The reference's twin, by the same rule as if it were the only arm; None where it has none."""
    twin = twin_of(comparison.chosen.reference)
    if twin not in comparison.chosen.settings:
        return None
    evidence = _evidence(comparison, twin, question)
    return _row(comparison, twin, evidence, adjusted({twin: evidence})[twin], _rule(question, 1), question)


def _contrast(arm: CellRuns, reference: CellRuns, question: Question) -> Contrast:
    return contrast(arm, reference, question.timesteps, question.floor)


def _counts(pair: tuple[CellRuns, CellRuns]) -> bool:
    """Whether there are enough runs of both to say anything."""
    return all(len(runs.seeds) >= MIN_SEEDS for runs in pair)


def _row(comparison: Comparison, arm: str, evidence: Evidence, p: float, rule: Rule, question: Question) -> ArmVerdict:
    decision, obstacle = rule.decide(evidence, p)
    tuned, seeds = evidence.tuned, None
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
    )


def _shares(found: Contrast) -> dict[str, float]:
    """The part of the variance that is from seeds, and from the test data; nothing where there is none."""
    seeds = found.arm_seeds.variance() + found.reference_seeds.variance()
    parts = {"seeds": seeds, "test data": found.test_data.variance()}
    total = sum(parts.values())
    return {name: part / total for name, part in parts.items()} if 0 < total < math.inf else {}


def _at_settings(comparison: Comparison, arm: str, question: Question) -> Iterator[AtSetting]:
    for setting in comparison.common:
        pair = comparison.pair(arm, setting)
        if pair is None:
            continue
        found = _contrast(*pair, question)
        seeds = len(pair[0].seeds), len(pair[1].seeds)
        cells = Cell(arm, setting), Cell(comparison.chosen.reference, setting)
        deciding = all(cell in comparison.deciding for cell in cells)
        yield AtSetting(setting, found.difference, found.interval(question.level), found.p, seeds, deciding)


def _described(comparison: Comparison, arm: str, decision: Decision, difference: float) -> ArmVerdict:
    cell = comparison.chosen.tuned(arm)
    scores = comparison.deciding[cell]
    finished = scores.validation[scores.runs.finished]
    return ArmVerdict(
        arm=arm,
        setting=cell.setting,
        seeds=len(scores.runs.seeds),
        mean=_mean(finished),
        sd=float(finished.std(ddof=1)) if len(finished) > 1 else np.nan,
        test_mean=_mean(scores.test[scores.runs.finished]),
        difference=difference,
        decision=decision,
        stability=float(scores.runs.finished.mean()),
    )


def _recommendation(comparison: Comparison, arms: tuple[ArmVerdict, ...], question: Question) -> Recommendation:
    """The better arm that is best on validation, or the reference.

    Choosing by the test split would make its difference there look larger than it is.
    """
    better = [row for row in arms if row.decision == "better"]
    row = min(better, key=lambda row: _validation_error(comparison, row.arm), default=arms[0])
    scores = comparison.deciding[comparison.chosen.tuned(row.arm)]
    beside = {name: _contrast(scores.runs, runs, question) for name, runs in question.forecasts.items()}
    told_apart = {name: each for name, each in beside.items() if each.p < question.alpha / len(beside)}
    return Recommendation(
        arm=row.arm,
        setting=row.setting,
        test_mean=row.test_mean,
        difference=row.difference,
        beats=tuple(name for name, each in told_apart.items() if each.difference < 0),
        beaten_by=tuple(name for name, each in told_apart.items() if each.difference > 0),
    )


def _validation_error(comparison: Comparison, arm: str) -> float:
    return _mean(comparison.deciding[comparison.chosen.tuned(arm)].runs.validation)


def _cells(comparison: Comparison) -> Iterator[CellScores]:
    """Every cell that was run, by arm and setting."""
    for cell in sorted({*comparison.deciding, *comparison.selecting}):
        tables = [table[cell] for table in (comparison.deciding, comparison.selecting) if cell in table]
        validation, test = (
            np.concatenate([getattr(scores, name) for scores in tables]) for name in ("validation", "test")
        )
        yield CellScores(*cell, len(test), _mean(validation), _mean(test))


def _outliers(comparison: Comparison, arm: str) -> int:
    """The runs of an arm that err far more or less than others of the same cell, those that chose settings included."""
    tables = comparison.deciding, comparison.selecting
    cells = {cell for table in tables for cell in table if cell.arm == arm}
    errors = ([table[cell].runs.errors for table in tables if cell in table] for cell in cells)
    return sum(outliers(np.concatenate(of_cell)) for of_cell in errors)


def _mean(values: Floats) -> float:
    """Over the finite values; NaN where none is."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else np.nan
