"""Ray: a pool of warm workers, as wide as the cluster and growing with it. Nothing else in `sweep` knows Ray."""

from sweep.execution.cluster.connection import connect, disconnect, shared_cluster
from sweep.execution.cluster.metrics import Metrics
from sweep.execution.cluster.pool import RayPool
from sweep.execution.cluster.warming import warmed

__all__ = ["Metrics", "RayPool", "connect", "disconnect", "shared_cluster", "warmed"]
