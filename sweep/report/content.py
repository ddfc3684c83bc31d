"""All that a report shows of a study, and the JSON object it is handed on as."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from sweep.comparison import diagnosis
from sweep.comparison.diagnosis import Diagnosis
from sweep.comparison.smallest_carry import Carry
from sweep.comparison.verdict import Verdict
from sweep.core.trials import Outcome, Trial
from sweep.report.plots import Curves, Positions
from workers.spec import Objective


@dataclass(frozen=True)
class Report:
    """What is known of a study when its report is made.

    study_file   its text, without passwords
    metric       the objective; `goal` what is done with it; `units` its own, such as mg/dL
    verdict      none where no comparison was made
    trials       the search
    curves       of the comparison's runs, by arm
    differences  (pairs,) of each arm from the reference, relative, on the test split
    positions    the loss at each position in the window, by arm
    diagnoses    what the comparison's runs say of state, by arm in the verdict's order
    carries      the comparison's runs by how long they carry, other intervals than the arms' included
    figures      title and HTML of ready plotly drawings, without plotly itself
    facts        data, split, baselines, versions, how to reproduce: rows shown as they are
    notes        what a reader must know beside the verdict's own notes, a sentence each
    """

    study: str
    study_file: str
    metric: str
    goal: Literal["minimize", "maximize"] = "minimize"
    units: str = ""
    verdict: Verdict | None = None
    trials: Sequence[tuple[Trial, Outcome]] = ()
    curves: Mapping[str, Curves] = field(default_factory=dict)
    differences: Mapping[str, Sequence[float]] = field(default_factory=dict)
    positions: Mapping[str, Positions] = field(default_factory=dict)
    diagnoses: Sequence[Diagnosis] = ()
    carries: Sequence[Carry] = ()
    figures: Sequence[tuple[str, str]] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()


def as_json(report: Report) -> dict[str, Any]:
    """The numbers of the page, and those behind its drawings; null for what is no number."""
    plain: dict[str, Any] = _plain(
        {
            "study": report.study,
            "metric": report.metric,
            "goal": report.goal,
            "units": report.units,
            "verdict": report.verdict and report.verdict.as_json(),
            "differences": report.differences,
            "curves": {arm: vars(curve) for arm, curve in report.curves.items()},
            "positions": {arm: vars(position) for arm, position in report.positions.items()},
            "why": diagnosis.as_json(report.diagnoses, report.carries, report.goal),
            "trials": [_trial(trial, outcome) for trial, outcome in report.trials],
            "facts": report.facts,
            "notes": report.notes,
            "study_file": report.study_file,
        }
    )
    return plain


def ranked(report: Report) -> list[tuple[Trial, Outcome]]:
    """The trials that came to a number, best first; then those that were pruned, failed, or still run."""
    counting = [(run, run[1].value) for run in report.trials if _counts(run[1]) and run[1].value is not None]
    ordered = Objective(report.metric, report.goal).best_first(counting, key=lambda pair: pair[1])
    rest = ("complete", "pruned", "running", "failed")
    others = [run for run in report.trials if not _counts(run[1])]
    return [run for run, _ in ordered] + sorted(others, key=lambda run: rest.index(run[1].state))


def best_of_arms(report: Report) -> list[tuple[Trial, Outcome, int]]:
    """The best complete trial of each arm and how many there were, best first."""
    complete = [(trial, outcome) for trial, outcome in ranked(report) if _counts(outcome)]
    tried = Counter(trial.arm for trial, _ in complete)
    first: dict[str, tuple[Trial, Outcome]] = {}
    for trial, outcome in complete:
        first.setdefault(trial.arm, (trial, outcome))
    return [(trial, outcome, tried[arm]) for arm, (trial, outcome) in first.items()]


def values_by_arm(report: Report) -> dict[str, list[float]]:
    """What the complete trials of each arm came to, the arm with the best of them first."""
    found: dict[str, list[float]] = {}
    for trial, outcome in ranked(report):
        if _counts(outcome) and outcome.value is not None:
            found.setdefault(trial.arm, []).append(outcome.value)
    return found


def _counts(outcome: Outcome) -> bool:
    return outcome.state == "complete" and outcome.value is not None and math.isfinite(outcome.value)


def _trial(trial: Trial, outcome: Outcome) -> dict[str, Any]:
    return {
        "number": trial.number,
        "name": trial.name,
        "arm": trial.arm,
        "parameters": trial.canonical.parameters,
    } | vars(outcome)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, (np.ndarray, np.generic)):
        return _plain(value.tolist())
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
