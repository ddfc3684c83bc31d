"""Joining a Ray cluster, or starting one: what cannot be reached is one message, and no traceback."""

import socket

import pytest
import ray

from sweep.config.sections import Workers
from sweep.core.errors import ServiceUnavailable
from sweep.execution import cluster


@pytest.mark.parametrize("error", [Exception("nobody knows what.\nMore."), RuntimeError("no")])
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


def test_a_cluster_whose_host_does_not_answer_is_said_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int]] = []

    def no_answer(address: tuple[str, int], timeout: float) -> None:
        asked.append(address)
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket, "create_connection", no_answer)
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.1:6379")
    with pytest.raises(ServiceUnavailable, match=r"cannot reach the Ray cluster at 10.0.0.1:6379 \(RAY_ADDRESS\)"):
        cluster.connect(Workers())
    assert asked == [("10.0.0.1", 6379)]
