"""The deployed model in MLflow's registry: one version a model, and the alias `champion` on the deployed one."""

import json
from collections.abc import Iterator
from dataclasses import replace

import mlflow.pyfunc
import numpy as np
import pytest
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from sweep.config.sections import StudyConfig
from sweep.core.trials import Outcome, Run, Trial
from sweep.study.deployment import Deployment
from sweep.tracking import deployed_model, model_page, registry
from sweep.tracking.model import log_model
from sweep.tracking.outbox import Away
from sweep.tracking.recorder import Recorder
from sweep.tracking.server import basic_login
from tests.sweep.comparison.arms import recorded
from tests.sweep.models import package
from tests.sweep.tracking.worlds import CARD, LONG, START, trial
from tests.sweep.tracking_server import SETTINGS, TrackingServer, posted
from tests.sweep.worlds import RECORD
from workers.forecasting.package import Package
from workers.objective import Objective
from workers.spec import TestScores

SPEC = trial().canonical
SCORES = TestScores({"test/loss_deployed": 0.25, "test/rmse_deployed": 0.5}, np.zeros(2, np.float32), {})
COMPARED: Trial = replace(trial(7), stage="compare", seed=5)
DEPLOYED = Deployment(Run(COMPARED, Outcome("complete", 1.0, 3, test=SCORES)), Objective(), "B", "recommended")
STUDY = StudyConfig.model_validate({"name": "glucose", "data": {"kind": "arrays", "path": "rows.npz"}})
TAGS = registry.version_tags("glucose", DEPLOYED, "3f2a")


def logged(recorder: Recorder, number: float = 1.0) -> str:
    return log_model(recorder.tracking_uri, str(recorder.study_run_id), package(number))


def versions(recorder: Recorder) -> list[int]:
    return sorted(int(each.version) for each in MlflowClient(recorder.tracking_uri).search_model_versions())


def champion(recorder: Recorder) -> int:
    return int(MlflowClient(recorder.tracking_uri).get_model_version_by_alias("glucose", "champion").version)


def predicted(recorder: Recorder, address: str) -> float:
    mlflow.set_tracking_uri(recorder.tracking_uri)
    model = mlflow.pyfunc.load_model(address)
    return round(float(model.predict(model.input_example)["target"].mean()), 4)


def register(recorder: Recorder, model: str) -> str:
    return registry.register(recorder.tracking_uri, "glucose", model, TAGS)


def test_the_version_says_which_run_s_model_it_is_and_what_it_scored(recorder: Recorder) -> None:
    model = logged(recorder)
    for _ in range(2):
        assert register(recorder, model) == "models:/glucose@champion"
    client, own = MlflowClient(recorder.tracking_uri), model.removeprefix("models:/")
    version = client.get_model_version_by_alias("glucose", "champion")
    assert json.loads(client.get_logged_model(own).tags["mlflow.modelVersions"]) == [
        {"name": "glucose", "version": "1"}
    ]
    assert version.run_id == recorder.study_run_id
    assert version.tags == {
        "sweep.study": "glucose",
        "sweep.model": own,
        "sweep.stage": "compare",
        "sweep.trial": "7",
        "sweep.arm": "every_epoch",
        "sweep.setting": "B",
        "sweep.seed": "5",
        "sweep.key": "key-7",
        "sweep.test_score": "0.25",
        "sweep.refit": "false",
        "sweep.data_digest": "3f2a",
    }


def test_a_model_that_was_trained_on_all_data_has_no_score() -> None:
    tags = registry.version_tags("glucose", replace(DEPLOYED, refit=True), "3f2a")
    assert (tags["sweep.test_score"], tags["sweep.refit"]) == ("none", "true")


def test_the_same_model_again_is_no_new_version(recorder: Recorder) -> None:
    for _ in range(2):
        register(recorder, logged(recorder))
    assert (versions(recorder), champion(recorder)) == ([1], 1)


def test_a_changed_winner_is_a_new_version_and_the_alias_moves_and_back(recorder: Recorder) -> None:
    register(recorder, logged(recorder, 1.0))
    address = register(recorder, logged(recorder, 2.0))
    assert (versions(recorder), champion(recorder)) == ([1, 2], 2)
    assert predicted(recorder, address) == 2.0
    assert predicted(recorder, "models:/glucose/1") == 1.0
    register(recorder, logged(recorder, 1.0))
    assert (versions(recorder), champion(recorder)) == ([1, 2], 1)


