"""Ray: a pool of warm workers, as wide as the cluster and growing with it. Nothing else in `sweep` knows Ray."""

import os

# Without this, which Ray reads as it is imported, a cluster of this machine alone would listen on all the network.
if not os.environ.get("RAY_ADDRESS"):
    os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")

from sweep.execution.cluster.connection import connect, disconnect, shared_cluster
from sweep.execution.cluster.metrics import Metrics
from sweep.execution.cluster.pool import RayPool

__all__ = ["Metrics", "RayPool", "connect", "disconnect", "shared_cluster"]
