"""A Ray cluster in a process of its own, so that it begins with nothing that Ray keeps in the process of the tests."""

import multiprocessing
from multiprocessing.connection import Connection

from sweep.execution.cluster import ray_private


class RayCluster:
    """A cluster whose head has no processor; nodes can be added.

    address  of its head
    """

    def __init__(self) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._line, theirs = spawn.Pipe()
        self._process = spawn.Process(target=_run, args=(theirs,))
        self._process.start()
        self.address: str = self._line.recv()

    def add_node(self, num_cpus: int) -> None:
        """Add a node with so many processors."""
        self._line.send(num_cpus)
        self._line.recv()

    def remove_node(self) -> None:
        """Remove the node that was added last."""
        self._line.send(0)
        self._line.recv()

    def shutdown(self) -> None:
        """End all of it."""
        self._line.send(None)
        self._process.join(120)


def _run(line: Connection) -> None:
    from ray.cluster_utils import Cluster  # noqa: PLC0415  (it needs Ray's own test helpers)

    ray_private.listen_on_loopback_only()
    ray_private.let_workers_keep_pace()
    nodes, added = Cluster(initialize_head=True, head_node_args={"num_cpus": 0}), []
    line.send(nodes.address)
    while (processors := line.recv()) is not None:
        if processors:
            added.append(nodes.add_node(num_cpus=processors))
        else:
            nodes.remove_node(added.pop())
        line.send(None)
    nodes.shutdown()
