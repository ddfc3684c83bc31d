"""The stack under test: docker compose with a project of its own, beside whatever else runs here."""

import base64
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from tests.paths import ROOT

PROJECT = "statesweep-test"
PORTS = {"MLFLOW_PORT": "15000", "RAY_DASHBOARD_PORT": "18265", "OPTUNA_PORT": "18080"}
STANDINS = {"PYTHON_IMAGE": "standin/python:3.11-slim-bookworm", "POSTGRES_IMAGE": "standin/postgres:17-trixie"}
STUDY = f"{ROOT}/tests/cluster/study.yaml:/study/small.yaml:ro"

ADVICE = """make cluster-test needs a Docker Engine with Compose v2 and cannot use one here: {why}
Install Docker (https://docs.docker.com/engine/install/), start it, and see that `docker compose version` and
`docker info` work for this user. Everything else is tested without it: make test."""


class Unmet(Exception):
    """What should hold does not."""


class Attempt(NamedTuple):
    """A worker's try at a trial, as the ledger has it; `how` it ended: finished, or what was lost."""

    stage: str
    trial: int
    worker: str
    ended: bool
    how: str

    @property
    def address(self) -> str:
        """The IP address of the worker's node."""
        return self.worker.rpartition(" ")[2]


def say(text: str) -> None:
    """Tell what is going on, and when."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")


def need_engine() -> None:
    """End with advice where no engine can be used."""
    if not shutil.which("docker"):
        sys.exit(ADVICE.format(why="there is no `docker` on the path."))
    for command in (["docker", "compose", "version"], ["docker", "info"]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            why = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
            sys.exit(ADVICE.format(why=f"`{' '.join(command)}`: {why}"))


def docker(*arguments: str, ok: bool = True) -> str:
    """What docker prints. Raises Unmet when it fails, unless that is ok."""
    done = subprocess.run(
        ["docker", *arguments], capture_output=True, text=True, check=False, cwd=ROOT, env={**os.environ, **PORTS}
    )
    if ok and done.returncode:
        raise Unmet(f"docker {' '.join(arguments)}: {done.returncode}\n{done.stdout[-1000:]}{done.stderr[-2000:]}")
    return done.stdout + ("" if ok else done.stderr)


def compose(*arguments: str, ok: bool = True) -> str:
    """The same, for docker compose."""
    return docker("compose", "--project-name", PROJECT, *arguments, ok=ok)


def until(what: str, holds: Callable[[], Any], seconds: float = 180) -> Any:
    """What holds() gives once it gives something; says how long that took. Raises Unmet after so many seconds."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if found := holds():
            say(f"  {what}: after {time.monotonic() - began:.1f} s")
            return found
        time.sleep(0.5)
    raise Unmet(f"not within {seconds:.0f} s: {what}")


def ledger(query: str) -> list[list[str]]:
    """The rows of a query of the ledger's database; none while it is away or has no such table."""
    command = ["exec", "-T", "postgres", "psql", "-U", "postgres", "-d", "sweep", "-AtF", "|", "-c", query]
    with suppress(Unmet):
        return [line.split("|") for line in compose(*command).splitlines()]
    return []


def attempts() -> list[Attempt]:
    """All of them so far, in their order."""
    query = "SELECT stage, trial, worker, ended IS NOT NULL, split_part(how, ':', 1) FROM sweep_attempts ORDER BY began"
    return [Attempt(stage, int(trial), worker, ended == "t", how) for stage, trial, worker, ended, how in ledger(query)]


def containers(service: str) -> list[str]:
    """The ids of a service's running containers, oldest first."""
    ids = compose("ps", "--quiet", service).split()
    return sorted(ids, key=lambda each: docker("inspect", "--format", "{{.Created}}", each))


def address(container: str, network: str = "cluster") -> str:
    """A container's address in one of the networks, '' when it has none there."""
    networks = json.loads(docker("inspect", "--format", "{{json .NetworkSettings.Networks}}", container))
    return str(networks.get(f"{PROJECT}_{network}", {}).get("IPAddress", ""))


def secret(name: str) -> str:
    """One of the secrets."""
    return (ROOT / "deploy" / "secrets" / name).read_text()


def get(
    path: str,
    *,
    port: str = "MLFLOW_PORT",
    account: str = "sweep",
    password: str = "",
    headers: Mapping[str, str] | None = None,
    data: Mapping[str, Any] | None = None,
) -> tuple[int, str]:
    """Status and body of what a published port answers; status 0 when nothing does."""
    url = f"http://127.0.0.1:{PORTS[port]}{path}"
    body = json.dumps(data).encode() if data is not None else None
    request = urllib.request.Request(url, body, {"Content-Type": "application/json", **(headers or {})})
    if password:
        request.add_header("Authorization", "Basic " + base64.b64encode(f"{account}:{password}".encode()).decode())
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)
