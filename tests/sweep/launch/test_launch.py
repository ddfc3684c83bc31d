"""The command, as a user runs it: real Ray, Optuna, MLflow and TensorFlow, on a small task."""

import contextlib
import json
import os
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import psutil
import pytest
from mlflow import MlflowClient

from sweep.cli.main import main as sweep
from sweep.execution import cluster
from sweep.execution.cluster import inspection
from sweep.launch.__main__ import main
from sweep.study.finding import kept

PATIENCE = 250  # seconds; to train 100,000 epochs takes longer
STUDY = """
name: copy
seed: 3
budget: {trials: 5}
workers: {count: 2}
data: {kind: task, name: lag_copy, lag: 3, length: 6000, seed: 0}
trial: {units: 8, window: 5, epochs: 3, learning_rate: 0.01, batch_size: 8}
space:
  stateful: [true, false]
  reset_policy: [every_batch, every_epoch]
  learning_rate: {low: 1e-3, high: 1e-1, log: true}
enqueue:
  - {name: default, stateful: false, shuffle: true, learning_rate: 0.01}
  - {name: per-batch, stateful: true, reset_policy: every_batch, learning_rate: 0.01}
  - {name: per-batch-again, stateful: false, learning_rate: 0.01}
compare: {seeds: 2}
"""


