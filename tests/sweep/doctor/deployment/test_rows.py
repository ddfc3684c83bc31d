"""Each row of the table finds what is wrong in one deployment, and nothing in another where that is right."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import psutil
import pytest
import sqlalchemy as sa

from sweep.doctor.deployment import CHECKS
from sweep.doctor.deployment.http_service import HttpService
from sweep.doctor.deployment.postgresql_checks import Server
from sweep.doctor.deployment.process_checks import Listener
from tests.sweep.doctor.deployment.standins import Answer, open_head, site
from tests.sweep.doctor.deployment.worlds import World, basic
from tests.sweep.postgres import PASSWORD, Postgres

Deployment = Callable[[World], Any]  # returns what is to be looked at, where the row would not look it up by itself
PYTHON = "name: mine\ndata: {kind: python, factory: 'samples:make'}\n"
FAR = "somewhere.invalid"


class Address(NamedTuple):
    ip: str
    port: int


def head_without_a_token(world: World) -> None:
    world.environment(RAY_ADDRESS=world.open.enter_context(open_head()))


def head_with_a_token(world: World) -> None:
    world.environment(RAY_ADDRESS=world.service("head").address)


def head_elsewhere(_: World) -> str:
    return f"{FAR}:6379"


def jobs_without_a_token(world: World) -> None:
    world.environment(RAY_API_SERVER_ADDRESS=world.open.enter_context(site(lambda path, headers: (200, {}, []))))


def jobs_with_a_token(world: World) -> None:
    world.environment(RAY_API_SERVER_ADDRESS=world.service("head").environment["RAY_API_SERVER_ADDRESS"])


def site_elsewhere(_: World) -> HttpService:
    return HttpService(f"http://{FAR}:8265")


def open_mlflow(world: World) -> None:
    world.environment(MLFLOW_TRACKING_URI=world.service("open_mlflow"))


def shut_mlflow(world: World) -> None:
    world.environment(MLFLOW_TRACKING_URI=world.service("shut_mlflow"), **basic("me", "canary-of-me"))


def administrators_account(world: World) -> None:
    world.environment(MLFLOW_TRACKING_URI=world.service("shut_mlflow"), **basic("boss", "canary-of-the-boss"))


def assistant_for_all(world: World) -> None:
    content = {"remote_access_allowed": True}
    world.environment(MLFLOW_TRACKING_URI=world.open.enter_context(site(lambda path, headers: (200, {}, content))))


def file(name: str, mode: int) -> Deployment:
    def make(world: World) -> None:
        world.patch.chdir(world.public)
        (world.public / name).write_bytes(b"")
        (world.public / name).chmod(mode)

    return make


def trusting_postgres(world: World) -> None:
    world.environment(SWEEP_STORAGE=_database(world.service("trusting_postgres")))


def asking_postgres(world: World) -> None:
    world.environment(SWEEP_STORAGE=_database(world.service("postgres")))


def role_of_its_own(world: World) -> None:
    engine = sa.create_engine(_database(world.service("postgres")), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP ROLE IF EXISTS own; CREATE ROLE own LOGIN PASSWORD '{PASSWORD}'")
    engine.dispose()
    world.environment(SWEEP_STORAGE=engine.url.set(username="own").render_as_string(hide_password=False))


def ledger_elsewhere(world: World) -> Server:
    return Server(_database(world.service("postgres")), "shown", FAR)


def _database(server: Postgres) -> str:
    return server._url("postgres")


def dashboard_for_all(world: World) -> None:
    world.run("python", "optuna-dashboard", address="0.0.0.0")


def dashboard_here(world: World) -> None:
    world.run("python", "optuna-dashboard")


def open_dashboard(world: World) -> list[Listener]:
    return [_dashboard(world, lambda path, headers: (200, {}, {"study_summaries": []}))]


def asking_dashboard(world: World) -> list[Listener]:
    return [_dashboard(world, lambda path, headers: (401, {}, {}))]


def _dashboard(world: World, answer: Callable[[str, Mapping[str, str]], Answer]) -> Listener:
    port = int(world.open.enter_context(site(answer)).rpartition(":")[2])
    return Listener("Optuna's dashboard", "127.0.0.1", port, psutil.Process())


def port_of_others(world: World) -> None:
    theirs = SimpleNamespace(status=psutil.CONN_LISTEN, laddr=Address("::", 22), pid=None)
    world.patch.setattr(psutil, "net_connections", lambda kind: [theirs])


def password_in_a_command_line(world: World) -> None:
    world.run("python", "postgresql://me:canary@host/db")


def token_for_all(world: World) -> None:
    _token(world, 0o644)


def token_for_me(world: World) -> None:
    _token(world, 0o600)


def _token(world: World, mode: int) -> None:
    world.environment(RAY_AUTH_TOKEN_PATH=str(world.public / "token"))
    (world.public / "token").write_text("canary")
    (world.public / "token").chmod(mode)


def password_in_the_environment(world: World) -> None:
    world.environment(SWEEP_STORAGE="postgresql+psycopg://me:canary@host/db")


def no_password_in_the_environment(world: World) -> None:
    world.environment(SWEEP_STORAGE="postgresql+psycopg://me@host/db")


def checkpoints(mode: int) -> Deployment:
    def make(world: World) -> None:
        world.patch.chdir(world.public)
        (world.public / "artifacts").mkdir()
        (world.public / "artifacts" / "search-1.checkpoint").touch()
        (world.public / "artifacts" / "search-1.checkpoint").chmod(mode)

    return make


def folder(mode: int) -> Callable[[World], list[Path]]:
    def make(world: World) -> list[Path]:
        world.public.chmod(mode)
        return [world.public]

    return make


def study_file(mode: int, text: str = PYTHON) -> Deployment:
    return lambda world: world.study(world.public, text).chmod(mode)


def own_code(mode: int) -> Deployment:
    def make(world: World) -> None:
        (world.public / "samples.py").write_text("raise AssertionError('it is only looked at')")
        (world.public / "samples.py").chmod(mode)
        world.study(world.public, PYTHON)

    return make


ROWS: dict[str, tuple[Deployment, Deployment]] = {
    "Ray's head refuses whoever has no token, or a wrong one": (head_without_a_token, head_with_a_token),
    "what is sent to Ray's head stays on this machine, or is encrypted": (head_elsewhere, head_with_a_token),
    "Ray's job API refuses whoever has no token, or a wrong one": (jobs_without_a_token, jobs_with_a_token),
    "what is sent to Ray's job API stays on this machine, or is encrypted": (site_elsewhere, jobs_with_a_token),
    "MLflow lets nobody in without a password, a wrong one, or the old default one": (open_mlflow, shut_mlflow),
    "a launch's account in MLflow is no administrator": (administrators_account, shut_mlflow),
    "MLflow refuses a foreign Host header": (open_mlflow, shut_mlflow),
    "MLflow refuses to write for a foreign Origin": (open_mlflow, shut_mlflow),
    "MLflow runs no jobs": (open_mlflow, shut_mlflow),
    "MLflow's assistant does not work for other machines": (assistant_for_all, open_mlflow),
    "MLflow's pages cannot be shown inside others": (open_mlflow, shut_mlflow),
    "what is sent to MLflow stays on this machine, or is encrypted": (site_elsewhere, open_mlflow),
    "MLflow's files can be written by nobody else": (file("mlflow.db", 0o666), file("mlflow.db", 0o644)),
    "MLflow's files can be read by nobody else": (file("mlflow.db", 0o644), file("mlflow.db", 0o600)),
    "PostgreSQL lets nobody in with a wrong password, or with none": (trusting_postgres, asking_postgres),
    "a launch's role in PostgreSQL has no power over the server": (asking_postgres, role_of_its_own),
    "what is sent to PostgreSQL stays on this machine, or is encrypted": (ledger_elsewhere, asking_postgres),
    "the ledger's files can be written by nobody else": (file("sweep.db", 0o666), file("sweep.db", 0o644)),
    "the ledger's files can be read by nobody else": (file("sweep.db", 0o644), file("sweep.db", 0o600)),
    "other machines reach no Ray, MLflow, PostgreSQL or Optuna's dashboard": (dashboard_for_all, dashboard_here),
    "other machines reach no port of others' processes": (port_of_others, dashboard_for_all),
    "Optuna's dashboard lets nobody in without a password": (open_dashboard, asking_dashboard),
    "no command line of this user's processes holds a password": (password_in_a_command_line, dashboard_here),
    "files with secrets can be read and written by nobody else": (token_for_all, token_for_me),
    "no address in the environment holds a password": (password_in_the_environment, no_password_in_the_environment),
    "checkpoints and reports can be written by nobody else": (checkpoints(0o666), checkpoints(0o644)),
    "Ray's files can be read by nobody else": (folder(0o755), folder(0o700)),
    "folders that Python imports from can be written by nobody else": (folder(0o777), folder(0o755)),
    "the study file can be written by nobody else": (study_file(0o666), study_file(0o644)),
    "no password in the study file can be read by others": (
        study_file(0o644, f"{PYTHON}storage: postgresql+psycopg://me:canary@host/db\n"),
        study_file(0o644),
    ),
    "the study's own code can be written by nobody else": (own_code(0o666), own_code(0o644)),
}


def test_every_row_of_the_table_is_here() -> None:
    assert list(ROWS) == [check.promise for check in CHECKS]


@pytest.mark.parametrize("promise", ROWS)
def test_a_row_finds_what_is_wrong_and_says_what_to_do(world: World, promise: str) -> None:
    found = world.look(promise, ROWS[promise][0](world))
    assert found
    assert all(each.why and (each.remedy or not each.wrong) for each in found)


@pytest.mark.parametrize("promise", ROWS)
def test_a_row_finds_nothing_where_it_is_right(world: World, promise: str) -> None:
    assert world.look(promise, ROWS[promise][1](world)) == []
