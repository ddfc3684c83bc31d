"""What services may answer beside yes and no, and what is made of it."""

import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Callable, Mapping

import psutil
import pytest
import sqlalchemy as sa

from sweep.core.errors import ServiceUnavailable
from sweep.doctor.deployment import http_service, process_checks
from sweep.doctor.deployment.checks import Deployment, Inconclusive
from sweep.doctor.deployment.http_service import HttpService
from sweep.doctor.deployment.network import is_external, location
from sweep.doctor.deployment.postgresql_checks import Server
from sweep.doctor.deployment.process_checks import Listener, Ports
from sweep.execution.cluster import unauthenticated
from tests.deploy.files import services
from tests.sweep.doctor.deployment.standins import Answer, certificate, open_head, site
from tests.sweep.doctor.deployment.worlds import LISTENS, World, basic
from tests.sweep.postgres import PASSWORD, Postgres

AUTHENTICATION = "MLflow lets nobody in without a password, a wrong one, or the old default one"
REACHED = "other machines reach no Ray, MLflow, PostgreSQL or Optuna's dashboard"
OLD = "Basic YWRtaW46cGFzc3dvcmQxMjM0"  # admin:password1234
Answering = Callable[[str, Mapping[str, str]], Answer]


def anybody_named(path: str, headers: Mapping[str, str]) -> Answer:
    return (200, {}, {}) if "authorization" in headers else (401, {}, {})


def the_old_account(path: str, headers: Mapping[str, str]) -> Answer:
    return (200, {}, {}) if headers.get("authorization") == OLD else (401, {}, {})


def login_page(path: str, headers: Mapping[str, str]) -> Answer:
    return (200, {}, {}) if headers.get("authorization") == "Bearer mine" else (302, {"Location": "/login"}, {})


def mlflow(world: World, answer: Answering) -> None:
    world.environment(MLFLOW_TRACKING_URI=world.open.enter_context(site(answer)), MLFLOW_TRACKING_TOKEN="mine")


@pytest.mark.parametrize(
    ("answer", "how", "remedy"),
    [
        (anybody_named, "with a wrong password", "basic-auth"),
        (the_old_account, "as admin with the password that older versions of MLflow gave it", "change that password"),
    ],
)
def test_an_mlflow_that_asks_for_a_password_and_takes_a_wrong_one_is_found(
    world: World, answer: Answering, how: str, remedy: str
) -> None:
    mlflow(world, answer)
    (found,) = world.look(AUTHENTICATION)
    assert how in found.what
    assert remedy in found.remedy


def test_to_be_sent_to_where_one_logs_in_is_to_be_refused(world: World) -> None:
    mlflow(world, login_page)
    assert world.look(AUTHENTICATION) == []
    assert world.look("MLflow refuses a foreign Host header") == []


def test_an_answer_that_tells_neither_is_not_taken_for_one(world: World) -> None:
    mlflow(world, lambda path, headers: (200 if headers.get("authorization") == "Bearer mine" else 502, {}, {}))
    with pytest.raises(Inconclusive, match="answered 502"):
        world.look(AUTHENTICATION)
    with pytest.raises(Inconclusive, match="answered 200"):
        world.look("MLflow runs no jobs")


@pytest.mark.parametrize("promise", ["MLflow refuses to write for a foreign Origin", "MLflow runs no jobs"])
def test_what_takes_an_account_to_see_is_said_not_to_be_seen_without_one(world: World, promise: str) -> None:
    mlflow(world, lambda path, headers: (401, {}, {}))
    with pytest.raises(Inconclusive, match="here is none that it knows"):
        world.look(promise)


def test_a_password_that_browsers_send_along_does_not_stop_a_foreign_page(world: World) -> None:
    mlflow(world, lambda path, headers: (200 if headers.get("authorization") == "Bearer mine" else 401, {}, {}))
    (found,) = world.look("MLflow refuses to write for a foreign Origin")
    assert "a foreign Origin header" in found.what


def test_an_mlflow_that_has_no_jobs_or_no_accounts_is_not_suspected(world: World) -> None:
    mlflow(world, lambda path, headers: (200 if "experiments" in path else 404, {}, {}))
    assert world.look("MLflow runs no jobs") == []
    assert world.look("MLflow's assistant does not work for other machines") == []
    with pytest.raises(Inconclusive, match="it has no accounts"):
        world.look("a launch's account in MLflow is no administrator")


