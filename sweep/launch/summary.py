"""What a study came to: the JSON object of the contract, and the same for people."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sweep.comparison.verdict import Verdict
from sweep.core.trials import Outcome, Run, Trial, complete_runs
from sweep.launch.progress import companion
from sweep.study import Study

State = Literal["finished", "stopped", "failed"]


@dataclass(frozen=True)
class Session:
    """What one launch spent, in seconds."""

    state: State
    wall_seconds: float
    training_seconds: float
    efficiency: float
    efficiency_warm: float


@dataclass(frozen=True)
class Mirror:
    """Where a study can be seen; `page` is a link from the root of MLflow's pages."""

    tracking_uri: str
    experiment_id: str
    page: str
    best_run_id: str | None
    report: Path | None


def counts(study: Study) -> Counter[str]:
    """Trials by state; a reused one counts in its state too."""
    return Counter(outcome.state for _, outcome in study)


def as_json(
    study: Study,
    baselines: Mapping[str, Mapping[str, float]],
    session: Session,
    mirror: Mirror,
    verdict: Verdict | None,
) -> dict[str, Any]:
    """The object that `--json` prints."""
    states = counts(study)
    reused = sum(outcome.reused_from is not None for _, outcome in study)
    return {
        "study": study.config.name,
        "state": session.state,
        "trials": {state: states[state] for state in ("complete", "pruned", "failed", "running")} | {"reused": reused},
        "best": _best(study, mirror.best_run_id),
        "baselines": {name: dict(metrics) for name, metrics in baselines.items()},
        "verdict": verdict.as_json() if verdict else None,
        "wall_seconds": round(session.wall_seconds, 3),
        "training_seconds": round(session.training_seconds, 3),
        "efficiency": round(session.efficiency, 4),
        "efficiency_warm": round(session.efficiency_warm, 4),
        "report": str(mirror.report) if mirror.report else None,
        "tracking_uri": mirror.tracking_uri,
        "experiment_id": mirror.experiment_id,
    }


def _best(study: Study, run_id: str | None) -> dict[str, Any] | None:
    if study.best is None:
        return None
    trial, outcome = study.best
    return {
        "number": trial.number,
        "value": outcome.value,
        "arm": trial.arm,
        "parameters": trial.canonical.parameters,
        "metrics": dict(outcome.metrics),
        "run_id": run_id,
    }


def as_text(
    study: Study,
    baselines: Mapping[str, Mapping[str, float]],
    session: Session,
    mirror: Mirror,
    verdict: Verdict | None,
) -> str:
    """The same for people: the best trial of each arm, the baselines, and where to look closer."""
    states = counts(study)
    told = ", ".join(
        f"{states[state]} {state}" for state in ("complete", "pruned", "failed", "running") if states[state]
    )
    spent = f"{session.wall_seconds:.0f} s, {session.efficiency:.0%} of the workers' time spent training"
    lines = [
        f"{study.config.name} {session.state}: {told or 'no trials'}; {spent}",
        "",
        *_arms(study),
        *(f"  {name:<28}{_loss(metrics)}" for name, metrics in baselines.items()),
        "",
    ]
    if study.best:
        lines += _about_best(*study.best)
    answered = [verdict.sentence, "", *_compared(verdict), ""] if verdict else []
    return "\n".join([*answered, *lines, "", *_look_closer(mirror)])


def _compared(verdict: Verdict) -> list[str]:
    """Every arm against the reference, on the test split."""
    rows = [f"  {'arm':<20}{'seeds':>6}{'test':>12}{'difference':>13}  interval            decision"]
    for arm in verdict.arms:
        interval = arm.interval and f"{arm.interval.low:+.2%} to {arm.interval.high:+.2%}"
        difference = f"{arm.difference:+.2%}" if interval else ""
        row = f"  {arm.arm:<20}{arm.seeds:>6}{arm.test_mean:>12.6g}{difference:>13}  {interval or '':<20}{arm.decision}"
        rows.append(row)
    return [*rows, *(f"  note: {note}" for note in verdict.notes)]


def _look_closer(mirror: Mirror) -> list[str]:
    report = [f"Report:      {mirror.report}"] if mirror.report else []
    return report + _pages(mirror)


def _pages(mirror: Mirror) -> list[str]:
    if mirror.tracking_uri.startswith(("http:", "https:")):
        return [f"Look closer: {mirror.tracking_uri.rstrip('/')}/{mirror.page}"]
    return [
        f"Look closer: mlflow ui --backend-store-uri {mirror.tracking_uri}",
        f"             and then http://127.0.0.1:5000/{mirror.page}",
    ]


def _arms(study: Study) -> list[str]:
    """The best complete trial of each arm, best first."""
    best: dict[str, Run] = {}
    complete = complete_runs(study)
    for run, _ in study.objective.best_first(complete, key=lambda pair: pair[1]):
        best.setdefault(run.trial.arm, run)
    number = Counter(run.trial.arm for run, _ in complete)
    heading = f"  {'best of each arm':<28}{study.objective.metric}"
    rows = [
        f"  {arm:<28}{outcome.value:.6g}{companion(outcome)}  trial {trial.number}, best of {number[arm]}"
        for arm, (trial, outcome) in best.items()
    ]
    return [heading, *rows, "  an arm tried oftener looks better: what a search found is a hint, not a verdict"]


def _loss(metrics: Mapping[str, float]) -> str:
    others = "".join(f" ({name.removeprefix('validation/')} {value:.6g})" for name, value in list(metrics.items())[1:])
    return f"{metrics['validation/loss']:.6g}{others}  no model"


def _about_best(trial: Trial, outcome: Outcome) -> list[str]:
    fields = ", ".join(f"{name} {_short(value)}" for name, value in trial.canonical.parameters.items())
    return [f"Best: trial {trial.name}, epoch {(outcome.epoch or 0) + 1}: {fields}"]


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
