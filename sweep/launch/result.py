"""What a launch came to, and the JSON object of it that `--json` prints."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, PlainSerializer

from sweep.comparison.measure import Measure
from sweep.comparison.verdict import Verdict
from sweep.study import Study
from sweep.study.by_horizon import ByHorizon
from sweep.study.deployment import Deployment

State = Literal["finished", "stopped", "failed"]
Seconds = Annotated[float, PlainSerializer(lambda seconds: round(seconds, 3))]
Part = Annotated[float, PlainSerializer(lambda part: round(part, 4))]
Metrics = dict[str, int | float]


@dataclass(frozen=True)
class Spent:
    """The time of one launch, in seconds, but for its first number of all workers together.

    wall        from its beginning to its end
    places      of all workers that there might be, whatever they did
    ready       of workers that were ready
    compiling, training, evaluating  of these, what they did
    """

    wall: float
    places: float
    ready: float
    compiling: float
    training: float
    evaluating: float

    @property
    def by_activity(self) -> dict[str, float]:
        """What the workers' time went into; its sum is the time of all places."""
        waiting = self.ready - self.compiling - self.training - self.evaluating
        return {
            "starting": max(self.places - self.ready, 0.0),
            "compiling": self.compiling,
            "training": self.training,
            "evaluating": self.evaluating,
            "waiting": max(waiting, 0.0),
        }

    @property
    def working(self) -> float:
        """Training and evaluating."""
        return self.training + self.evaluating

    @property
    def efficiency(self) -> float:
        """The part of the workers' time that was spent training and evaluating."""
        return self.working / max(self.places, 1e-9)

    @property
    def efficiency_warm(self) -> float:
        """The same, of the time since they were ready and without that of compiling."""
        return self.working / max(self.ready - self.compiling, 1e-9)


@dataclass(frozen=True)
class Links:
    """Where a study can be seen; `page` is a link from the root of MLflow's pages.

    forecast  the command that forecasts with its deployed model
    """

    tracking_uri: str
    experiment_id: str
    page: str
    best_run_id: str | None
    report: Path | None
    forecast: str = ""


@dataclass(frozen=True)
class Result:
    """What one launch came to.

    baselines  the metrics of naive forecasts on the validation split, by name
    measure    how values of the objective are shown
    deployed   the run whose model people take away; None where the study is not finished
    model      the address of that model in MLflow; None where it is not there
    metrics    of each arm, and of each baseline, on the test split, by name; empty without a verdict
    by_horizon the errors at each of several horizons; None where there is one
    """

    study: Study
    state: State
    baselines: Mapping[str, Mapping[str, float]]
    verdict: Verdict | None
    spent: Spent
    links: Links
    measure: Measure
    deployed: Deployment | None = None
    model: str | None = None
    metrics: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    by_horizon: ByHorizon | None = None

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        links = self.links
        fields = ResultObject(
            study=self.study.config.name,
            state=self.state,
            trials=_trials(self.study),
            best=_best(self.study, links.best_run_id),
            baselines={name: dict(metrics) for name, metrics in self.baselines.items()},
            verdict=self.verdict.as_json() if self.verdict else None,
            wall_seconds=self.spent.wall,
            training_seconds=self.spent.working,
            efficiency=self.spent.efficiency,
            efficiency_warm=self.spent.efficiency_warm,
            worker_seconds=self.spent.by_activity,
            report=links.report,
            tracking_uri=links.tracking_uri,
            experiment_id=links.experiment_id,
            metrics={name: dict(metrics) for name, metrics in self.metrics.items()},
            by_horizon=self.by_horizon.as_json() if self.by_horizon else None,
            deployed={**self.deployed.model.as_json(), "model": self.model} if self.deployed else None,
        )
        return fields.model_dump(mode="json")


class Trials(BaseModel):
    """How many trials there are, by state; a reused one counts in its state too."""

    complete: int
    pruned: int
    failed: int
    running: int
    reused: int


class Best(BaseModel):
    """The best trial of the search, which need not be what is deployed.

    The metrics are those of its selected epoch, and `run_id` is its run in MLflow.
    """

    number: int
    value: float | None
    arm: str
    parameters: dict[str, Any]
    metrics: Metrics
    run_id: str | None


class ResultObject(BaseModel):
    """The fields that `--json` prints. Programs rely on them: none is renamed or removed."""

    study: str
    state: State
    trials: Trials
    best: Best | None
    baselines: dict[str, Metrics]
    verdict: dict[str, Any] | None
    wall_seconds: Seconds
    training_seconds: Seconds
    efficiency: Part
    efficiency_warm: Part
    worker_seconds: dict[str, Seconds]
    report: Path | None
    tracking_uri: str
    experiment_id: str
    deployed: dict[str, Any] | None
    metrics: dict[str, Metrics]
    by_horizon: dict[str, Any] | None


def counts(study: Study) -> Counter[str]:
    """Trials by state; a reused one counts in its state too."""
    return Counter(outcome.state for _, outcome in study)


def _trials(study: Study) -> Trials:
    states = counts(study)
    reused = sum(outcome.reused_from is not None for _, outcome in study)
    return Trials(**{state: states[state] for state in ("complete", "pruned", "failed", "running")}, reused=reused)


def _best(study: Study, run_id: str | None) -> Best | None:
    if study.best is None:
        return None
    trial, outcome = study.best
    return Best(
        number=trial.number,
        value=outcome.value,
        arm=trial.arm,
        parameters=dict(trial.canonical.parameters),
        metrics=dict(outcome.metrics),
        run_id=run_id,
    )
