"""All that a report shows of a study."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sweep.comparison.diagnosis import Diagnosis
from sweep.comparison.measure import THE_LOSS, Measure
from sweep.comparison.smallest_carry import Carry
from sweep.comparison.verdict import Verdict
from sweep.core.trials import Outcome, Run, Trial, best_first
from sweep.report.breakdowns import Breakdown
from sweep.report.stretches import Stretch
from sweep.report.timeline import Span
from sweep.report.use import Use
from sweep.study.by_horizon import ByHorizon
from sweep.study.deployment import Deployment
from workers.objective import Objective

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Curves:
    """How an arm's runs learnt.

    epochs  (n_epochs,)
    values  (n_seeds, n_epochs) the objective on validation; NaN where a run had ended or diverged
    """

    epochs: Floats
    values: Floats


@dataclass(frozen=True)
class Positions:
    """What is shown of an arm's loss at each position in the window.

    matched  (window,) with the state handled as in deployment
    cold     (window,) with the state reset at the start of each window
    """

    matched: Floats
    cold: Floats | None = None


@dataclass(frozen=True)
class Report:
    """What is known of a study when its report is made.

    study_file   its text, without passwords
    metric       the objective as deployed; `goal` what is done with it
    units        of the targets; empty where unknown
    measure      what is shown in the place of the objective's values
    of_loss      the same of the loss: of positions and diagnoses
    verdict      none where no comparison was made
    use          how the deployed model is used; none where nothing is deployed
    deployed     the run whose model people take away; none while no trial is complete
    trials       the search
    curves       of the comparison's runs, by arm
    curves_of    the metric of the curves: the objective as each epoch is scored
    scores       (n_seeds,) the objective of each arm's runs that decide, on the test split; NaN where one diverged
    differences  (n_seeds,) of each arm from the reference's mean, relative, on the test split
    positions    what is shown of the loss at each position in the window, by arm
    metrics      of each arm, and of each baseline, on the test split, by name
    columns      which of them are shown, beside the loss
    diagnoses    what the comparison's runs say of state, by arm in the verdict's order
    carries      the comparison's runs by how long they carry, other intervals than the arms' included
    spans        when which worker trained
    stretches    of the test split, with what the deployed run forecast there
    breakdowns   what is shown of the objective on parts of the test split
    targets      the names of the targets, of which the stretches are
    by_horizon   the errors at each of several horizons; none where there is one
    facts        data, split, baselines, versions, how to reproduce: rows shown as they are
    notes        what a reader must know beside the verdict's own notes, a sentence each
    """

    study: str
    study_file: str
    metric: str
    goal: Literal["minimize", "maximize"] = "minimize"
    units: str = ""
    measure: Measure = THE_LOSS
    of_loss: Measure = THE_LOSS
    verdict: Verdict | None = None
    deployed: Deployment | None = None
    use: Use | None = None
    trials: Sequence[Run] = ()
    curves: Mapping[str, Curves] = field(default_factory=dict)
    curves_of: str = ""
    scores: Mapping[str, Sequence[float]] = field(default_factory=dict)
    differences: Mapping[str, Sequence[float]] = field(default_factory=dict)
    positions: Mapping[str, Positions] = field(default_factory=dict)
    metrics: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    columns: Sequence[str] = ()
    diagnoses: Sequence[Diagnosis] = ()
    carries: Sequence[Carry] = ()
    spans: Sequence[Span] = ()
    stretches: Sequence[Stretch] = ()
    breakdowns: Sequence[Breakdown] = ()
    targets: Sequence[str] = ()
    by_horizon: ByHorizon | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()

    @property
    def measured(self) -> str:
        """What is shown of a trial, above a column: validation rmse, mg/dL, as deployed."""
        return f"validation {self.measure.heading}{', as deployed' * self.metric.endswith('_deployed')}"


def ranked(report: Report) -> list[Run]:
    """The complete trials with a finite value, the best as deployed first; then the others, by how they ended."""
    valued = [run for run in report.trials if value(report, run.outcome) is not None]
    others = [run for run in report.trials if value(report, run.outcome) is None]
    endings = ("complete", "pruned", "running", "failed")
    best = best_first(valued, Objective(report.metric, report.goal))
    return [*best, *sorted(others, key=lambda run: endings.index(run.outcome.state))]


def best_trial(report: Report) -> Trial | None:
    """The best trial of the search, which need not be what is deployed; None while none has a result."""
    return next((run.trial for run in ranked(report) if value(report, run.outcome) is not None), None)


def best_of_arms(report: Report) -> list[tuple[Trial, float | None, int]]:
    """The best complete trial of each arm, what is shown of it and the number of its complete trials, best first."""
    complete = [run for run in ranked(report) if value(report, run.outcome) is not None]
    tried = Counter(run.trial.arm for run in complete)
    best: dict[str, Run] = {}
    for run in complete:
        best.setdefault(run.trial.arm, run)
    return [(trial, shown(report, outcome), tried[arm]) for arm, (trial, outcome) in best.items()]


def with_values(report: Report) -> list[tuple[Trial, float]]:
    """The complete trials with a finite value, and what is shown of it, the best first."""
    valued = ((trial, shown(report, outcome)) for trial, outcome in ranked(report))
    return [(trial, found) for trial, found in valued if found is not None]


def values_by_arm(report: Report) -> dict[str, list[float]]:
    """What is shown of each arm's complete trials, the arm with the best of them first."""
    values: dict[str, list[float]] = {}
    for trial, found in with_values(report):
        values.setdefault(trial.arm, []).append(found)
    return values


def shown(report: Report, outcome: Outcome) -> float | None:
    """What people see of a complete trial's value; none where it has none."""
    found = value(report, outcome)
    return None if found is None else report.measure.value(found)


def value(report: Report, outcome: Outcome) -> float | None:
    """The report's metric of a complete trial; none for all others, and for one that is NaN or infinite."""
    found = outcome.metrics.get(report.metric, outcome.value)
    return found if outcome.state == "complete" and found is not None and math.isfinite(found) else None
