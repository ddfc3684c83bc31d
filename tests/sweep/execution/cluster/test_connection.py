"""Joining a Ray cluster, or starting one: what cannot be reached is one message, and no traceback."""

import pytest
import ray

from sweep.config.sections import Workers
from sweep.core.errors import ServiceUnavailable
from sweep.execution import cluster


@pytest.mark.parametrize("error", [Exception("The current node timed out during startup.\nMore."), RuntimeError("no")])
def test_a_cluster_that_does_not_start_is_a_service_that_cannot_be_reached(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setattr(ray, "init", fail)
    with pytest.raises(ServiceUnavailable, match="cannot reach a Ray cluster on this machine: ") as raised:
        cluster.connect(Workers())
    assert "\n" not in str(raised.value)