@pytest.mark.parametrize(
    ("variable", "promise"), [("MLFLOW_TRACKING_URI", AUTHENTICATION), ("RAY_API_SERVER_ADDRESS", "")]
)
def test_an_address_that_is_another_service_s_is_explained(world: World, variable: str, promise: str) -> None:
    world.environment(**{variable: world.open.enter_context(site(lambda path, headers: (404, {}, {})))})
    found = world.not_checked(promise or "Ray's job API refuses whoever has no token, or a wrong one")
    assert "answers 404 where" in found.what
    assert variable in found.remedy


def test_the_wrong_account_is_none_that_anybody_has(world: World) -> None:
    tried: list[str | None] = []

    def answer(path: str, headers: Mapping[str, str]) -> Answer:
        tried.append(headers.get("authorization"))
        return (401, {}, {})

    world.environment(MLFLOW_TRACKING_URI=world.open.enter_context(site(answer)), **basic("me", "canary-of-me"))
    world.look(AUTHENTICATION)
    mine, nobodys, wrong, old = tried
    assert (nobodys, old) == (None, OLD)
    assert wrong is not None
    assert wrong.split()[1][:16] == "c3dlZXAtZG9jdG9y"  # sweep-doctor
    assert wrong != mine


def test_a_token_that_cannot_be_sent_is_not_printed(world: World) -> None:
    world.environment(MLFLOW_TRACKING_URI="http://127.0.0.1:9", MLFLOW_TRACKING_TOKEN="canary\nof mine")
    what = world.not_checked(AUTHENTICATION).what
    assert "its login has characters that cannot be sent" in what
    assert "canary" not in what


def test_https_whose_certificate_is_not_checked_is_found(world: World) -> None:
    unchecked = ssl.create_default_context()
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    promise = "what is sent to MLflow stays on this machine, or is encrypted"
    (found,) = world.look(promise, HttpService("https://somewhere.invalid", certificates=unchecked))
    assert found.what == "MLflow's certificate is not checked"
    checked = ssl.create_default_context()
    assert world.look(promise, HttpService("https://somewhere.invalid", certificates=checked)) == []


def test_a_head_with_tls_is_encrypted_and_is_asked_with_our_certificate(world: World) -> None:
    ours = certificate(world.folder)
    address = world.open.enter_context(open_head(ours))
    assert unauthenticated.encrypted(address)
    with pytest.raises(ServiceUnavailable, match="wants TLS, and here is no certificate"):
        unauthenticated.refused(address, None)
    files = {"RAY_TLS_CA_CERT": ours, "RAY_TLS_SERVER_CERT": ours, "RAY_TLS_SERVER_KEY": ours.with_suffix(".key")}
    world.environment(RAY_USE_TLS="1", **{name: str(path) for name, path in files.items()})
    assert not unauthenticated.refused(address, None)


def test_a_head_that_takes_any_token_is_found(world: World) -> None:
    world.environment(RAY_ADDRESS=world.open.enter_context(open_head(some_token=True)))
    (found,) = world.look("Ray's head refuses whoever has no token, or a wrong one")
    assert found.what.endswith("lets anybody in with a wrong token")


def test_a_job_api_that_takes_any_token_is_found(world: World) -> None:
    world.environment(RAY_API_SERVER_ADDRESS=world.open.enter_context(site(anybody_named)))
    (found,) = world.look("Ray's job API refuses whoever has no token, or a wrong one")
    assert found.what.endswith("lets anybody in with a wrong token")


def test_a_head_without_tls_is_not_encrypted(world: World) -> None:
    assert not unauthenticated.encrypted(world.open.enter_context(open_head()))


def test_a_socket_s_file_that_asks_for_no_password_may_know_users_by_their_accounts(
    world: World, trusting_postgres: Postgres
) -> None:
    promise = "PostgreSQL lets nobody in with a wrong password, or with none"
    with pytest.raises(Inconclusive, match="peer"):
        world.look(promise, Server(trusting_postgres._url("postgres"), "shown", ""))


