"""Checks of this machine's processes: what other machines can connect to, and what everybody can read of them."""

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
from sweep.doctor.case import Finding, news
from sweep.doctor.deployment.http import Site
from sweep.doctor.deployment.network import beyond
from sweep.doctor.deployment.scene import Check, Surroundings, Unclear, Unseen
from sweep.doctor.deployment.tracking import ONE, SEARCH

PROGRAMS = {  # by their command lines
    "Optuna's dashboard": re.compile(r"optuna[-_]dashboard"),
    "MLflow": re.compile(r"\bmlflow[ .](server|ui)\b"),
    "PostgreSQL": re.compile(r"^(\S*/)?postgres\b"),
    "Ray": re.compile(r"^ray::|^(\S*/)?(gcs_server|raylet)\b|/ray/(core|dashboard|_private|util)/|\bray start\b"),
}
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  (looked for, not listened on)


@dataclass(frozen=True)
class Listener:
    """A port that other machines can reach, and which of the PROGRAMS listens there."""

    program: str
    address: str
    port: int
    process: psutil.Process

    def __str__(self) -> str:
        return f"{_bracketed(self.address)}:{self.port}"


@dataclass(frozen=True)
class Ports:
    """What listens beyond this machine; `hidden`: ports of processes that this user may not look at."""

    known: list[Listener]
    hidden: list[int]


def ports(_: Surroundings) -> Ports | Unseen:
    """All that listens on an address that other machines can reach."""
    try:
        found = [each for each in psutil.net_connections("tcp") if each.status == psutil.CONN_LISTEN]
    except psutil.AccessDenied:
        return Unseen(news("what listens on this machine was not looked at", "this account may not"))
    found = [each for each in found if beyond(each.laddr.ip)]
    known = [listener for each in found for listener in _listener(each.pid, *each.laddr)]
    return Ports(known, sorted({each.laddr.port for each in found if each.pid is None}))


def _listener(pid: int | None, address: str, port: int) -> Iterator[Listener]:
    """One, if the process is one of the PROGRAMS and still there."""
    with suppress(psutil.Error):
        if pid is not None:
            process = psutil.Process(pid)
            line = " ".join(process.cmdline())
            names = [name for name, pattern in PROGRAMS.items() if pattern.search(line)]
            yield from [Listener(name, address, port, process) for name in names[:1]]


def listening(ports: Ports) -> Iterator[Finding]:
    """The PROGRAMS that other machines can reach, and what these ask of whoever comes."""
    for program, judge in JUDGES.items():
        found = [each for each in ports.known if each.program == program]
        if found:
            yield from judge(found, f"other machines can reach {program} at {listed(sorted(map(str, found)))}")


def _dashboard(_: list[Listener], what: str) -> Iterator[Finding]:
    yield Finding(what, "it asks nobody for a password", "start it with --host 127.0.0.1")


def _mlflow(found: list[Listener], what: str) -> Iterator[Finding]:
    if any(map(_is_open, found)):
        remedy = "start it with --host 127.0.0.1, or with --app-name basic-auth"
        yield Finding(what, "it asks nobody for a password", remedy)
    else:
        yield news(what, "it asks for a password, or does not answer")


def _is_open(found: Listener) -> bool:
    """Whether an MLflow server answers anybody."""
    host = EVERYWHERE.get(found.address, found.address)
    try:
        return Site(f"http://{_bracketed(host)}:{found.port}").ask(SEARCH, send=ONE).let_in
    except (ServiceUnavailable, Unclear):
        return False


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _postgresql(_: list[Listener], what: str) -> Iterator[Finding]:
    yield news(what, "whom it lets in stands in its pg_hba.conf, which was not looked at")


def _ray(found: list[Listener], what: str) -> Iterator[Finding]:
    if all(_wants_token(each.process) for each in found):
        yield news(what, "it asks for its token")
    else:
        remedy = "end it, and start it with RAY_AUTH_MODE=token; a launch starts it so where RAY_AUTH_MODE is not set"
        yield Finding(what, "it asks nobody for a token, and runs whatever program it is given", remedy)


def _wants_token(process: psutil.Process) -> bool:
    """By its environment, or that of what started it: some of Ray's processes overwrite theirs with their titles."""
    with suppress(psutil.NoSuchProcess):
        return any(map(_is_told_to, [process, *process.parents()]))
    return True


def _is_told_to(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return str(process.environ().get("RAY_AUTH_MODE", "")).lower() == "token"
    return False


JUDGES: Mapping[str, Callable[[list[Listener], str], Iterator[Finding]]] = {
    "Ray": _ray,
    "MLflow": _mlflow,
    "PostgreSQL": _postgresql,
    "Optuna's dashboard": _dashboard,
}


def hidden(ports: Ports) -> Iterator[Finding]:
    """Ports whose owners this user may not know."""
    if ports.hidden:
        what = f"other machines can reach {counted(len(ports.hidden), 'port')} of processes of others: "
        yield news(f"{what}{listed(ports.hidden)}", "this user may not look at them")


def processes(_: Surroundings) -> list[psutil.Process]:
    """This user's."""
    told = psutil.process_iter(["pid", "name", "cmdline", "uids"])
    return [process for process in told if process.info["uids"] and process.info["uids"].real == os.getuid()]


def command_lines(mine: list[psutil.Process]) -> Iterator[Finding]:
    """Processes that were given a password where everybody can read it."""
    for process in mine:
        if any(map(redact.holds_password, process.info["cmdline"] or ())):
            yield Finding(
                f"pid {process.pid} ({process.info['name']}) has a password in its command line",
                "every user of this machine can read it there",
                "start it with the password in a file (PGPASSFILE, ~/.mlflow/credentials) or in its environment",
            )


CHECKS: Iterable[Check[Any]] = (
    Check("this machine", "other machines reach no Ray, MLflow, PostgreSQL or Optuna's dashboard", ports, listening),
    Check("this machine", "other machines reach no port of others' processes", ports, hidden),
    Check("this machine", "no command line of this user's processes holds a password", processes, command_lines),
)
