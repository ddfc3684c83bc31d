"""Services that are open to everybody, and services that are not."""

import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sweep.config.study_file import ENVIRONMENT
from sweep.doctor.deployment.mlflow_checks import ONE, SEARCH
from sweep.tracking.server import basic_login
from tests.sweep.doctor.deployment.standins import OpenMlflow
from tests.sweep.doctor.deployment.worlds import World
from tests.sweep.postgres import Postgres, binaries
from tests.sweep.ray_head import RayHead, ray_head
from tests.sweep.tracking_server import SETTINGS, TrackingServer, posted

VARIABLES = (
    *ENVIRONMENT,
    "RAY_ADDRESS",
    "RAY_API_SERVER_ADDRESS",
    "RAY_AUTH_MODE",
    "RAY_AUTH_TOKEN_PATH",
    "RAY_USE_TLS",
)
VARIABLES = (*VARIABLES, "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN", "PGPASSFILE")
ACCOUNTS = """
[mlflow]
default_permission = NO_PERMISSIONS
database_uri = sqlite:///{}/accounts.db
admin_username = boss
admin_password = canary-of-the-boss
"""


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, service: Callable[[str], Any]) -> Iterator[World]:
    """A new working directory and home, and an environment that names no service."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with tempfile.TemporaryDirectory(prefix="public-") as public:  # pytest's own folders are closed to other users
        Path(public).chmod(0o755)
        world = World(tmp_path, Path(public), monkeypatch, service)
        yield world
        world.end()


@pytest.fixture(scope="package")
def open_mlflow(real_services: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with all that protects it turned off."""
    server = OpenMlflow(tmp_path_factory.mktemp("open"))
    server.start()
    try:
        posted(f"{server.address}{SEARCH}", ONE)  # which makes its tables
        yield server.address
    finally:
        server.stop()


@pytest.fixture(scope="package")
def shut_mlflow(real_services: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with the accounts boss, its administrator, and me."""
    folder = tmp_path_factory.mktemp("shut")
    (folder / "auth.ini").write_text(ACCOUNTS.format(folder))
    accounts = {
        "MLFLOW_AUTH_CONFIG_PATH": str(folder / "auth.ini"),
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "canary-of-forms",
    }
    server = TrackingServer(folder, f"sqlite:///{folder}/mlflow.db", ["--app-name=basic-auth"], SETTINGS | accounts)
    server.start()
    try:
        me = {"username": "me", "password": "canary-of-me"}
        posted(f"{server.address}/api/2.0/mlflow/users/create", me, basic_login("boss", "canary-of-the-boss"))
        yield server.address
    finally:
        server.stop()


@pytest.fixture(scope="package")
def head(real_services: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RayHead]:
    """A Ray head with a token, whose dashboard answers."""
    with ray_head(tmp_path_factory.mktemp("head")) as started:
        while not answers(f"{started.environment['RAY_API_SERVER_ADDRESS']}/api/jobs/"):
            time.sleep(0.2)
        yield started


@pytest.fixture(scope="package")
def trusting_postgres(real_services: None) -> Iterator[Postgres]:
    """A PostgreSQL server that asks nobody for a password."""
    found = binaries()
    if found is None:
        pytest.skip("initdb was not found: it comes with the package postgresql")
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        server = Postgres(found, Path(folder), "trust")
        server.start()
        yield server
        server.stop()


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except urllib.error.HTTPError as refused:
        refused.close()
    except OSError:
        return False
    return True
