"""What MLflow shows of a study, and what it should show by the ledger."""

from collections import Counter
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Run, ViewType

from sweep.config.study_file import StudyFile, load
from sweep.core.trials import Outcome, Trial
from sweep.execution.fakes import FakeTrainer
from sweep.execution.in_process import InProcessPool
from sweep.execution.scheduler import Scheduler
from sweep.study import Study
from sweep.study.comparison_runs import ComparisonRuns
from sweep.study.deployment import deployment
from sweep.tracking import mirror
from sweep.tracking.mirror import Mirror
from sweep.tracking.recorder import Recorder
from tests.sweep.worlds import RECORD, NoLease, study_file

STUDY = ("study", "")
Seen = dict[tuple[str, str], dict[str, Any]]
SMALL = """
name: mirrored
seed: 1
budget: {trials: 6}
sampler: random
storage: sqlite:///%s/sweep.db
data: {kind: task, name: lag_copy, lag: 3, length: 4000, seed: 0}
trial: {epochs: 4, window: 5}
space: {stateful: [true, false], learning_rate: {low: 1e-4, high: 1e-2, log: true}}
compare: {seeds: 2}
"""


class World:
    """A study in a folder, that is mirrored at an address."""

    def __init__(self, folder: Path, tracking: str, name: str = "mirrored") -> None:
        self.folder = folder
        self.file: StudyFile = load(study_file(folder, SMALL), [f"tracking={tracking}", f"name={name}"])
        self.study = Study.open(self.file.config, RECORD, NoLease())
        self.recorder = Recorder(self.file.config.tracking, mirror.card(self.file, RECORD))

    def open(self) -> "World":
        """As a study that has begun: MLflow may be there or not."""
        self.recorder.open_later(self.study.began)
        return self

    def search(self) -> None:
        self._run(self.study)

    def compare(self) -> None:
        self._run(self.comparison)

    def end(self, timeout: float) -> int:
        """As a launch ends; how many writes were not sent."""
        self.study.end("finished")
        state, at = self.study.ended or ("", 0.0)
        assert self.study.best
        self.recorder.best(*self.study.best, deployment(self.study, None, None), improvements=self.study.improvements)
        self.recorder.finished(state, at)
        return self.recorder.close(timeout)

    @property
    def comparison(self) -> ComparisonRuns:
        return self.study.comparison_runs(2)

    def _run(self, ledger: Any) -> None:
        pool, objective = InProcessPool([FakeTrainer()]), self.study.objective
        Scheduler(ledger, pool, objective, [Mirror(ledger, self.recorder)]).run()

    def expected(self) -> Seen:
        """What MLflow should show, by the ledger alone."""
        searched = [(self.study, *pair) for pair in self.study]
        compared = [(self.comparison, *pair) for pair in self.comparison.every()]
        trials: Seen = {
            (t.stage, str(t.number)): _expected(ledger, t, outcome) for ledger, t, outcome in searched + compared
        }
        _, ended = self.study.ended or ("", 0.0)
        own = {"status": "FINISHED", "began": _ms(self.study.began), "ended": _ms(ended), "state": "finished"}
        deployed = deployment(self.study, None, None)
        parameters = {name: str(value) for name, value in (deployed.model.parameters if deployed else {}).items()}
        found = [(number, own["began"], value**0.5) for number, value in self.study.improvements]
        points = {"validation/rmse/best_trial": found}
        return {STUDY: {**own, "parameters": parameters, "points": points}, **trials}


def seen(address: str, study: str = "mirrored") -> Seen:
    """What MLflow shows; fails where a trial has two runs, or does not belong to the study's."""
    client = MlflowClient(address)
    experiment = client.get_experiment_by_name(study)
    assert experiment is not None
    runs = list(client.search_runs([experiment.experiment_id]))
    assert max(Counter(map(_identity, runs)).values()) == 1
    parents = {run.data.tags["mlflow.parentRunId"] for run in runs if _identity(run) != STUDY}
    assert parents <= {run.info.run_id for run in runs if _identity(run) == STUDY}
    return {_identity(run): _seen(client, run) for run in runs}


def n_deleted(address: str, study: str = "mirrored") -> int:
    """How many runs of the study were made and then taken back."""
    client = MlflowClient(address)
    experiment = client.get_experiment_by_name(study)
    assert experiment is not None
    return len(client.search_runs([experiment.experiment_id], run_view_type=ViewType.DELETED_ONLY))


def _seen(client: MlflowClient, run: Run) -> dict[str, Any]:
    histories = {name: client.get_metric_history(run.info.run_id, name) for name in run.data.metrics}
    return {
        "status": run.info.status,
        "began": run.info.start_time,
        "ended": run.info.end_time,
        "state": run.data.tags["sweep.state"],
        "parameters": dict(run.data.params),
        "points": {
            name: sorted((point.step, point.timestamp, point.value) for point in points)
            for name, points in histories.items()
        },
    }


def _identity(run: Run) -> tuple[str, str]:
    return run.data.tags["sweep.stage"], run.data.tags.get("sweep.trial", "")


def _expected(ledger: Any, trial: Trial, outcome: Outcome) -> dict[str, Any]:
    began, ended = ledger.times(trial)
    points: dict[str, list[tuple[int, int, float]]] = {}
    for report in ledger.epochs.of(trial.number):
        for name, value in report.metrics.items():
            points.setdefault(name, []).append((report.epoch, _ms(report.timestamp), value))
    as_deployed = {name: value for name, value in outcome.metrics.items() if name not in points}
    on_test = outcome.test.metrics if outcome.test else {}
    ended_with = {**as_deployed, **on_test, "objective": outcome.value}
    return {
        "status": "FAILED" if outcome.state == "failed" else "FINISHED",
        "began": _ms(began),
        "ended": _ms(ended),
        "state": outcome.state,
        "parameters": {name: str(value) for name, value in {**trial.spec.parameters, "seed": trial.seed}.items()},
        "points": points | {name: [(outcome.epoch, _ms(began), value)] for name, value in ended_with.items()},
    }


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
