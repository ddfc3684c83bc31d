"""Ctrl-C is heard whatever the launcher is doing, and what is said of it breaks no line."""

import io
import os
import signal
import sys
import threading
from collections.abc import Iterator

import pytest

from sweep.core import log
from sweep.launch.interrupts import Interrupts


class _Terminal(io.RawIOBase):
    """At which the user presses Ctrl-C while the first line is being written."""

    def __init__(self) -> None:
        self.shown = b""
        self.told = threading.Event()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        if not self.shown:
            os.kill(os.getpid(), signal.SIGINT)
        self.shown += bytes(data)
        if b"once more stops at once" in self.shown:
            self.told.set()
        return len(data)


@pytest.fixture
def signals_are_put_back() -> Iterator[None]:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("signals_are_put_back")
def test_ctrl_c_in_the_middle_of_a_line_is_told_after_that_line(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, interrupts = _Terminal(), Interrupts()
    stream = io.TextIOWrapper(io.BufferedWriter(terminal), write_through=True)  # type: ignore[type-var]
    monkeypatch.setattr(sys, "stderr", stream)
    log.configure("small", "text")
    interrupts.install()
    log.logger.info("[1/20] a trial")
    assert interrupts.asked
    assert terminal.told.wait(60)
    assert terminal.shown.decode().splitlines() == [
        "[1/20] a trial",
        "stopping after the segments under way; once more stops at once",
    ]
