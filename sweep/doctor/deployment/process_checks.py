"""Checks of this machine's processes: ports that other machines can reach, and passwords in command lines."""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psutil

from sweep.core import redact
from sweep.core.errors import ServiceUnavailable
from sweep.core.wording import counted, listed
from sweep.doctor.checks import Finding, note
from sweep.doctor.deployment.checks import Check, Deployment, Inconclusive, NotChecked
from sweep.doctor.deployment.http_service import HttpService
from sweep.doctor.deployment.mlflow_checks import ONE, SEARCH
from sweep.doctor.deployment.network import is_external

DASHBOARD = "Optuna's dashboard"
STUDIES = "/api/studies"  # which it lists
ONLY_SHOW = "end it; `sweep list`, reports, MLflow and the dashboard of docker-compose.yml only show studies"
PROGRAMS = {  # by their command lines
    DASHBOARD: re.compile(r"optuna[-_]dashboard"),
    "MLflow": re.compile(r"\bmlflow[ .](server|ui)\b"),
    "PostgreSQL": re.compile(r"^(\S*/)?postgres\b"),
    "Ray": re.compile(r"^ray::|^(\S*/)?(gcs_server|raylet)\b|/ray/(core|dashboard|_private|util)/|\bray start\b"),
}
LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  (looked for, not listened on)


@dataclass(frozen=True)
class Listener:
    """A port on which one of the PROGRAMS listens."""

    program: str
    address: str
    port: int
    process: psutil.Process

    def __str__(self) -> str:
        return f"{_bracketed(self.address)}:{self.port}"


@dataclass(frozen=True)
class Ports:
    """The ports that other machines can reach.

    known   those on which one of the PROGRAMS listens
    hidden  those of processes that this user may not look at
    """

    known: list[Listener]
    hidden: list[int]


def ports(_: Deployment) -> Ports | NotChecked:
    """The ports that other machines can reach."""
    try:
        found = [each for each in _listening() if is_external(each.laddr.ip)]
    except psutil.AccessDenied:
        return NotChecked(note("what listens on this machine was not looked at", "this account may not"))
    known = [listener for each in found for listener in _listener(each.pid, *each.laddr)]
    return Ports(known, sorted({each.laddr.port for each in found if each.pid is None}))


def dashboards(_: Deployment) -> list[Listener] | None:
    """Optuna's dashboards of this user, at whatever address they listen; None where there is none to be seen."""
    with suppress(psutil.AccessDenied):
        known = [listener for each in _listening() for listener in _listener(each.pid, *each.laddr)]
        return list({str(each): each for each in known if each.program == DASHBOARD}.values()) or None
    return None


def _listening() -> list[Any]:
    return [each for each in psutil.net_connections("tcp") if each.status == psutil.CONN_LISTEN]


def _listener(pid: int | None, address: str, port: int) -> Iterator[Listener]:
    """The listener, if its process still runs and is one of the PROGRAMS."""
    with suppress(psutil.Error):
        if pid is not None:
            process = psutil.Process(pid)
            line = " ".join(process.cmdline())
            names = [name for name, pattern in PROGRAMS.items() if pattern.search(line)]
            yield from [Listener(name, address, port, process) for name in names[:1]]


def reachable_programs(ports: Ports) -> Iterator[Finding]:
    """The PROGRAMS that other machines can reach, and whether they ask for a password or a token."""
    for program, find in FIND_BY_PROGRAM.items():
        listeners = [each for each in ports.known if each.program == program]
        if listeners:
            what = f"other machines can reach {program} at {listed(sorted(map(str, listeners)))}"
            yield from find(listeners, what)


def _dashboard(listeners: list[Listener], what: str) -> Iterator[Finding]:
    if all(map(_is_refused, listeners)):
        yield note(what, "it asks for a password")
    else:
        yield Finding(what, "it asks nobody for a password", ONLY_SHOW)


def _is_refused(listener: Listener) -> bool:
    """Whether one of Optuna's dashboards answers, and shows nothing without a password."""
    try:
        return not _accepts(listener, STUDIES)
    except (ServiceUnavailable, Inconclusive):
        return False


