"""A comparison in steps: after some of the seeds it is asked which arms are decided, and these need no more."""

from collections.abc import Iterable, Mapping

import numpy as np

from sweep.comparison.comparison import Comparison
from sweep.comparison.looks_spending import Step
from sweep.comparison.question import Question
from sweep.comparison.rows import rows, tuned_contrast
from sweep.comparison.seeds_needed import chance_to_decide
from sweep.comparison.verdict import ArmVerdict

HOPELESS = 0.1  # the chance that all seeds decide below which an arm needs no more of them


def decided(comparison: Comparison, question: Question) -> list[ArmVerdict]:
    """A row of each arm beside the reference, from the step at which it needed no more seeds."""
    found, left = _through(comparison, question, question.steps[:-1])
    last = question.at(question.steps[-1]) if question.steps else question
    return [*found.values(), *rows(comparison, left, last, _beside(found)).values()]


def undecided(comparison: Comparison, question: Question, seeds: int) -> list[str]:
    """The arms that need more seeds, once those that decide are so many; `seeds` is that of a step before the last."""
    before = [step for step in question.steps[:-1] if step.seeds <= seeds]
    return _through(comparison, question, before)[1]


def _through(
    comparison: Comparison, question: Question, steps: Iterable[Step]
) -> tuple[dict[str, ArmVerdict], list[str]]:
    """The rows of the arms that these steps have finished with, and the arms that are left.

    At each step an arm is better, worse or equivalent by the same rule, with what the step may spend. Those that were
    found to differ count in Holm's method as if their p values were zero, the others that are finished with as if they
    were one; intervals are simultaneous over all arms. So the chance of a first error at a step is at most what it may
    spend, and an arm that is given up as hopeless cannot be an error.

    Where a run of an arm is missing altogether there is no step.
    """
    found: dict[str, ArmVerdict] = {}
    left = comparison.others
    for step in steps:
        part = comparison.first(step.seeds)
        if part is None or not left:
            continue
        said = rows(part, left, question.at(step), _beside(found))
        hopeless = [arm for arm in left if said[arm].decision == "undecided" and _is_hopeless(part, arm, question)]
        found |= {arm: row for arm, row in said.items() if row.decision != "undecided" or arm in hopeless}
        left = [arm for arm in left if arm not in found]
    return found, left


def _beside(found: Mapping[str, ArmVerdict]) -> list[float]:
    """The p values with which arms that are finished with count."""
    return [0.0 if row.decision in ("better", "worse") else 1.0 for row in found.values()]


def _is_hopeless(comparison: Comparison, arm: str, question: Question) -> bool:
    """Whether all seeds would hardly decide, if the difference and the luck are what they seem to be.

    Source: stopping for futility by conditional power, Lan, Simon & Halperin 1982, Stochastically curtailed tests in
    long-term clinical trials, Sequential Analysis 1. It never adds a false result.
    """
    tuned, last = tuned_contrast(comparison, arm, question), question.end or question.steps[-1]
    if not tuned.stable or not np.isfinite(tuned.difference):
        return False
    if not np.isfinite(tuned.test_data.variance()):
        return True
    if not np.isfinite(tuned.variance):
        return False
    alpha = question.at(last).alpha / len(comparison.others)
    return bool(chance_to_decide(tuned, np.array([last.seeds]), question.margin, alpha)[0] < HOPELESS)
