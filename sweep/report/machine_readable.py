"""A report as a JSON object. The names of the fields here are its keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic_core import to_jsonable_python

from sweep.comparison.diagnosis import Diagnosis, explained
from sweep.comparison.measure import Measure
from sweep.comparison.smallest_carry import Carry, smallest_carry
from sweep.comparison.verdict import Verdict
from sweep.core.trials import Outcome, Trial
from sweep.report.breakdowns import Breakdown
from sweep.report.content import Curves, Positions, Report, best_trial
from sweep.report.stretches import Stretch
from sweep.study.by_horizon import ByHorizon
from sweep.study.deployment import DeployedModel


@dataclass(frozen=True, kw_only=True)
class _ScoredCarry(Carry):
    """A carry with the mean of its scores; NaN where a run diverged."""

    mean: float


@dataclass(frozen=True)
class _SmallestCarry:
    interval: int | None
    carried_timesteps: float


@dataclass(frozen=True)
class _Why:
    """Why arms differ: the sentences, and the numbers behind them."""

    sentences: Sequence[str]
    arms: Sequence[Diagnosis]
    carries: Sequence[_ScoredCarry]
    smallest_carry: _SmallestCarry | None


@dataclass(frozen=True, kw_only=True)
class _Trial(Outcome):
    """A trial and its outcome in one object."""

    number: int
    name: str
    arm: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class _Report:
    study: str
    metric: str
    goal: str
    units: str
    measure: Measure
    of_loss: Measure
    verdict: Verdict | None
    scores: Mapping[str, Sequence[float]]
    differences: Mapping[str, Sequence[float]]
    curves: Mapping[str, Curves]
    curves_of: str
    positions: Mapping[str, Positions]
    metrics: Mapping[str, Mapping[str, float]]
    why: _Why
    trials: Sequence[_Trial]
    facts: Mapping[str, str]
    notes: Sequence[str]
    study_file: str
    deployed: DeployedModel | None
    stretches: Sequence[Stretch]
    breakdowns: Sequence[Breakdown]
    best_trial: int | None
    by_horizon: ByHorizon | None


def as_json(report: Report) -> dict[str, Any]:
    """The numbers of the page, and those behind its drawings; null for NaN, infinite and missing ones."""
    shown = _Report(
        study=report.study,
        metric=report.metric,
        goal=report.goal,
        units=report.units,
        measure=report.measure,
        of_loss=report.of_loss,
        verdict=report.verdict,
        scores=report.scores,
        differences=report.differences,
        curves=report.curves,
        curves_of=report.curves_of,
        positions=report.positions,
        metrics=report.metrics,
        why=_why(report),
        trials=[_trial(trial, outcome) for trial, outcome in report.trials],
        facts=report.facts,
        notes=report.notes,
        study_file=report.study_file,
        stretches=report.stretches,
        breakdowns=report.breakdowns,
        deployed=report.deployed.model if report.deployed else None,
        best_trial=best.number if (best := best_trial(report)) else None,
        by_horizon=report.by_horizon,
    )
    plain: dict[str, Any] = to_jsonable_python(shown, inf_nan_mode="null", fallback=_plain)
    return plain


def _why(report: Report) -> _Why:
    smallest = smallest_carry(report.carries)
    return _Why(
        sentences=explained(report.diagnoses, report.carries, report.of_loss),
        arms=report.diagnoses,
        carries=[_ScoredCarry(**vars(carry), mean=float(carry.scores.mean())) for carry in report.carries],
        smallest_carry=_SmallestCarry(smallest.interval, smallest.carried_timesteps) if smallest else None,
    )


def _trial(trial: Trial, outcome: Outcome) -> _Trial:
    return _Trial(
        **vars(outcome),
        number=trial.number,
        name=trial.name,
        arm=trial.arm,
        parameters=trial.canonical.parameters,
    )


def _plain(value: Any) -> Any:
    """Lists of an array, and the number in a NumPy scalar. Raises TypeError for anything else."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"a {type(value).__name__} has no form in JSON")
