"""What this project uses of MLflow's private names is still there and still means the same, as seen in MLflow 3.17."""

from pathlib import Path

import mlflow
import pytest
from mlflow.exceptions import MlflowException
from mlflow.utils.rest_utils import verify_rest_response
from requests import Response

from sweep.tracking import mlflow_private

SEEN_IN = "3.17"
SCRIPTS = Path(mlflow.__file__).parent / "server" / "js" / "build" / "static" / "js"
VARIABLES = {
    "MLFLOW_TRACKING_USERNAME": "me",
    "MLFLOW_TRACKING_PASSWORD": "canary",
    "MLFLOW_TRACKING_TOKEN": "token",
    "MLFLOW_TRACKING_INSECURE_TLS": "true",
    "MLFLOW_TRACKING_CLIENT_CERT_PATH": "client.pem",
}


def test_the_version_is_the_one_in_which_these_names_were_seen() -> None:
    assert mlflow.__version__.startswith(f"{SEEN_IN}.")


@pytest.mark.parametrize("address", ["sqlite:///mlflow.db", "postgresql+psycopg://me@host/db", "mysql://host/db"])
def test_an_address_of_a_database_is_known(address: str) -> None:
    assert mlflow_private.is_database(address)


@pytest.mark.parametrize("address", ["http://host:5000", "https://host", "mlruns", "file:///tmp/mlruns"])
def test_an_address_of_a_server_or_a_folder_is_no_database(address: str) -> None:
    assert not mlflow_private.is_database(address)


def test_an_answer_of_another_program_has_its_status_in_the_error_s_message() -> None:
    answer = Response()
    answer.status_code, answer._content = 502, b"<html>no gateway</html>"
    with pytest.raises(MlflowException) as caught:
        verify_rest_response(answer, "/api/2.0/mlflow/runs/create")
    assert mlflow_private.status_of_foreign_answer(caught.value) == 502
    assert mlflow_private.status_of_foreign_answer(OSError("no route to host")) == 0


def test_a_run_has_the_tags_that_mlflow_gives_every_run_and_ours() -> None:
    tags = mlflow_private.run_tags({"sweep.stage": "search", "mlflow.user": "we"})
    assert tags["sweep.stage"] == "search"
    assert tags["mlflow.user"] == "we"
    assert {"mlflow.source.name", "mlflow.source.type"} <= set(tags)


def test_a_login_is_what_the_environment_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    login = mlflow_private.login("https://host")
    assert (login.username, login.password, login.token) == ("me", "canary", "token")
    assert (login.ignore_tls_verification, login.client_cert_path) == (True, "client.pem")


def test_a_certificate_of_the_server_is_what_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_SERVER_CERT_PATH", "server.pem")
    assert mlflow_private.login("https://host").server_cert_path == "server.pem"


def test_an_account_in_mlflow_s_file_of_credentials_is_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".mlflow").mkdir()
    account = "mlflow_tracking_username = me\nmlflow_tracking_password = canary\n"
    (tmp_path / ".mlflow" / "credentials").write_text(f"[mlflow]\n{account}")
    login = mlflow_private.login("https://host")
    assert (login.username, login.password) == ("me", "canary")
    assert [login.token, login.ignore_tls_verification, login.client_cert_path] == [None, False, None]


@pytest.mark.parametrize(
    "name",
    [
        mlflow_private.SHARED_VIEW_TAG.removesuffix("."),
        mlflow_private.SHARED_VIEW_FIELD,
        mlflow_private.VERSIONS_TAG,
        *(text for tag in mlflow_private.EXPERIMENT_KIND.items() for text in tag),
    ],
)
def test_mlflow_s_page_knows_the_name(name: str) -> None:
    assert any(name in script.read_text(encoding="utf-8") for script in sorted(SCRIPTS.glob("*.js")))
