"""Ray: a pool of warm workers, as wide as the cluster and growing with it. Nothing else in `sweep` knows Ray."""

import os

# Ray reads these as it is imported, and whoever has set one keeps it. Without the first, a cluster of this machine
# alone would listen on all the network. Without the others a call to a worker that was cut off would never end: its
# connection is asked every 3 s whether it still lives.
if not os.environ.get("RAY_ADDRESS"):
    os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
os.environ.setdefault("RAY_grpc_client_keepalive_time_ms", "3000")
os.environ.setdefault("RAY_grpc_client_keepalive_timeout_ms", "3000")

from sweep.cluster.connection import connect, disconnect, shared_cluster
from sweep.cluster.pool import RayPool

__all__ = ["RayPool", "connect", "disconnect", "shared_cluster"]
