"""How long the end of a launch waits for MLflow."""

import time
from typing import cast

import pytest

from sweep.launch import closing
from sweep.tracking.outbox import Outbox
from sweep.tracking.recorder import Recorder

TAKES = 0.5  # seconds, of a write that nothing but a busy disk makes slow


class Slow:
    """A recorder whose writes take their time, of an MLflow that is there."""

    def __init__(self) -> None:
        self.outbox = Outbox()

    def finished(self, _state: str) -> None:
        self.outbox.put(lambda: time.sleep(TAKES))

    def close(self, timeout: float) -> int:
        return self.outbox.close(timeout)


def test_a_launch_that_is_stopped_sends_its_end_to_an_mlflow_that_is_only_slow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(closing, "HURRIED_SECONDS", TAKES / 10)
    recorder = Slow()
    closing.close_early(cast("Recorder", recorder))
    assert recorder.outbox.waiting == 0
