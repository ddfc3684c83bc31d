"""Each service refuses who has no business there, and no secret lies where it could be seen."""

import itertools
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tests.cluster.stack import PROJECT, Unmet, address, compose, containers, docker, get, secret
from tests.paths import ROOT

CONNECT = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 3)"
LOGIN = "import psycopg, sys; psycopg.connect(host='postgres', dbname='sweep', user='sweep', password='guess')"
SEARCH = "/api/2.0/mlflow/experiments/search"
ACCOUNT = "/api/2.0/mlflow/users/get?username=admin"


def check() -> None:
    """Raises Unmet with all that was let in."""
    wrong = [*_mlflow(), *_ray(), *_postgres(), *_listening(), *_showing()]
    if wrong:
        raise Unmet("\n".join(wrong))


def _mlflow() -> list[str]:
    password = secret("mlflow_password")
    asked = {
        "no password": (401, get(SEARCH, data={"max_results": 1})),
        "a wrong password": (401, get(SEARCH, password="guess", data={"max_results": 1})),
        "a foreign Host": (403, get("/", password=password, headers={"Host": "evil.example"})),
        "a foreign Origin": (
            403,
            get(SEARCH, password=password, headers={"Origin": "http://evil.example"}, data={"max_results": 1}),
        ),
        "the account of studies, asking for another": (403, get(ACCOUNT, password=password)),
        "the password": (200, get(SEARCH, password=password, data={"max_results": 1})),
    }
    return [f"MLflow, {how}: {got}, not {wanted}" for how, (wanted, got) in asked.items() if got[0] != wanted]


def check_dashboard(study: str) -> None:
    """Start Optuna's dashboard, and stop it. Raises Unmet unless it shows a study to who knows the password alone."""
    compose("--profile", "dashboard", "up", "--detach", "--no-build", "--no-recreate", "--wait", "optuna-dashboard")
    ask = partial(get, "/api/studies", port="OPTUNA_PORT", account="viewer")
    password = secret("dashboard_password")
    asked = {
        "no password": (401, ask()),
        "a wrong password": (401, ask(password="guess")),
        "a foreign Host": (403, ask(password=password, headers={"Host": "evil.example"})),
        "a new study": (405, ask(password=password, data={"study_name": "mine", "directions": ["minimize"]})),
        "the password": (200, ask(password=password)),
    }
    compose("--profile", "dashboard", "rm", "--stop", "--force", "optuna-dashboard")
    wrong = [f"Optuna's dashboard, {how}: {got}" for how, (wanted, got) in asked.items() if got[0] != wanted]
    if study not in asked["the password"][1][1]:
        wrong.append(f"Optuna's dashboard does not show {study}")
    if wrong:
        raise Unmet("\n".join(wrong))


def _ray() -> list[str]:
    wrong = []
    modes = {"no token": ["RAY_AUTH_MODE=disabled"], "a wrong token": ["RAY_AUTH_MODE=token", "RAY_AUTH_TOKEN=guess"]}
    for how, mode in modes.items():
        said = stranger("cluster", "ray", "start", "--address=ray-head:6379", "--num-cpus=1", environment=mode)
        if "Ray runtime started" in said or "uthentic" not in said:
            wrong.append(f"Ray, a node with {how}: {said[-500:]}")
    status, _ = get("/api/jobs/", port="RAY_DASHBOARD_PORT")
    return wrong + ([] if status in (401, 403) else [f"Ray's jobs without a token: {status}"])


def _postgres() -> list[str]:
    places = itertools.product(("cluster", "published"), ("postgres", address(containers("postgres")[0], "ledger")))
    said = {place: stranger(place[0], "python", "-c", CONNECT, place[1], "5432") for place in places}
    wrong = [f"PostgreSQL, from {place}: {text}" for place, text in said.items() if "error" not in text.lower()]
    if "password authentication failed" not in (answer := stranger("ledger", "python", "-c", LOGIN)):
        wrong.append(f"PostgreSQL, with a wrong password: {answer}")
    return wrong


def stranger(network: str, *command: str, environment: Sequence[str] = ()) -> str:
    """What a container says that has none of the secrets and is in one of the networks."""
    image = docker("inspect", "--format", "{{.Image}}", containers("ray-head")[0]).strip()
    hardly = ["--rm", "--read-only", "--tmpfs", "/tmp", "--tmpfs", "/home/sweep:mode=1777", "--cap-drop", "ALL"]
    where = ["--network", f"{PROJECT}_{network}", "--memory", "1g", "--shm-size", "256m"]
    told = [part for each in environment for part in ("--env", each)]
    return docker("run", *hardly, *where, *told, "--entrypoint", command[0], image, *command[1:], ok=False)


def _listening() -> list[str]:
    ids = compose("--profile", "*", "ps", "--quiet").split()
    ports = [json.loads(docker("inspect", "--format", "{{json .NetworkSettings.Ports}}", each)) for each in ids]
    bound = {(port, at["HostIp"]) for each in ports for port, places in each.items() for at in places or []}
    allowed = {(port, "127.0.0.1") for port in ("5000/tcp", "8265/tcp", "8080/tcp")}
    return [f"listens where it should not: {port} at {host}" for port, host in bound - allowed]


def _showing() -> list[str]:
    """Secrets in what docker tells of containers and image, and in the logs."""
    ids = compose("--profile", "*", "ps", "--quiet").split()
    image = docker("inspect", "--format", "{{.Image}}", containers("ray-head")[0]).strip()
    places = {
        "docker inspect": docker("inspect", *ids),
        "docker history": docker("history", "--no-trunc", image),
        "the logs": compose("--profile", "*", "logs", "--no-color"),
    }
    names = [path.name for path in Path(ROOT, "deploy", "secrets").iterdir() if not path.name.startswith(".")]
    return [f"{where} shows {name}" for where, text in places.items() for name in names if secret(name) in text]