def test_a_role_that_may_run_programs_on_the_server_is_found(world: World, postgres: Postgres) -> None:
    engine = sa.create_engine(postgres._url("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP ROLE IF EXISTS runner")
        connection.exec_driver_sql(f"CREATE ROLE runner LOGIN PASSWORD '{PASSWORD}' IN ROLE pg_execute_server_program")
    engine.dispose()
    url = engine.url.set(username="runner").render_as_string(hide_password=False)
    (found,) = world.look("a launch's role in PostgreSQL has no power over the server", Server(url, "shown", "host"))
    assert found.what == "the role runner, as which a launch logs in, is in pg_execute_server_program"


LISTENERS = {  # whether it is wrong, the command line, its environment
    "Ray without a token": (True, "raylet", {}),
    "Ray with a token": (False, "raylet", {"RAY_AUTH_MODE": "token"}),
    "Optuna's dashboard": (True, "optuna-dashboard", {}),
    "PostgreSQL": (False, "postgres", {}),
    "MLflow that does not answer": (False, "mlflow server", {}),
}


@pytest.mark.parametrize("name", LISTENERS)
def test_what_other_machines_reach_is_wrong_where_it_asks_nobody(world: World, name: str) -> None:
    wrong, command, environment = LISTENERS[name]
    _, port = world.run(command, address="0.0.0.0", **environment)
    world.patch.setattr(http_service, "TIMEOUT_SECONDS", 0.2)
    (found,) = world.look(REACHED)
    assert f"0.0.0.0:{port}" in found.what
    assert found.wrong == wrong


@pytest.mark.parametrize(("mode", "wrong"), [("token", False), ("disabled", True)])
def test_of_a_process_of_ray_s_that_hides_its_environment_its_parent_tells(
    world: World, mode: str, wrong: bool
) -> None:
    agent = f"['ray::Agent', '-c', {LISTENS!r}, '0.0.0.0'], executable=sys.executable, env={{}}"
    parent = subprocess.Popen(
        [sys.executable, "-c", f"import subprocess, sys; subprocess.run({agent})"],
        env={"RAY_AUTH_MODE": mode},
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    world.open.callback(parent.wait)
    world.open.callback(os.killpg, parent.pid, signal.SIGKILL)
    assert parent.stdout
    world.open.enter_context(parent.stdout).readline()
    world.only(*psutil.Process(parent.pid).children())
    (found,) = world.look(REACHED)
    assert found.wrong == wrong


def test_an_mlflow_that_other_machines_reach_and_that_answers_anybody_is_wrong(world: World) -> None:
    address = world.open.enter_context(site(lambda path, headers: (200, {}, {})))
    listener = Listener("MLflow", "0.0.0.0", int(address.rpartition(":")[2]), psutil.Process())
    (found,) = world.look(REACHED, Ports([listener], []))
    assert found.wrong


@pytest.mark.parametrize(("status", "wrong"), [(200, True), (401, False), (403, False), (404, True)])
def test_a_dashboard_of_optuna_s_that_other_machines_reach_is_wrong_unless_it_asks_for_a_password(
    world: World, status: int, wrong: bool
) -> None:
    address = world.open.enter_context(site(lambda path, headers: (status, {}, {})))
    listener = Listener("Optuna's dashboard", "0.0.0.0", int(address.rpartition(":")[2]), psutil.Process())
    (found,) = world.look(REACHED, Ports([listener], []))
    assert found.wrong == wrong


@pytest.mark.parametrize(
    "command", [["optuna-dashboard"], services()["optuna-dashboard"]["command"]], ids=lambda c: c[0]
)
def test_optuna_s_dashboard_is_known_by_itself_and_as_compose_starts_it_at_any_address(
    world: World, command: list[str]
) -> None:
    process, port = world.run(*command)
    (found,) = process_checks.dashboards(Deployment(None)) or []
    assert (found.program, str(found), found.process) == ("Optuna's dashboard", f"127.0.0.1:{port}", process)


def test_where_no_dashboard_of_optuna_s_runs_nothing_is_said_of_one(world: World) -> None:
    world.run("raylet")
    assert process_checks.dashboards(Deployment(None)) is None


def test_a_real_cluster_s_processes_are_known_and_known_to_want_their_token(world: World) -> None:
    head = psutil.Process(world.service("head").process.pid)
    world.only(head, *head.children(recursive=True))
    world.patch.setattr(
        process_checks, "is_external", lambda address: True
    )  # this one is in reach of this machine alone
    (found,) = world.look(REACHED)
    assert found.what.startswith("other machines can reach Ray at ")
    assert not found.wrong


@pytest.mark.parametrize(
    ("address", "external"),
    {
        "127.0.0.1": False,
        "127.8.8.8": False,
        "::1": False,
        "::ffff:127.0.0.1": False,
        "0.0.0.0": True,
        "::": True,
        "10.0.0.1": True,
        "fe80::1%eth0": True,
    }.items(),
)
def test_only_loopback_addresses_are_out_of_reach(address: str, external: bool) -> None:
    assert is_external(address) == external


@pytest.mark.parametrize(
    ("host", "where"),
    {
        "127.0.0.1": "local",
        "localhost": "local",
        "mlflow-of-a-cluster": "cluster",
        "mlflow.study.svc.cluster.local": "cluster",
        "somewhere.invalid": "external",
        "192.0.2.77": "external",
        "2001:db8::1": "external",
    }.items(),
)
def test_a_host_is_local_or_has_a_cluster_s_short_name_or_is_external(host: str, where: str) -> None:
    assert location(host) == where
