"""The dashboard as Compose starts it, on a PostgreSQL as Compose sets it up: its role reads the ledger, and no more."""

import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from sweep.study.storage.optuna_storage import close_storage, create_study, open_storage, read_storage
from tests.deploy.files import services
from tests.paths import ROOT
from tests.sweep.postgres import PASSWORD, Postgres, binaries
from tests.sweep.ray_head import free_ports

SCRIPTS = ROOT / "deploy" / "postgres"
DASHBOARD = services()["optuna-dashboard"]
STAND_IN = """
def wsgi(storage):
    def pages(environ, start_response):
        start_response("200 OK", [])
        return [study.study_name.encode() for study in storage.get_all_studies()]
    return pages
"""


@dataclass
class Volume:
    """A PostgreSQL on which scripts of the volume run with these secrets."""

    server: Postgres
    programs: Path
    secrets: Path

    def run(self, script: str) -> None:
        """As PostgreSQL's container runs it."""
        text = (SCRIPTS / script).read_text().replace("/run/secrets", str(self.secrets))
        login = {"PGHOST": "127.0.0.1", "PGPORT": str(self.server.port), "PGPASSWORD": PASSWORD}
        path = {"PATH": f"{self.programs}:{os.environ['PATH']}"}
        subprocess.run(["sh", "-c", text], env=os.environ | login | path, check=True)

    def url(self, role: str, database: str = "sweep") -> str:
        password = (self.secrets / ("ledger_password" if role == "sweep" else "viewer_password")).read_text()
        return f"postgresql+psycopg://{role}:{password}@127.0.0.1:{self.server.port}/{database}"

    def execute(self, role: str, *statements: str) -> None:
        engine = sa.create_engine(self.url(role), poolclass=sa.NullPool)
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)


@pytest.fixture(scope="module")
def volume(real_services: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Volume]:
    """One that was new and has a study in its ledger."""
    found = binaries()
    if found is None:
        pytest.skip("initdb was not found: it comes with the package postgresql")
    secrets = tmp_path_factory.mktemp("secrets")
    for name in ("ledger_password", "viewer_password", "mlflow_database_password", "dashboard_password"):
        (secrets / name).write_text(f"canary-of-{name}")
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:  # pytest's own folders are closed to other users
        server = Postgres(found, Path(folder), user="postgres")
        server.start()
        volume = Volume(server, found, secrets)
        volume.run("databases.sh")
        volume.run("viewer.sh")
        launch(volume, "traffic-6h")
        yield volume
        server.stop()


def launch(volume: Volume, study: str) -> None:
    """Write a study to the ledger."""
    storage = open_storage(volume.url("sweep"))
    create_study(storage, study, "minimize")
    close_storage(storage)


def studies(url: str) -> set[str]:
    """The names of the studies in a ledger, as far as a role may read it."""
    storage = read_storage(url)
    names = {study.study_name for study in storage.get_all_studies()}
    close_storage(storage)
    return names


def test_the_viewer_reads_the_ledger_and_tables_that_are_made_later(volume: Volume) -> None:
    assert "traffic-6h" in studies(volume.url("viewer"))
    volume.execute("sweep", "CREATE TABLE IF NOT EXISTS later (number integer)")
    volume.execute("viewer", "SELECT * FROM later")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM studies",
        "UPDATE studies SET study_name = 'mine'",
        "INSERT INTO version_info VALUES (2, 1, '1')",
        "TRUNCATE trials",
        "DROP TABLE trials",
        "CREATE TABLE mine (number integer)",
        "CREATE TEMPORARY TABLE mine (number integer)",
        "CREATE SCHEMA mine",
        "CREATE ROLE mine",
    ],
)
@pytest.mark.representative
def test_the_viewer_changes_nothing_even_where_it_turns_its_read_only_mode_off(volume: Volume, statement: str) -> None:
    with pytest.raises(sa.exc.InternalError, match="read-only transaction"):
        volume.execute("viewer", statement)
    with pytest.raises(sa.exc.ProgrammingError, match=r"permission denied|must be owner"):
        volume.execute("viewer", "SET TRANSACTION READ WRITE", statement)