def test_what_was_killed_between_version_and_alias_is_completed(recorder: Recorder) -> None:
    model = logged(recorder)
    register(recorder, model)
    client = MlflowClient(recorder.tracking_uri)
    client.delete_registered_model_alias("glucose", "champion")
    client.delete_model_version_tag("glucose", "1", "sweep.arm")
    register(recorder, model)
    assert (versions(recorder), champion(recorder)) == ([1], 1)
    assert client.get_model_version("glucose", "1").tags["sweep.arm"] == "every_epoch"


class Pool:
    """One that exports a model without training one."""

    def pack(self, *_: object) -> Package:
        return package(1.0)


def test_without_a_registry_the_model_is_logged_all_the_same_and_a_warning_says_so(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise MlflowException("Permission denied", error_code=3)

    monkeypatch.setattr(MlflowClient, "create_registered_model", refuse)
    arguments = (DEPLOYED, b"weights", RECORD, Pool(), recorder)
    address = deployed_model.log(STUDY, *arguments)  # type: ignore[arg-type]
    assert address.startswith("models:/m-")
    assert predicted(recorder, address) == 1.0
    said = capsys.readouterr().err
    assert f"warning: the deployed model is {address}, but is not registered: Permission denied" in said


def test_the_model_has_parameters_metrics_of_its_run_with_their_data_and_a_description_and_all_of_it_once(
    recorder: Recorder,
) -> None:
    recorder.on_trial_start(COMPARED, START)
    recorder.on_trial_end(COMPARED, DEPLOYED.run.outcome, START + 60)
    recorder.outbox.drain(LONG)
    found = recorded("stateless", "every_sequence")
    for verdict in (None, found, found):
        deployed_model.log(STUDY, DEPLOYED, b"weights", RECORD, Pool(), recorder, verdict)  # type: ignore[arg-type]
    client = MlflowClient(recorder.tracking_uri)
    version = client.get_model_version_by_alias("glucose", "champion")
    (model,) = client.search_logged_models([recorder.experiment_id])
    assert model.params == {name: str(value) for name, value in {**SPEC.parameters, "seed": 5}.items()}
    metrics = {metric.key: metric for metric in model.metrics or []}
    assert len(metrics) == len(model.metrics or [])
    assert {name: metric.value for name, metric in metrics.items()} == {"objective": 1.0, **SCORES.metrics}
    data = {(metric.dataset_name, metric.dataset_digest) for metric in metrics.values()}
    assert data == {("glucose.csv", "3f2a")}
    assert versions(recorder) == [1]
    for described in (version, client.get_registered_model("glucose")):
        said = str(described.description)
        assert said.startswith(f"{found.sentence}\n\nRecommended: every_sequence, 18.9")
        assert 'load_model("models:/glucose@champion")' in said
        assert f"](#/experiments/{recorder.experiment_id}/models/{model.model_id}?" in said
        assert model.tags["mlflow.note.content"] == said


def test_a_model_that_was_trained_on_all_data_has_no_metrics(recorder: Recorder) -> None:
    model = logged(recorder)
    model_page.describe(recorder.tracking_uri, CARD, replace(DEPLOYED, refit=True), model)
    found = MlflowClient(recorder.tracking_uri).get_logged_model(model.removeprefix("models:/"))
    assert not found.metrics
    assert found.params["seed"] == "5"


class Replaced:
    """Whether a launcher still leads, that is replaced once it has been asked so often."""

    def __init__(self, times: int) -> None:
        self._left = times

    def __call__(self) -> bool:
        self._left -= 1
        return self._left >= 0


@pytest.mark.parametrize("writes", [1, 3])
def test_a_launcher_that_is_replaced_while_it_logs_a_model_writes_no_more_and_its_successor_leaves_one(
    recorder: Recorder, writes: int
) -> None:
    run_id = str(recorder.study_run_id)
    with pytest.raises(Away):
        log_model(recorder.tracking_uri, run_id, package(1.0), Replaced(writes))
    model = logged(recorder)
    client = MlflowClient(recorder.tracking_uri)
    left = client.search_logged_models([client.get_run(run_id).info.experiment_id])
    assert [(each.model_uri, each.status) for each in left] == [(model, "READY")]


@pytest.mark.parametrize("writes", [1, 2])
def test_a_launcher_that_is_replaced_while_it_registers_a_model_makes_no_second_version(
    recorder: Recorder, writes: int
) -> None:
    model = logged(recorder)
    with pytest.raises(Away):
        registry.register(recorder.tracking_uri, "glucose", model, TAGS, Replaced(writes))
    assert versions(recorder) == ([1] if writes > 1 else [])
    assert register(recorder, model) == "models:/glucose@champion"
    assert versions(recorder) == [1]


def test_a_launcher_that_slept_while_it_made_a_version_takes_back_the_second_one(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, makes, leads = logged(recorder), MlflowClient.create_model_version, [True]

    def slowly(client: MlflowClient, *arguments: object, **named: object) -> ModelVersion:
        monkeypatch.setattr(MlflowClient, "create_model_version", makes)
        leads.clear()
        register(recorder, model)  # the successor does
        return makes(client, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(MlflowClient, "create_model_version", slowly)
    with pytest.raises(Away):
        registry.register(recorder.tracking_uri, "glucose", model, TAGS, lambda: bool(leads))
    assert (versions(recorder), champion(recorder)) == ([1], 1)


ACCOUNTS = """[mlflow]
default_permission = NO_PERMISSIONS
database_uri = sqlite:///{}/accounts.db
admin_username = boss
admin_password = password-of-the-boss
"""


@pytest.fixture(scope="module")
def server(real_services: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrackingServer]:
    """A server with accounts, and one of them that is not its administrator's, as in the cluster."""
    folder = tmp_path_factory.mktemp("server")
    (folder / "auth.ini").write_text(ACCOUNTS.format(folder))
    accounts = {"MLFLOW_AUTH_CONFIG_PATH": str(folder / "auth.ini"), "MLFLOW_FLASK_SERVER_SECRET_KEY": "of-forms"}
    server = TrackingServer(folder, f"sqlite:///{folder}/mlflow.db", ["--app-name=basic-auth"], SETTINGS | accounts)
    server.start()
    yield server
    server.stop()


@pytest.mark.slow
@pytest.mark.timeout(1800)  # each request has its password checked, which takes long by design
def test_an_account_that_is_no_administrator_registers_over_http(
    server: TrackingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = {"username": "sweep", "password": "password-of-sweep"}
    posted(f"{server.address}/api/2.0/mlflow/users/create", account, basic_login("boss", "password-of-the-boss"))
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", account["username"])
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", account["password"])
    monkeypatch.setenv(
        "MLFLOW_HTTP_REQUEST_TIMEOUT", f"{LONG:.0f}"
    )  # whoever is busy, nothing repeats what times out here
    recorder = Recorder(server.address, CARD)
    recorder.open()
    for number in (1.0, 2.0, 2.0):
        address = register(recorder, logged(recorder, number))
    assert (versions(recorder), champion(recorder)) == ([1, 2], 2)
    assert predicted(recorder, address) == 2.0
    assert recorder.close(LONG) == 0


@pytest.mark.lengthy
def test_so_many_versions_stay_and_those_with_an_alias_and_those_of_others(recorder: Recorder) -> None:
    client = MlflowClient(recorder.tracking_uri)
    for number in range(1, 6):
        register(recorder, logged(recorder, float(number)))
    client.set_registered_model_alias("glucose", "approved", "1")
    client.create_model_version("glucose", "file:///of-somebody-else")
    assert registry.forget_earlier(recorder.tracking_uri, "glucose", 2) == 2
    assert (versions(recorder), champion(recorder)) == ([1, 4, 5, 6], 5)
    assert registry.forget_earlier(recorder.tracking_uri, "glucose", 2) == 0
    register(recorder, logged(recorder, 1.0))
    assert registry.forget_earlier(recorder.tracking_uri, "glucose", 1) == 1
    assert (versions(recorder), champion(recorder)) == ([1, 5, 6], 1)


@pytest.mark.lengthy
def test_all_versions_stay_unless_a_number_is_asked_for(recorder: Recorder) -> None:
    for number in (2.0, 3.0, 4.0):
        register(recorder, logged(recorder, number))
    arguments = (DEPLOYED, b"weights", RECORD, Pool(), recorder)
    for deploy, left in (({}, [1, 2, 3, 4]), ({"versions": 2}, [3, 4])):
        study = StudyConfig.model_validate({**STUDY.model_dump(include={"name", "data"}), "deploy": deploy})
        deployed_model.log(study, *arguments)  # type: ignore[arg-type]
        assert (versions(recorder), champion(recorder)) == (left, 4)
