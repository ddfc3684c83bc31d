"""What tests of the sweep may ask for."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sweep.core import log
from tests.sweep.postgres import Postgres, binaries


@pytest.fixture(scope="session")
def postgres(real_services: None) -> Iterator[Postgres]:
    """A PostgreSQL server; `postgres.database("name")` is the address of a new database there."""
    found = binaries()
    if found is None:
        pytest.skip("initdb was not found: it comes with the package postgresql")
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:  # pytest's own folders are closed to other users
        server = Postgres(found, Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a new database, of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/sweep.db"
    server: Postgres = request.getfixturevalue("postgres")
    return server.database(f"new_{time.monotonic_ns()}")


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """MLflow's tables take seconds to create, so that is done once."""
    from mlflow import MlflowClient  # noqa: PLC0415  (which few tests need)

    path = tmp_path_factory.mktemp("empty") / "mlflow.db"
    MlflowClient(f"sqlite:///{path}").search_experiments()
    return path.read_bytes()


@pytest.fixture
def no_tracking_uri(monkeypatch: pytest.MonkeyPatch) -> None:
    """MLflow's server, and loading a model, set one for the whole process; other tests must not meet it."""
    from mlflow.tracking._tracking_service import utils  # noqa: PLC0415

    monkeypatch.setattr(utils, "_tracking_uri", None)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")  # so that it is removed in the end, whatever set it
    monkeypatch.delenv("MLFLOW_TRACKING_URI")


@pytest.fixture(autouse=True)
def said_on_stderr() -> None:
    """What is said of a study goes where commands say it."""
    log.configure("small", "text")
