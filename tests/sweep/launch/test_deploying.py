"""What people take away from a launch: the model of the run that the verdict recommends, whatever was killed."""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import mlflow.pyfunc
import numpy as np
import pytest
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion

from sweep.config import study_file
from sweep.execution import cluster
from sweep.execution.fakes import FakeTrainer
from sweep.execution.in_process import InProcessPool
from sweep.launch import data, deploying, services, session
from sweep.report import write
from sweep.tracking import deployed_model, registry, sync
from tests.sweep.forecasts import zeros
from tests.sweep.models import package
from tests.sweep.worlds import RECORD
from tests.sweep.worlds import study_file as written
from workers.data.dataset import Dataset
from workers.forecasting.package import FinishedTrial, Forecast, Package, Span
from workers.objective import Objective
from workers.spec import Segment, TrialSpec

pytestmark = pytest.mark.lengthy

STUDY = """
name: small
seed: 1
budget: {trials: 8}
sampler: random
storage: sqlite:///%s/sweep.db
tracking: sqlite:///%s/mlflow.db
data: {kind: task, name: lag_copy, lag: 3, length: 4000, seed: 0}
trial: {epochs: 5, window: 5}
space: {stateful: [true, false], reset_policy: [every_batch, never], learning_rate: {low: 1e-4, high: 1e-2, log: true}}
compare: {seeds: 4}
"""


class Killed(BaseException):
    """The launcher is gone."""


class Trainer(FakeTrainer):
    """Its weights say of which arm, seed and data they are; `never` is far better on the test split.

    kill_after  test splits that are scored, until the launcher is killed
    """

    scored: ClassVar[int] = 0
    kill_after: ClassVar[int] = -1

    def __init__(self, dataset: Dataset, objective: Objective) -> None:
        super().__init__(objective=objective)
        self._timesteps = int(dataset.train.lengths.sum())

    def train(
        self,
        spec: TrialSpec,
        seed: int,
        checkpoint: bytes | None = None,
        seconds: float = 1.0,
        *,
        test: bool = False,
        origin: int = 1,
    ) -> Segment:
        before = json.dumps(json.loads(checkpoint)["epochs"]).encode() if checkpoint else None
        segment = super().train(spec, seed, before, seconds, test=test, origin=origin)
        weights = {"epochs": json.loads(segment.checkpoint), **identity(spec.arm, seed, self._timesteps)}
        scores = segment.test
        if scores is not None:
            Trainer.scored += 1
            if Trainer.scored == Trainer.kill_after:
                raise Killed
            losses = np.full(60, 0.01 if spec.arm == "never" else 1.0, np.float32)
            scores = type(scores)(scores.metrics, losses, scores.positions)
        changed = {"checkpoint": json.dumps(weights).encode(), "test": scores}
        return Segment(**{**vars(segment), **changed})


def identity(arm: str, seed: int, timesteps: int) -> dict[str, object]:
    return {"arm": arm, "seed": seed, "timesteps": timesteps}


def number(weights: dict[str, object]) -> float:
    """What the model with these weights predicts."""
    return int(hashlib.sha256(json.dumps(weights).encode()).hexdigest()[:4], 16) / 2**16


class Pool(InProcessPool):
    """In the place of Ray's."""

    width = mean_width = 1
    warm_seconds = 1.0

    def __init__(self, dataset: Dataset, objective: Objective, *_: object, **__: object) -> None:
        super().__init__([Trainer(dataset, objective)])

    def pack(self, trial: FinishedTrial) -> Package:
        return package(number(json.loads(trial.checkpoint)))

    def forecast(self, _spec: TrialSpec, _checkpoint: bytes, spans: Sequence[Span]) -> list[Forecast]:
        return zeros(spans)


@pytest.fixture(autouse=True)
def _in_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_database: bytes, no_tracking_uri: None) -> None:
    """A launch without Ray, without drawings, and without signals."""
    monkeypatch.chdir(tmp_path)
    Path("mlflow.db").write_bytes(empty_database)
    monkeypatch.setattr(cluster, "RayPool", Pool)
    monkeypatch.setattr(services, "Interrupts", lambda: SimpleNamespace(asked=False, install=lambda: None))
    for name in ("connect", "disconnect"):
        monkeypatch.setattr(cluster, name, lambda *_: None)
    monkeypatch.setattr(data, "load_data", lambda file: RECORD)
    monkeypatch.setattr(write, "pngs", lambda report: {})
    monkeypatch.setattr(Trainer, "scored", 0)
    monkeypatch.setattr(Trainer, "kill_after", -1)