@pytest.mark.parametrize("database", ["mlflow", "mlflow_auth", "postgres"])
def test_the_viewer_opens_no_other_database(volume: Volume, database: str) -> None:
    engine = sa.create_engine(volume.url("viewer", database), poolclass=sa.NullPool)
    with pytest.raises(sa.exc.OperationalError, match="permission denied for database"):
        engine.connect()


def test_a_volume_that_is_older_than_the_role_gets_it_by_running_the_script_and_a_new_password_again(
    volume: Volume,
) -> None:
    volume.execute("sweep", "ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE SELECT ON TABLES FROM viewer")
    volume.execute("sweep", "REVOKE SELECT ON ALL TABLES IN SCHEMA public FROM viewer")
    for password in ("canary-of-another", "canary-of-viewer_password"):
        (volume.secrets / "viewer_password").write_text(password)
        volume.run("viewer.sh")
        assert "traffic-6h" in studies(volume.url("viewer"))


@dataclass
class Dashboard:
    """The dashboard as Compose starts it, on another port."""

    port: int
    password: str

    def ask(self, path: str, password: str = "", method: str = "GET", host: str = "") -> tuple[int, str]:
        """Status and body of the answer."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method)
        request.add_header("Host", host or f"localhost:{self.port}")
        if password:
            request.add_header("Authorization", "Basic " + b64encode(f"viewer:{password}".encode()).decode())
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read().decode()


@pytest.fixture(scope="module")
def dashboard(volume: Volume, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """One that is healthy by Compose's own check, with a stand-in for the pages, which are in the image only."""
    folder = tmp_path_factory.mktemp("dashboard")
    (folder / "optuna_dashboard.py").write_text(STAND_IN)
    (port,) = free_ports(1)
    told = {"8080": str(port), "/opt/sweep": str(ROOT / "deploy"), "/run/secrets": str(volume.secrets)}
    told |= {"viewer@postgres/sweep": volume.url("viewer").partition("//")[2], "${OPTUNA_PORT:-8080}": str(port)}

    def here(text: str) -> str:
        for name in sorted(told, key=len, reverse=True):
            text = text.replace(name, told[name])
        return text

    environment = {name: here(value) for name, value in DASHBOARD["environment"].items()}
    environment = os.environ | environment | {"PYTHONPATH": f"{folder}:{ROOT}"}
    command = [sys.executable, "-m", *map(here, DASHBOARD["command"])]
    with subprocess.Popen(command, env=environment, cwd=folder, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        for line in process.stderr:
            if "Listening at" in line:
                break
        check = [sys.executable, "-c", here(DASHBOARD["healthcheck"]["test"][-1])]
        while subprocess.run(check, check=False, capture_output=True).returncode:
            assert process.poll() is None
            time.sleep(0.1)
        yield Dashboard(port, (volume.secrets / "dashboard_password").read_text())
        process.terminate()
        process.communicate()


@pytest.mark.representative
def test_the_dashboard_that_compose_starts_shows_the_ledger_for_its_password_alone(dashboard: Dashboard) -> None:
    assert dashboard.ask("/", dashboard.password) == (200, "traffic-6h")
    assert dashboard.ask("/")[0] == 401
    assert dashboard.ask("/", dashboard.password, host="evil.example")[0] == 403


@pytest.mark.parametrize("method", ["DELETE", "POST", "PUT"])
def test_the_dashboard_that_compose_starts_deletes_no_study(dashboard: Dashboard, volume: Volume, method: str) -> None:
    assert dashboard.ask("/api/studies/1", dashboard.password, method)[0] == 405
    assert dashboard.ask("/api/studies/1", method=method)[0] == 401
    assert "traffic-6h" in studies(volume.url("viewer"))


def test_its_role_in_the_database_is_the_viewer_and_it_gets_no_password_of_another() -> None:
    assert re.fullmatch(r"postgresql\+psycopg://viewer@postgres/sweep", DASHBOARD["environment"]["SWEEP_STORAGE"])
    assert set(DASHBOARD["secrets"]) == {"viewer_password", "dashboard_password"}
