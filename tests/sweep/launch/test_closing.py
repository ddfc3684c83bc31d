"""How long the end of a launch waits for MLflow."""

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from sweep.launch import closing
from sweep.tracking.outbox import Outbox

TAKES = 0.5  # seconds, of a write that nothing but a busy disk makes slow


class Slow:
    """A recorder whose writes take their time, of an MLflow that is there."""

    shown_address = "sqlite:///mlflow.db"

    def __init__(self) -> None:
        self.outbox = Outbox()

    def finished(self, _state: str, _at: float | None = None) -> None:
        self.outbox.put(lambda: time.sleep(TAKES))

    def close(self, timeout: float) -> int:
        return self.outbox.close(timeout)


def after_trials(recorder: Any) -> None:
    study = SimpleNamespace(end=lambda _: None, best=None, ended=None)
    asked: Any = SimpleNamespace(study=study, recorder=recorder, retry=lambda work: work(), stopping=lambda: True)
    closing.mirror_the_end(asked, "stopped", None, None)


@pytest.mark.parametrize("end", [closing.close_early, after_trials])
def test_a_launch_that_is_stopped_sends_its_end_to_an_mlflow_that_is_only_slow(
    end: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing, "HURRIED_SECONDS", TAKES / 10)
    recorder = Slow()
    end(recorder)
    assert recorder.outbox.waiting == 0
