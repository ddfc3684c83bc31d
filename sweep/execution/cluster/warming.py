"""Workers that import TensorFlow while the study's data are not there yet."""

from typing import Any

import ray

from sweep.config.room import places
from sweep.config.sections import Workers
from sweep.execution.cluster.worker import Worker


def actor(workers: Workers) -> Any:
    """The class of the Ray actors of a study."""
    return ray.remote(num_cpus=workers.cpus, num_gpus=workers.gpus)(Worker)


def warmed(workers: Workers) -> list[Any]:
    """As many workers as this process's own cluster has room for, which have begun; they have no data yet.

    Where a worker may have a GPU or not the pool decides that, one by one, and none begins before.
    """
    if not ray.is_initialized() or workers.cpu_workers:
        return []
    room = places([node["Resources"] for node in ray.nodes() if node["Alive"]], workers)
    most = room if workers.count == "auto" else min(workers.count, room)
    return [actor(workers).remote(workers.cpus) for _ in range(most)]