@pytest.fixture
def launch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Launches the study; the object that is printed, and what is said."""

    def run(*overrides: str) -> tuple[dict[str, Any], str]:
        capsys.readouterr()
        path = written(tmp_path, STUDY.replace("%s", str(tmp_path)))
        assert session.run(str(path), overrides, "text", as_json=True) == 0
        said = capsys.readouterr()
        return json.loads(said.out), said.err

    return run


def tracking() -> str:
    return f"sqlite:///{Path.cwd()}/mlflow.db"


def champion() -> ModelVersion:
    return MlflowClient(tracking()).get_model_version_by_alias("small", "champion")


def versions() -> int:
    return len(MlflowClient(tracking()).search_model_versions())


def predicted(address: str) -> float:
    mlflow.set_tracking_uri(tracking())
    model = mlflow.pyfunc.load_model(address)
    return float(model.predict(model.input_example)["target"].mean())


def kept() -> list[str]:
    return sorted(path.name for path in Path("artifacts/small").iterdir())


def check(printed: dict[str, Any], arm: str) -> None:
    """The logged model is that of a run of this arm, and everything says so."""
    deployed, tags = printed["deployed"], champion().tags
    assert deployed["arm"] == tags["sweep.arm"] == arm
    assert (tags["sweep.stage"], tags["sweep.trial"]) == (deployed["stage"], str(deployed["number"]))
    assert deployed["model"] == "models:/small@champion"
    weights = {"epochs": 5, **identity(arm, deployed["seed"], len(RECORD.train.timesteps))}
    assert predicted(deployed["model"]) == pytest.approx(number(weights), abs=1e-5)
    best, own = f"search-{printed['best']['number']}", f"{deployed['stage']}-{deployed['number']}"
    assert kept() == sorted({f"{name}.checkpoint" for name in (best, own)})


@pytest.mark.representative
def test_the_logged_model_is_of_the_arm_that_is_recommended(launch: Callable[..., Any]) -> None:
    printed, _ = launch()
    assert printed["verdict"]["recommendation"]["arm"] == "never"
    check(printed, "never")
    report = json.loads(Path("reports/small/report.json").read_text())
    assert report["deployed"] == {name: value for name, value in printed["deployed"].items() if name != "model"}
    assert "Deployed: <b>never at setting" in Path("reports/small/report.html").read_text()


def in_the_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    Trainer.kill_after = 9


def before_it_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    fail_once(monkeypatch, deploying, "choose")


def before_it_is_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    fail_once(monkeypatch, deployed_model, "log")


def before_it_is_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    fail_once(monkeypatch, registry, "register")


def before_the_alias_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    fail_once(monkeypatch, MlflowClient, "set_registered_model_alias")


def fail_once(monkeypatch: pytest.MonkeyPatch, owner: object, name: str) -> None:
    whole = getattr(owner, name)

    def killed(*_: object, **__: object) -> None:
        monkeypatch.setattr(owner, name, whole)
        raise Killed

    monkeypatch.setattr(owner, name, killed)


KILLS = (
    in_the_comparison,
    before_it_is_logged,
    before_it_is_chosen,
    before_it_is_registered,
    before_the_alias_moves,
)


@pytest.mark.slow
@pytest.mark.sampled(2)
@pytest.mark.parametrize("kill", KILLS)
def test_wherever_the_launcher_was_killed_the_next_one_logs_the_same_and_trains_no_run_twice(
    launch: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, kill: Callable[[pytest.MonkeyPatch], None]
) -> None:
    kill(monkeypatch)
    with pytest.raises(Killed):
        launch()
    Trainer.kill_after = -1
    printed, said = launch()
    check(printed, "never")
    assert versions() == 1
    assert "again" not in said


@pytest.mark.slow
def test_the_same_launch_again_is_no_new_version(launch: Callable[..., Any]) -> None:
    first, again = launch()[0], launch()[0]
    assert first["deployed"] == again["deployed"]
    assert versions() == 1


def test_weights_that_are_not_on_this_machine_are_trained_again_which_is_said(launch: Callable[..., Any]) -> None:
    deployed = launch()[0]["deployed"]
    path = Path(f"artifacts/small/compare-{deployed['number']}.checkpoint")
    path.unlink()
    printed, said = launch()
    assert f"training {deployed['name']} again, since its weights are not on this machine" in said
    check(printed, "never")
    assert versions() == 1
    assert path.exists()


@pytest.mark.slow
def test_where_training_again_gives_other_numbers_a_warning_says_so(
    launch: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed = launch()[0]["deployed"]
    Path(f"artifacts/small/compare-{deployed['number']}.checkpoint").unlink()
    report = Trainer._report

    def otherwise(self: Trainer, *arguments: Any) -> Any:
        found = report(self, *arguments)
        return type(found)(found.epoch, {name: 2 * value for name, value in found.metrics.items()}, found.timestamp)

    monkeypatch.setattr(Trainer, "_report", otherwise)
    assert "processors of another kind round otherwise" in launch()[1]


@pytest.mark.slow
def test_another_arm_that_is_asked_for_is_a_new_version_to_which_the_alias_moves(launch: Callable[..., Any]) -> None:
    launch()
    printed, _ = launch("deploy.arm=stateless")
    check(printed, "stateless")
    assert (printed["deployed"]["reason"], versions()) == ("asked for", 2)


def example() -> list[list[float]]:
    mlflow.set_tracking_uri(tracking())
    rows: list[list[float]] = mlflow.pyfunc.load_model("models:/small@champion").input_example.to_numpy().tolist()
    return rows


@pytest.mark.slow
def test_rows_of_the_data_are_in_the_model_only_while_they_may_be_published(launch: Callable[..., Any]) -> None:
    launch()
    rows, made_up = package(0.0).example, package(0.0).made_up
    assert rows is not None
    assert np.array(example()) == pytest.approx(rows.to_numpy(), rel=1e-5)
    launch("publish.rows=false")
    assert np.array(example()) == pytest.approx(made_up.to_numpy(), rel=1e-5)
    assert versions() == 2


@pytest.mark.slow
def test_without_a_comparison_it_is_the_best_trial_of_the_search(launch: Callable[..., Any]) -> None:
    printed, _ = launch("compare=none")
    check(printed, printed["best"]["arm"])
    assert printed["deployed"]["number"] == printed["best"]["number"]
    assert champion().tags["sweep.test_score"] == "none"


@pytest.mark.slow
def test_refit_is_trained_on_every_timestep_for_the_runs_best_epochs_and_has_no_score(
    launch: Callable[..., Any],
) -> None:
    printed, said = launch("deploy.refit=true")
    deployed, tags = printed["deployed"], champion().tags
    assert (deployed["arm"], deployed["test_score"], tags["sweep.test_score"]) == ("never", None, "none")
    assert tags["sweep.refit"] == "true"
    weights = {"epochs": deployed["epochs"], **identity("never", deployed["seed"], len(RECORD.timeline.features))}
    assert predicted("models:/small@champion") == pytest.approx(number(weights))
    assert f"training {deployed['name']} on all data" in said
    assert f"refit-{deployed['number']}.checkpoint" in kept()
    assert "on all data" not in launch("deploy.refit=true")[1]
    assert versions() == 1


@pytest.mark.slow
def test_sync_registers_the_same_in_another_mlflow_from_the_ledger_and_the_weights(
    launch: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, empty_database: bytes, tmp_path: Path
) -> None:
    printed, _ = launch()
    elsewhere = f"sqlite:///{tmp_path}/elsewhere.db"
    Path("elsewhere.db").write_bytes(empty_database)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", elsewhere)
    monkeypatch.setattr(sync, "RayPool", Pool)
    for _ in range(2):
        assert sync.sync(study_file.load("study.yaml"), RECORD).model
    client = MlflowClient(elsewhere)
    (version,) = client.search_model_versions()
    assert client.get_model_version_by_alias("small", "champion").version == version.version
    assert version.tags == champion().tags
    assert version.tags["sweep.trial"] == str(printed["deployed"]["number"])


@pytest.mark.slow
def test_sync_trains_nothing_where_the_weights_are_not_on_this_machine(
    launch: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    printed, _ = launch()
    Path(f"artifacts/small/compare-{printed['deployed']['number']}.checkpoint").unlink()
    assert not sync.sync(study_file.load("study.yaml"), RECORD).model


def test_a_model_that_cannot_be_logged_costs_only_a_warning(
    launch: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr(deployed_model, "log_model", refuse)
    printed, said = launch()
    assert (printed["deployed"]["arm"], printed["deployed"]["model"]) == ("never", None)
    assert "warning: the deployed model was not logged: no room" in said


def kept_forecasts(tmp_path: Path) -> list[str]:
    """What the ledger has of the forecasts that a report shows."""
    with closing(sqlite3.connect(tmp_path / "sweep.db")) as ledger:
        rows = ledger.execute("SELECT value_json FROM study_user_attributes WHERE key = 'stretches'").fetchall()
    return [row[0] for row in rows]


@pytest.mark.slow
def test_forecasts_are_kept_for_the_report_unless_rows_are_not_to_be_published(
    launch: Callable[..., Any], tmp_path: Path
) -> None:
    launch("publish.rows=false")
    assert kept_forecasts(tmp_path) == []
    launch()
    (found,) = kept_forecasts(tmp_path)
    assert json.loads(found)["stretches"][0]["which"] == "worst"


def test_a_worker_that_cannot_forecast_costs_a_picture_alone(
    launch: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> list[Forecast]:
        raise ValueError("no memory")

    monkeypatch.setattr(Pool, "forecast", fail)
    result, said = launch()
    assert "warning: the report shows no forecasts: ValueError: no memory" in said
    assert kept_forecasts(tmp_path) == []
    assert result["state"] == "finished"
