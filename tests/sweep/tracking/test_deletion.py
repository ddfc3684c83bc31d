"""A study's part in MLflow is deleted, and nothing of another study's."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from sweep.cli.main import main as sweep
from sweep.core.errors import LedBySomeoneElse, ServiceUnavailable
from sweep.tracking import registry
from sweep.tracking.card import STUDY
from sweep.tracking.deletion import Part, StudyInMlflow
from sweep.tracking.recorder import Recorder
from tests.sweep.tracking.mirrors import World
from tests.sweep.tracking.worlds import CARD, LONG, record, trial

MADE = ("delete_model_version", "delete_registered_model", "delete_logged_model", "delete_run")


def mirrored(database: str, name: str) -> None:
    """A study of two trials, whose model is logged and registered."""
    recorder = Recorder(database, replace(CARD, name=name))
    recorder.open()
    for number in range(2):
        record(recorder, trial(number))
    recorder.finished("finished")
    run_id = str(recorder.await_study_run(30))
    assert recorder.close(LONG) == 0
    client = MlflowClient(database)
    model = client.create_logged_model(client.get_run(run_id).info.experiment_id, "model", run_id)
    client.finalize_logged_model(model.model_id, "READY")
    registry.register(database, name, f"models:/{model.model_id}", {"sweep.study": name})


def seen(database: str, name: str) -> dict[str, int]:
    """How much MLflow shows of a study."""
    client = MlflowClient(database)
    experiment = client.get_experiment_by_name(name)
    assert experiment
    ids = [experiment.experiment_id]
    return {
        "runs": len(client.search_runs(ids)),
        "models": len(client.search_logged_models(ids)),
        "versions": len(client.search_model_versions(f"name = '{name}'")),
        "registered": len(client.search_registered_models(f"name = '{name}'")),
    }


WHOLE = {"runs": 3, "models": 1, "versions": 1, "registered": 1}
NOTHING = dict.fromkeys(WHOLE, 0)


def always() -> bool:
    return True


def test_its_runs_its_models_and_what_is_registered_go_and_a_study_whose_name_begins_alike_stays(
    database: str,
) -> None:
    for name in ("glucose", "glucose-2"):
        mirrored(database, name)
    study = StudyInMlflow(database, "glucose")
    part = study.look()
    assert [len(part.runs), len(part.models), len(part.versions)] == [3, 1, 1]
    assert part.runs[-1].identity == STUDY
    study.delete(part, always)
    assert study.look() == Part()
    assert not study.look().is_there
    assert (seen(database, "glucose"), seen(database, "glucose-2")) == (NOTHING, WHOLE)
    study.delete(study.look(), always)
    mirrored(database, "glucose")
    assert seen(database, "glucose") == WHOLE


@pytest.mark.parametrize("method", MADE)
def test_wherever_it_is_interrupted_it_goes_on(database: str, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mirrored(database, "glucose")
    study = StudyInMlflow(database, "glucose")

    def fail(*_: Any) -> None:
        raise MlflowException("the server was stopped")

    with monkeypatch.context() as broken:
        broken.setattr(MlflowClient, method, fail)
        with pytest.raises(ServiceUnavailable, match="the server was stopped; the same command goes on"):
            study.delete(study.look(), always)
    assert study.look().is_there
    study.delete(study.look(), always)
    assert seen(database, "glucose") == NOTHING


def test_whoever_does_not_lead_any_more_deletes_nothing(database: str) -> None:
    mirrored(database, "glucose")
    study = StudyInMlflow(database, "glucose")
    with pytest.raises(LedBySomeoneElse, match="another launcher leads it now"):
        study.delete(study.look(), lambda: False)
    assert seen(database, "glucose") == WHOLE


def test_versions_and_runs_of_others_under_the_name_stay(database: str) -> None:
    mirrored(database, "glucose")
    client = MlflowClient(database)
    client.create_model_version("glucose", "file:///somewhere")
    experiment = client.get_experiment_by_name("glucose")
    assert experiment
    client.create_run(experiment.experiment_id)
    study = StudyInMlflow(database, "glucose")
    study.delete(study.look(), always)
    assert seen(database, "glucose") == {"runs": 1, "models": 0, "versions": 1, "registered": 1}
    assert not study.look().is_there


def test_the_command_deletes_there_what_it_says_and_goes_on_where_the_ledger_has_nothing_any_more(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    world = World(tmp_path, database).open()
    world.search()
    assert world.end(LONG) == 0
    world.study.close()
    address, named = f"sqlite:///{tmp_path}/sweep.db", ["--mlflow", "--tracking", database, "--yes"]
    assert sweep(["delete", "mirrored", "--storage", address, "--yes"]) == 0
    capsys.readouterr()
    assert len(seen_runs(database)) == 7
    assert sweep(["delete", "mirrored", "--storage", address, *named]) == 0
    out = capsys.readouterr().out
    assert "ledger       none" in out
    assert f"7 runs, 0 logged models, 0 registered versions at {database}" in out
    assert "until `mlflow gc` removes them" in out
    assert seen_runs(database) == []
    assert sweep(["delete", "mirrored", "--storage", address, *named]) == 65


def seen_runs(database: str) -> list[str]:
    experiment = MlflowClient(database).get_experiment_by_name("mirrored")
    assert experiment
    return [run.info.run_id for run in MlflowClient(database).search_runs([experiment.experiment_id])]


def test_where_there_is_no_mlflow_none_is_made(tmp_path: Path) -> None:
    assert not StudyInMlflow(f"sqlite:///{tmp_path}/none.db", "glucose").look().is_there
    assert list(tmp_path.iterdir()) == []
