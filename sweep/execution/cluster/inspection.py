"""Looks at Ray from outside: at a cluster without joining it, and at what dead launchers have left on this machine."""

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psutil
import ray

from sweep.core import processes
from sweep.core.errors import ServiceUnavailable
from sweep.execution.cluster import ray_private
from sweep.execution.failures import describe

MARK = "SWEEP_LAUNCHER"  # an environment variable of a launcher's processes: its start, its pid and its place
ANSWER_SECONDS = 3.0


@dataclass(frozen=True)
class Nodes:
    """A cluster's nodes.

    resources  of each node that is alive, such as {"CPU": 4.0}
    dead       the addresses of those that are not, and have not come back
    ownerless  workers of ours that are alive and whose launcher is gone: `pid 7 on 10.0.0.2`
    """

    resources: list[Mapping[str, float]]
    dead: list[str]
    ownerless: list[str]


def nodes(address: str) -> Nodes:
    """The nodes of the cluster at this RAY_ADDRESS. Raises ServiceUnavailable when it does not answer."""
    with _explained(address):
        return _ask(head(address))


def head(address: str) -> str:
    """The host:port at which the head of the cluster at this RAY_ADDRESS listens. Raises as `nodes` does."""
    where = _called(address)
    if "://" in address:
        raise ServiceUnavailable(f"{where} can only be looked at by its own address, host:port, not through Ray Client")
    with _explained(address):
        found = ray_private.bootstrap_address(address)
        if found is None:
            raise ServiceUnavailable(f"there is no {where.removeprefix('the ')}")
        gcs = found if address == "auto" else address  # for 127.0.0.1 Ray finds this machine's outer address
        host, _, port = gcs.rpartition(":")
        socket.create_connection((host.strip("[]"), int(port)), ANSWER_SECONDS).close()  # Ray itself would wait long
        return gcs


def mark() -> None:
    """Let every process that this one starts from now on be known as this launcher's."""
    os.environ[MARK] = f"{processes.started(os.getpid())} {os.getpid()} {processes.place()}"


def has_ended(mark: str) -> bool:
    """Whether the launcher with this mark has. Raises ValueError for what is no mark."""
    began, pid, place = mark.split(" ", 2)
    return processes.has_ended(place, int(pid), float(began))


def left_behind() -> list[psutil.Process]:
    """Processes on this machine, and of this user, that were started for a launcher which has ended."""
    return [process for process in psutil.process_iter() if _is_left_behind(process)]


def end(process: psutil.Process) -> None:
    """End a process that was left behind, if it still is the one."""
    with suppress(psutil.Error):
        if process.is_running() and _is_left_behind(process):
            process.kill()
            process.wait(ANSWER_SECONDS)


def _called(address: str) -> str:
    return f"the Ray cluster at {address} (RAY_ADDRESS)"


@contextmanager
def _explained(address: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, RuntimeError, ray.exceptions.RayError) as error:
        raise ServiceUnavailable(f"cannot reach {_called(address)}: {describe(error).splitlines()[0]}") from None


def _is_left_behind(process: psutil.Process) -> bool:
    try:
        if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
            return False
        return has_ended(process.environ().get(MARK, ""))
    except (psutil.Error, ValueError, OSError):  # another user's, or gone in the meantime
        return False


def _ask(gcs: str) -> Nodes:
    with ray_private.state_of(gcs) as state:
        table = state.node_table()
        alive = [node for node in table if node["Alive"]]
        here = {node["NodeManagerAddress"] for node in alive}
        dead = {node["NodeManagerAddress"] for node in table} - here
        return Nodes([node["Resources"] for node in alive], sorted(dead), _ownerless(state))


def _ownerless(state: Any) -> list[str]:
    over = {job["JobID"] for job in state.job_table() if job["IsDead"]}
    actors: list[dict[str, Any]] = list(state.actor_table(None, actor_state_name="ALIVE").values())
    ours = [actor for actor in actors if actor["ActorClassName"] == "Worker" and actor["JobID"] in over]
    return sorted(f"pid {actor['Pid']} on {actor['Address']['IPAddress']}" for actor in ours)
