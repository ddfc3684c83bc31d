"""Joining a Ray cluster, or starting one on this machine."""

import os
import threading

import ray

from sweep.config import addresses
from sweep.config.sections import Workers
from sweep.core import prompt_end
from sweep.core.errors import ServiceUnavailable
from sweep.core.usable_cpus import usable_cpus
from sweep.execution.cluster import inspection, own_cluster
from sweep.execution.failures import describe


def connect(workers: Workers) -> None:
    """Join the cluster that RAY_ADDRESS names, or start one on this machine, in any thread.

    One that is started ends with this thread at the latest: Ray has Linux end its processes with who started them.

    Raises ServiceUnavailable when that cluster does not answer.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    address = addresses.shared_cluster()
    try:
        if address:
            _join(address)
        else:
            wanted = 0 if workers.count == "auto" else workers.count * workers.cpus
            own_cluster.start(max(wanted, usable_cpus()))
    except ServiceUnavailable:
        raise
    except Exception as error:  # noqa: BLE001  (Ray raises a bare one when a node takes too long to start)
        where = f"the Ray cluster at {address} (RAY_ADDRESS)" if address else "a Ray cluster on this machine"
        raise ServiceUnavailable(f"cannot reach {where}: {describe(error).splitlines()[0]}") from None
    if threading.current_thread() is threading.main_thread():
        prompt_end.listen_again()  # Ray listens to SIGTERM itself


def shared_cluster() -> str | None:
    """What tells the cluster that was joined from others; None of one that was started here for this study alone.

    An address would not do: that of many a cluster is 127.0.0.1.
    """
    return str(ray.get_runtime_context().get_session_name()) if addresses.shared_cluster() else None


def disconnect() -> None:
    """Leave the cluster; one that was started here ends with all its processes, and its files are removed."""
    own_cluster.end()


def _join(address: str) -> None:
    if "://" not in address:
        inspection.head(address)  # which does not wait for ever for a host that does not answer
    ray.init(address, **own_cluster.QUIET)
