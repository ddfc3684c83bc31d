"""A real Ray cluster for the tests of this folder."""

from collections.abc import Iterator
from typing import Any

import pytest

from sweep.config.sections import Workers
from sweep.execution import cluster
from sweep.execution.cluster import ray_private


@pytest.fixture(scope="module")
def nodes(real_services: None) -> Iterator[Any]:
    """A Ray cluster of one node with one processor, to which nodes can be added; on the loopback address."""
    from ray.cluster_utils import Cluster  # noqa: PLC0415  (it needs Ray's own test helpers)

    ray_private.listen_on_loopback_only()
    ray_private.let_workers_keep_pace()
    cluster_of_nodes = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 1, "_system_config": {"metrics_report_interval_ms": 500}}
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_ADDRESS", cluster_of_nodes.address)
        cluster.connect(Workers())
        yield cluster_of_nodes
        cluster.disconnect()
        cluster_of_nodes.shutdown()