def command(
    *arguments: str, folder: Path, temporary: str = "/tmp", scratch: Path | None = None
) -> subprocess.Popen[str]:
    """temporary: Ray's folder; scratch: of all else that is temporary."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("RAY_", "MLFLOW_"))}
    environment |= {"RAY_TMPDIR": temporary} | ({"TMPDIR": str(scratch)} if scratch else {})
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    call = [sys.executable, "-m", "sweep.launch", "study.yaml", "--json", *arguments]
    return subprocess.Popen(call, cwd=folder, env=environment, start_new_session=True, **pipes)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    (folder / "study.yaml").write_text(STUDY)
    return folder


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scratch")


@pytest.fixture(scope="module")
def first(real_services: None, folder: Path, scratch: Path) -> dict[str, Any]:
    """What the first launch printed."""
    process = command(folder=folder, scratch=scratch)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    printed: dict[str, Any] = json.loads(out)
    return printed


def runs(folder: Path, study: str = "copy") -> list[Any]:
    client = MlflowClient(f"sqlite:///{folder}/mlflow.db")
    experiment = client.get_experiment_by_name(study)
    assert experiment is not None
    return list(client.search_runs([experiment.experiment_id]))


@pytest.mark.representative
def test_one_object_says_what_came_out(first: dict[str, Any]) -> None:
    assert first["study"] == "copy"
    assert first["state"] == "finished"
    assert first["trials"] == {"complete": 5, "pruned": 0, "failed": 0, "running": 0, "reused": 1}
    assert set(first["baselines"]) == {"majority", "logistic", "boosting"}
    assert 0 < first["efficiency"] <= first["efficiency_warm"] <= 1
    assert list(first["worker_seconds"]) == ["starting", "compiling", "training", "evaluating", "waiting"]
    assert min(first["worker_seconds"].values()) >= 0 < first["worker_seconds"]["training"]


@pytest.mark.representative
def test_it_leaves_nothing_in_the_temporary_folder(first: dict[str, Any], scratch: Path) -> None:
    assert list(scratch.iterdir()) == []


@pytest.mark.representative
def test_the_verdict_compares_every_arm_with_a_stateless_one_on_the_test_split(first: dict[str, Any]) -> None:
    verdict = first["verdict"]
    assert verdict["reference"] in ("stateless", "stateless-shuffled")
    assert {"margin", "confidence", "sentence"} < set(verdict)
    assert (verdict["crossed"], verdict["level"]) == (True, pytest.approx(0.9625))
    fields = {"arm", "setting", "seeds", "mean", "sd", "test_mean", "difference", "interval", "p_holm", "decision"}
    assert all(fields < set(arm) and arm["seeds"] == 2 for arm in verdict["arms"])
    assert {row["name"] for row in verdict["against"]} == set(verdict["baselines"]) == set(first["baselines"])


@pytest.mark.representative
def test_what_it_found_is_in_the_ledger_for_whoever_shows_studies_side_by_side(
    first: dict[str, Any], folder: Path
) -> None:
    found = kept(f"sqlite:///{folder}/sweep.db", "copy")
    assert found
    assert found.verdict
    assert found.verdict["recommendation"] == first["verdict"]["recommendation"]
    assert found.test


@pytest.mark.representative
def test_every_arm_has_a_setting_whose_fields_are_told_and_so_has_what_is_recommended(first: dict[str, Any]) -> None:
    verdict = first["verdict"]
    assert all(arm["setting"] in verdict["settings"] for arm in verdict["arms"])
    assert {cell["arm"] for cell in verdict["cells"]} == {arm["arm"] for arm in verdict["arms"]}
    recommended = verdict["recommendation"]
    setting = verdict["settings"][recommended["setting"]]
    assert recommended["parameters"]["learning_rate"] == setting["learning_rate"]


@pytest.mark.representative
def test_the_comparisons_runs_are_in_mlflow_beside_the_searchs(first: dict[str, Any], folder: Path) -> None:
    compared = [run for run in runs(folder) if run.data.tags["sweep.stage"] == "compare"]
    assert len(compared) == sum(cell["seeds"] for cell in first["verdict"]["cells"])
    seeds = {run.info.run_name.rpartition(" seed ")[2] for run in compared}
    assert seeds == {"1", "2", "3", "4", "5"}  # three choose the settings, and two others decide
    assert all("validation/loss" in run.data.metrics for run in compared)
    arms = {run.info.run_name: run for run in runs(folder) if run.data.tags["sweep.stage"] == "arm"}
    verdict = {arm["arm"]: arm for arm in first["verdict"]["arms"]}
    assert {name: run.data.tags["sweep.decision"] for name, run in arms.items()} == {
        name: arm["decision"] for name, arm in verdict.items()
    }
    assert {name: run.data.metrics["runs"] for name, run in arms.items()} == {
        name: arm["seeds"] for name, arm in verdict.items()
    }


@pytest.mark.representative
def test_the_best_trial_is_named_with_its_arm_parameters_metrics_and_run(first: dict[str, Any], folder: Path) -> None:
    best = first["best"]
    assert best["value"] == best["metrics"]["validation/loss"]
    assert best["parameters"]["units"] == 8
    assert ("reset_policy" in best["parameters"]) == best["parameters"]["stateful"]
    assert MlflowClient(f"sqlite:///{folder}/mlflow.db").get_run(best["run_id"]).data.tags["sweep.arm"] == best["arm"]


@pytest.mark.representative
def test_mlflow_holds_one_run_a_trial_under_one_for_the_study(first: dict[str, Any], folder: Path) -> None:
    parents = [run for run in runs(folder) if run.data.tags["sweep.stage"] == "study"]
    children = [run for run in runs(folder) if run.data.tags["sweep.stage"] == "search"]
    assert len(parents) == 1
    assert sorted(int(run.data.tags["sweep.trial"]) for run in children) == list(range(5))
    assert {run.data.tags["mlflow.parentRunId"] for run in children} == {parents[0].info.run_id}
    assert {run.info.status for run in runs(folder)} == {"FINISHED"}


@pytest.mark.representative
def test_every_epochs_metrics_are_there_against_epochs(first: dict[str, Any], folder: Path) -> None:
    client = MlflowClient(f"sqlite:///{folder}/mlflow.db")
    for name in ("train/loss", "validation/loss", "validation/loss_cold", "resets"):
        history = client.get_metric_history(first["best"]["run_id"], name)
        assert [point.step for point in history] == [0, 1, 2]


@pytest.mark.representative
def test_the_ledger_is_optunas_own(first: dict[str, Any], folder: Path) -> None:
    study = optuna.load_study(study_name="copy", storage=f"sqlite:///{folder}/sweep.db")
    assert len(study.trials) == 5
    assert study.trials[first["best"]["number"]].value == first["best"]["value"]


@pytest.mark.representative
def test_the_deployed_model_is_the_recommended_runs_and_predicts_from_raw_inputs(
    first: dict[str, Any], folder: Path
) -> None:
    import mlflow.pyfunc  # noqa: PLC0415  (it takes seconds)

    client = MlflowClient(f"sqlite:///{folder}/mlflow.db")
    (logged,) = client.search_logged_models([first["experiment_id"]])
    version = client.get_model_version_by_alias("copy", "champion")
    assert version.source == logged.artifact_location
    recommended, deployed = first["verdict"]["recommendation"], first["deployed"]
    assert (deployed["model"], deployed["arm"]) == ("models:/copy@champion", recommended["arm"])
    assert (version.tags["sweep.arm"], version.tags["sweep.trial"]) == (recommended["arm"], str(deployed["number"]))
    model = mlflow.pyfunc.load_model(logged.artifact_location)
    predicted = model.predict(model.input_example)
    assert list(predicted.columns) == ["label", "probability_0", "probability_1"]
    assert predicted.filter(like="probability_").sum(axis=1).to_numpy() == pytest.approx(1)


@pytest.mark.representative
def test_the_report_is_written_mirrored_and_written_again_on_request(
    first: dict[str, Any], folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    page = folder / first["report"]
    assert first["verdict"]["sentence"].split(":")[0] in page.read_text()
    content = json.loads(page.with_suffix(".json").read_text())
    assert content["verdict"] == first["verdict"]
    assert (content["metric"], content["curves_of"]) == ("validation/loss_deployed", "validation/loss")
    (study,) = [run for run in runs(folder) if run.data.tags["sweep.stage"] == "study"]
    client = MlflowClient(f"sqlite:///{folder}/mlflow.db")
    assert "report/report.html" in [file.path for file in client.list_artifacts(study.info.run_id, "report")]
    page.unlink()
    assert sweep(["report", "study.yaml"]) == 0
    assert first["verdict"]["sentence"] in capsys.readouterr().out
    assert page.exists()


def test_the_same_command_with_more_trials_continues(first: dict[str, Any], folder: Path) -> None:
    process = command("--trials", "7", folder=folder)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    again = json.loads(out)
    assert again["trials"]["complete"] == 7
    before, after = (found["best"]["metrics"]["validation/error_deployed"] for found in (first, again))
    assert after <= before
    assert len([run for run in runs(folder) if run.data.tags["sweep.stage"] == "search"]) == 7


@pytest.mark.services
def test_ctrl_c_twice_ends_everything_at_once(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(STUDY)
    process = command("--set", "trial.epochs=100000", "--workers", "1", folder=tmp_path)
    wait_until(lambda: "default" in names(tmp_path))
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    wait_until(lambda: not any(map(alive, children)))


def as_by_a_terminal(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)


def as_by_timeout(process: subprocess.Popen[str]) -> None:
    """To each process of the group."""
    os.killpg(process.pid, signal.SIGTERM)


@pytest.mark.services
@pytest.mark.parametrize("stop", [as_by_a_terminal, as_by_timeout])
def test_ctrl_c_stops_within_seconds_leaves_no_process_and_the_same_command_continues(
    tmp_path: Path, stop: Callable[[subprocess.Popen[str]], None]
) -> None:
    (tmp_path / "study.yaml").write_text(STUDY)
    long = ("--set", "trial.epochs=100000", "--workers", "1", "--set", "name=long")
    process = command(*long, folder=tmp_path)
    wait_until(lambda: "default" in names(tmp_path))
    children = psutil.Process(process.pid).children(recursive=True)
    stop(process)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, err
    assert any(line.startswith("stopping after the segments under way") for line in err.splitlines()), err
    assert json.loads(out)["state"] == "stopped"
    if unsent := re.search("`(.*sweep sync .*)` sends them", err):  # where the disk is very busy
        subprocess.run(shlex.split(unsent[1]), cwd=tmp_path, check=True, timeout=PATIENCE)
    assert {run.info.status for run in runs(tmp_path, "long")} == {"KILLED"}
    wait_until(lambda: not any(map(alive, children)))


def names(folder: Path) -> str:
    """The names of the runs that MLflow has; a client of its own would create its tables at the same time."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{folder}/mlflow.db?mode=ro", uri=True)) as database:
            return " ".join(name for (name,) in database.execute("select name from runs"))
    except sqlite3.OperationalError:
        return ""


