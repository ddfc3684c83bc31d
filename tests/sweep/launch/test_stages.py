"""Baselines are fitted beside the comparison, and nobody who wants to stop waits for them."""

import threading
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from sweep.launch import stages


@dataclass(frozen=True)
class Some:
    """What of a launch's services is needed here."""

    stopping: Any
    dataset: str = "without"


def test_who_wants_to_stop_does_not_wait_for_them() -> None:
    services: Any = Some(lambda: True)
    assert stages._knowing(services, Future()) is services


def test_they_are_waited_for() -> None:
    learning: Future[Any] = Future()
    threading.Timer(0.2, lambda: learning.set_result("with")).start()
    services: Any = Some(lambda: False)
    known: Any = stages._knowing(services, learning)
    assert known.dataset == "with"


def test_a_search_that_was_not_finished_has_none() -> None:
    services: Any = Some(lambda: False)
    assert stages._knowing(services, None) is services