def _mlflow(listeners: list[Listener], what: str) -> Iterator[Finding]:
    if any(map(_is_open, listeners)):
        remedy = "start it with --host 127.0.0.1, or with --app-name basic-auth"
        yield Finding(what, "it asks nobody for a password", remedy)
    else:
        yield note(what, "it asks for a password, or does not answer")


def _is_open(listener: Listener) -> bool:
    """Whether an MLflow server answers without a password."""
    try:
        return _accepts(listener, SEARCH, ONE)
    except (ServiceUnavailable, Inconclusive):
        return False


def _accepts(listener: Listener, path: str, content: object = None) -> bool:
    """Whether a request without a password is carried out. Raises ServiceUnavailable, Inconclusive."""
    host = LOOPBACK.get(listener.address, listener.address)
    return HttpService(f"http://{_bracketed(host)}:{listener.port}").request(path, content=content).accepted


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _postgresql(_: list[Listener], what: str) -> Iterator[Finding]:
    yield note(what, "its pg_hba.conf says who may log in, and was not looked at")


def _ray(listeners: list[Listener], what: str) -> Iterator[Finding]:
    if all(_asks_for_token(each.process) for each in listeners):
        yield note(what, "it asks for its token")
    else:
        remedy = "end it, and start it with RAY_AUTH_MODE=token; a launch starts it so where RAY_AUTH_MODE is not set"
        yield Finding(what, "it asks nobody for a token, and runs any program that it is given", remedy)


def _asks_for_token(process: psutil.Process) -> bool:
    """By the environment of the process or of its parents: some processes of Ray's overwrite theirs with a title."""
    with suppress(psutil.NoSuchProcess):
        return any(map(_has_token_mode, [process, *process.parents()]))
    return True


def _has_token_mode(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return str(process.environ().get("RAY_AUTH_MODE", "")).lower() == "token"
    return False


FIND_BY_PROGRAM: Mapping[str, Callable[[list[Listener], str], Iterator[Finding]]] = {
    "Ray": _ray,
    "MLflow": _mlflow,
    "PostgreSQL": _postgresql,
    DASHBOARD: _dashboard,
}


def open_dashboards(listeners: list[Listener]) -> Iterator[Finding]:
    """Optuna's dashboards that ask nobody for a password."""
    for each in listeners:
        if _accepts(each, STUDIES):
            yield Finding(
                f"{DASHBOARD} at {each} asks nobody for a password",
                "every user of this machine can delete studies there, and so can a web page whose name points here",
                ONLY_SHOW,
            )


def hidden_ports(ports: Ports) -> Iterator[Finding]:
    """The ports of processes that this user may not look at."""
    if ports.hidden:
        what = f"other machines can reach {counted(len(ports.hidden), 'port')} of processes of others: "
        yield note(f"{what}{listed(ports.hidden)}", "this user may not look at them")


def own_processes(_: Deployment) -> list[psutil.Process]:
    """The processes of this user, with their command lines."""
    processes = psutil.process_iter(["pid", "name", "cmdline", "uids"])
    return [process for process in processes if process.info["uids"] and process.info["uids"].real == os.getuid()]


def passwords_in_command_lines(processes: list[psutil.Process]) -> Iterator[Finding]:
    """Passwords in command lines, which every user of this machine can read."""
    for process in processes:
        if any(map(redact.holds_password, process.info["cmdline"] or ())):
            yield Finding(
                f"pid {process.pid} ({process.info['name']}) has a password in its command line",
                "every user of this machine can read it there",
                "start it with the password in a file (PGPASSFILE, ~/.mlflow/credentials) or in its environment",
            )


CHECKS: Iterable[Check[Any]] = (
    Check(
        "this machine",
        "other machines reach no Ray, MLflow, PostgreSQL or Optuna's dashboard",
        ports,
        reachable_programs,
    ),
    Check("this machine", "other machines reach no port of others' processes", ports, hidden_ports),
    Check("this machine", "Optuna's dashboard lets nobody in without a password", dashboards, open_dashboards),
    Check(
        "this machine",
        "no command line of this user's processes holds a password",
        own_processes,
        passwords_in_command_lines,
    ),
)