def alive(process: psutil.Process) -> bool:
    return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)


def wait_until(condition: Any, seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.2)


def write(folder: Path, change: str = " -> ") -> str:
    """The study file, in which `old -> new` is replaced; its path."""
    old, new = change.split(" -> ")
    assert old in STUDY
    path = folder / "study.yaml"
    path.write_text(STUDY.replace(old, new) if old else STUDY)
    return str(path)


WRONG = [  # what is changed in the study file, and what the message says
    ("units: 8 -> unist: 8", "trial.unist: no such field; did you mean units?"),
    ("window: 5 -> window: 7000", "7000 timesteps are more than the longest sequence has: 6000"),
    (
        "seed: 3 -> objective: {metric: validation/rmse}",
        "there is no metric 'validation/rmse' here; there is train/loss",
    ),
    ("kind: task, name: lag_copy -> kind: table, name: lag_copy", "data.name: no such field"),
    (
        "seed: 3 -> deploy: {arm: decay}",
        "deploy.arm: no trial of this study can be decay; the space leads to ",
    ),
    ("seed: 0} -> seed: 0, split: {validation: 0.6, test: 0.5}}", "leave nothing to train on"),
]


@pytest.mark.parametrize(("change", "says"), WRONG)
def test_what_is_wrong_is_said_in_one_message_with_its_place_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], change: str, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("connect", "disconnect"):  # the cluster of a launch, which begins before the data are read
        monkeypatch.setattr(cluster, name, lambda *_: None)
    assert main([write(tmp_path, change)]) == 65
    said = capsys.readouterr().err
    assert says in said
    assert "study.yaml:" in said
    assert "Traceback" not in said
    assert [path.name for path in tmp_path.iterdir()] == ["study.yaml"]


