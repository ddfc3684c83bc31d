"""`sweep sync`: the mirror made anew, or complete, from the ledger alone."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from sweep.cli.main import main as sweep
from sweep.launch import data
from sweep.study.storage.lease import Lease
from sweep.tracking.sync import Sent, sync
from tests.cases import shown
from tests.sweep.postgres import Postgres
from tests.sweep.tracking.mirrors import Seen, World, seen
from tests.sweep.tracking.worlds import LONG
from tests.sweep.worlds import RECORD

pytestmark = pytest.mark.lengthy


@pytest.fixture
def world(tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> World:
    """A finished study, searched and compared, with its mirror complete."""
    monkeypatch.chdir(tmp_path)
    world = World(tmp_path, database).open()
    world.search()
    world.compare()
    assert world.end(LONG) == 0
    return world


def synced(world: World) -> Sent:
    return sync(world.file, RECORD)


@pytest.mark.representative
def test_what_was_mirrored_as_it_went_is_what_the_ledger_holds(world: World, database: str) -> None:
    assert seen(database) == world.expected()


def test_a_second_time_changes_nothing(world: World, database: str) -> None:
    before = seen(database)
    assert synced(world).created == 0
    assert seen(database) == before


def test_the_report_that_is_sent_has_the_forecasts_without_a_network_that_the_study_asks_for(world: World) -> None:
    config = world.file.config.model_copy(update={"baselines": ["linear"]})
    sync(replace(world.file, config=config), RECORD)
    told = json.loads(Path("reports/mirrored/report.json").read_text())["facts"]["Without a network"]
    assert {each.split()[0] for each in told.split("; ")} == {"linear"}


def lose_the_database(database: str, empty: bytes) -> None:
    Path(database.removeprefix("sqlite:///")).write_bytes(empty)


def delete_the_experiment(database: str, _: bytes) -> None:
    MlflowClient(database).delete_experiment(experiment_of(database))


def delete_some_runs(database: str, _: bytes) -> None:
    for run in runs(database)[:4]:
        MlflowClient(database).delete_run(run.info.run_id)


def double_a_run(database: str, _: bytes) -> None:
    (run,) = [run for run in runs(database) if run.data.tags.get("sweep.trial") == "1"][:1]
    MlflowClient(database).create_run(run.info.experiment_id, 0, run.data.tags, run.info.run_name)


def leave_a_run_running(database: str, _: bytes) -> None:
    (run,) = [run for run in runs(database) if run.data.tags.get("sweep.trial") == "1"][:1]
    MlflowClient(database).update_run(run.info.run_id, status="RUNNING")


def runs(database: str) -> list[Run]:
    return list(MlflowClient(database).search_runs([experiment_of(database)]))


def experiment_of(database: str) -> str:
    experiment = MlflowClient(database).get_experiment_by_name("mirrored")
    assert experiment is not None
    return str(experiment.experiment_id)


HARM = [lose_the_database, delete_the_experiment, delete_some_runs, double_a_run, leave_a_run_running]


@pytest.mark.parametrize("harm", shown(HARM, 2))
def test_whatever_was_done_to_mlflow_it_is_as_it_was(
    world: World, database: str, empty_database: bytes, harm: Callable[[str, bytes], None]
) -> None:
    before: Seen = seen(database)
    harm(database, empty_database)
    synced(world)
    assert seen(database) == before


def test_the_same_holds_where_mlflow_keeps_its_tables_in_postgresql(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    database = postgres.database("mlflow")
    world = World(tmp_path, database).open()
    world.search()
    world.compare()
    assert world.end(LONG) == 0
    before = seen(database)
    assert before == world.expected()
    delete_some_runs(database, b"")
    assert synced(world).created == 4
    assert seen(database) == before


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[[World], int]:
    """`sweep sync` of a study; its exit code."""
    monkeypatch.setattr(data, "load_data", lambda file: RECORD)
    return lambda world: sweep(["sync", str(world.file.origin.path)])


def test_the_command_says_what_mlflow_holds_now(
    world: World, command: Callable[[World], int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(world) == 0
    said = capsys.readouterr().out
    assert said.startswith("mirrored: in MLflow at sqlite:///")
    assert "6 trials, 10 comparison runs, 64 epochs" in said  # of two arms, three seeds that choose and two that decide


def test_without_mlflow_the_command_ends_with_69_and_says_where_it_looked(
    tmp_path: Path, command: Callable[[World], int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    assert command(World(tmp_path, "http://127.0.0.1:9")) == 69
    assert capsys.readouterr().err.startswith("http://127.0.0.1:9: MLflow cannot be used there: ")


def test_a_study_that_is_not_in_the_ledger_ends_the_command_with_65(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.yaml").write_text("name: new\ndata: {kind: task, name: random_labels}\n")
    assert sweep(["sync", "study.yaml"]) == 65
    assert "'new' is not in the ledger" in capsys.readouterr().err


def test_while_a_launcher_leads_the_study_the_command_leaves_it_the_mirror(
    world: World, command: Callable[[World], int], capsys: pytest.CaptureFixture[str]
) -> None:
    leader = Lease(world.file.config.storage, world.file.config.name)
    leader.acquire()
    assert command(world) == 75
    leader.release()
    assert "another launcher leads this study" in capsys.readouterr().err
