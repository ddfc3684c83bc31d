"""Ctrl-C and SIGTERM: the first asks to stop after the segments under way, the second ends everything at once."""

import os
import signal
from types import FrameType

import psutil

from sweep.core.guard import INTERRUPTED
from sweep.core.log import logger


class Interrupts:
    """Remembers whether the user has asked to stop. Ray installs handlers of its own: install these after it."""

    def __init__(self) -> None:
        self.asked = False

    def install(self) -> None:
        """Take over both signals."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._handle)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            for child in psutil.Process().children(recursive=True):  # some of Ray's would outlive their parents
                child.kill()
            os._exit(INTERRUPTED)
        self.asked = True
        logger.warning("stopping after the segments under way; once more stops at once")
