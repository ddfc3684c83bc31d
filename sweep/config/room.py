"""How many workers have room on machines."""

import math
from collections.abc import Iterable, Mapping

from sweep.config.sections import Workers
from sweep.core.wording import counted

ROUNDING = 1e-4  # to which Ray counts resources


def places(nodes: Iterable[Mapping[str, float]], workers: Workers) -> int:
    """How many such workers fit on nodes with these resources, such as {"CPU": 4.0}; none is spread over two nodes."""
    return sum(int(min(node.get("CPU", 0.0) // workers.cpus, _by_gpus(node, workers.needed_gpus))) for node in nodes)


def needs(workers: Workers) -> str:
    """What a worker needs of one machine: `2 CPUs and 1 GPU`."""
    gpus = workers.needed_gpus
    return f"{counted(workers.cpus, 'CPU')}{f' and {gpus:g} GPU' if gpus else ''}{'s' if gpus > 1 else ''}"


def _by_gpus(node: Mapping[str, float], gpus: float) -> float:
    there = int(node.get("GPU", 0.0))
    if not gpus:
        return math.inf
    return there // gpus if gpus >= 1 else there * int(1 / gpus + ROUNDING)
