"""Checks of Ray: the cluster that RAY_ADDRESS names, and processes of dead launchers on this machine."""

from collections.abc import Iterable, Iterator
from functools import partial

import psutil

from sweep.config.addresses import shared_cluster
from sweep.config.sections import Workers
from sweep.core.errors import ServiceUnavailable
from sweep.core.wording import counted, listed
from sweep.doctor.checks import Check, Finding, note
from sweep.doctor.study_state import StudyState, WritableStudy
from sweep.execution.cluster import inspection


def cluster(state: StudyState) -> Iterator[Finding]:
    """Whether the cluster answers, has room for a worker, and has no workers whose launcher is gone."""
    address = shared_cluster()
    if not address:
        return
    try:
        nodes = inspection.nodes(address)
    except ServiceUnavailable as error:
        why = "no launch can begin; one that runs waits for nothing but its workers"
        yield Finding(str(error), why, "cannot be repaired: start the cluster, or unset RAY_ADDRESS")
        return
    cpus = sum(node.get("CPU", 0.0) for node in nodes.resources)
    yield note(f"{address}: {counted(len(nodes.resources), 'node')} with {cpus:.0f} CPUs")
    yield from _room(nodes, state.config.workers)
    yield from _gone(nodes)


def _room(nodes: inspection.Nodes, workers: Workers) -> Iterator[Finding]:
    needed = {"CPU": workers.cpus, "GPU": workers.needed_gpus}
    if not any(all(node.get(kind, 0.0) >= count for kind, count in needed.items()) for node in nodes.resources):
        yield Finding(
            f"no node has room for a worker: {workers.cpus} CPUs and {workers.needed_gpus:g} GPUs",
            "trials wait for ever",
            "cannot be repaired: add a node, or lower workers.cpus and workers.gpus",
        )


def _gone(nodes: inspection.Nodes) -> Iterator[Finding]:
    if nodes.dead:
        yield note(f"nodes that have left: {listed(nodes.dead)}", "their trials went on elsewhere")
    if nodes.ownerless:
        yield Finding(
            f"workers whose launcher is gone: {listed(nodes.ownerless)}",
            "they hold processors that others wait for",
            "cannot be repaired from here: end these processes on their nodes",
        )


def orphaned_processes(_: StudyState) -> Iterator[Finding]:
    """Processes of launchers that were killed on this machine. They carry a mark; no other process is ended."""
    for process in inspection.left_behind():
        yield Finding(
            f"pid {process.pid} ({_name(process)}) was left behind by a launcher that is gone",
            "it holds memory and perhaps a GPU",
            "ends it",
            repair=partial(_end, process=process),
        )


def _name(process: psutil.Process) -> str:
    try:
        return str(process.name())
    except psutil.Error:
        return "gone by now"


def _end(_: WritableStudy, process: psutil.Process) -> None:
    inspection.end(process)


CHECKS: Iterable[Check] = (
    Check("Ray", "RAY_ADDRESS is not set: each launch has a cluster of its own", cluster),
    Check("Ray", "no process was left behind on this machine", orphaned_processes),
)
