"""An MLflow database to mirror a study in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.tracking._tracking_service import utils

from sweep.tracking import Recorder
from tests.sweep.tracking.worlds import CARD, LONG


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """MLflow's tables take seconds to create, so that is done once."""
    path = tmp_path_factory.mktemp("empty") / "mlflow.db"
    MlflowClient(f"sqlite:///{path}").search_experiments()
    return path.read_bytes()


@pytest.fixture(autouse=True)
def no_tracking_uri(monkeypatch: pytest.MonkeyPatch) -> None:
    """MLflow's server, and loading a model, set one for the whole process; other tests must not meet it."""
    monkeypatch.setattr(utils, "_tracking_uri", None)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")  # so that it is removed in the end, whoever set it
    monkeypatch.delenv("MLFLOW_TRACKING_URI")


@pytest.fixture
def database(tmp_path: Path, empty_database: bytes) -> str:
    """The address of a database with MLflow's tables and nothing in them."""
    (tmp_path / "mlflow.db").write_bytes(empty_database)
    return f"sqlite:///{tmp_path}/mlflow.db"


@pytest.fixture
def recorder(database: str) -> Iterator[Recorder]:
    """One that is open, and from which everything must have been sent in the end."""
    recorder = Recorder(database, CARD)
    recorder.open()
    yield recorder
    assert recorder.close(LONG) == 0
