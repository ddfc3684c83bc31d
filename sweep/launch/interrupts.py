"""Ctrl-C and SIGTERM: the first asks to stop after the segments under way, the second ends everything at once."""

import queue
import signal
import threading
from types import FrameType

from sweep.core import prompt_end
from sweep.core.log import logger


class Interrupts:
    """Remembers whether the user has asked to stop. Ray installs handlers of its own: install these after it.

    A handler may run in the middle of any write, and a stream refuses a write within its own: a thread says it.
    """

    def __init__(self) -> None:
        self.asked = False
        self._to_say: queue.SimpleQueue[str] = queue.SimpleQueue()  # the one queue that a handler may always use

    def install(self) -> None:
        """Take over both signals: from now on there is something to finish."""
        prompt_end.hand_over()
        threading.Thread(target=self._say, name="interrupts", daemon=True).start()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._handle)

    def _say(self) -> None:
        logger.warning(self._to_say.get())

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            prompt_end.end_at_once()
        self.asked = True
        self._to_say.put("stopping after the segments under way; once more stops at once")