@pytest.mark.services
def test_a_study_that_is_refused_while_ray_starts_leaves_no_ray_behind(tmp_path: Path) -> None:
    write(tmp_path, "window: 5 -> window: 7000")
    with tempfile.TemporaryDirectory(prefix="r", dir="/tmp") as folder:
        process = command("--set", "workers.count=1", folder=tmp_path, temporary=folder)
        out, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 65
        assert out == ""
        assert "7000 timesteps are more than the longest sequence has" in err
        assert len(err.splitlines()) <= 4  # with its place in two; one says what is waited for, on a slow machine
        assert list(Path(folder).iterdir()) == []
    left = [each.environ()[inspection.MARK] for each in inspection.left_behind()]
    assert not [mark for mark in left if mark.split()[1] == str(process.pid)]
    assert [path.name for path in tmp_path.iterdir()] == ["study.yaml"]


def test_a_dry_run_checks_everything_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([write(tmp_path), "--dry-run"]) == 0
    assert "more distinct configurations than can be counted" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["study.yaml"]


@pytest.mark.services
@pytest.mark.parametrize(
    "override",
    [
        "tracking=http://127.0.0.1:9",
        "storage=sqlite:////proc/sweep.db",
    ],
)
def test_a_service_that_cannot_be_reached_ends_a_new_study_with_69(tmp_path: Path, override: str) -> None:
    (tmp_path / "study.yaml").write_text(STUDY)
    process = command("--set", override, folder=tmp_path)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 69
    assert override.split("=")[1].split("/")[2] in err
    assert "Traceback" not in err


@pytest.mark.parametrize("arguments", [[], ["--unknown"], ["a.yaml", "b.yaml"]])
def test_wrong_usage_ends_with_2(arguments: list[str]) -> None:
    assert main(arguments) == 2
