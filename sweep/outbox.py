"""Work that one thread does in order and tries again until it succeeds, so that whoever hands it in never waits."""

import threading
from collections import deque
from collections.abc import Callable

Work = Callable[[], None]


class Away(Exception):
    """The other side cannot be reached for now."""


class Outbox:
    """Hands work to a thread of its own.

    Work that raises Away is tried again after a pause in seconds, which doubles up to the longest, and what follows
    waits its turn. Work that raises anything else is tried once more and then given up.
    """

    def __init__(self, pause: float = 0.5, longest_pause: float = 30.0) -> None:
        self.given_up = 0
        self.last_error = ""
        self._pause, self._longest_pause = pause, longest_pause
        self._work: deque[Work] = deque()
        self._arrived = threading.Condition()
        self._hurry = threading.Event()
        self._closing = self._stopped = False
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
        self._thread.start()

    def put(self, work: Work) -> None:
        """Queue work that may be repeated. Neither waits nor raises."""
        with self._arrived:
            self._work.append(work)
            self._arrived.notify()

    @property
    def waiting(self) -> int:
        """How many pieces of work are still to be done."""
        return len(self._work)

    def close(self, timeout: float) -> int:
        """Do what can be done in `timeout` seconds; returns how many pieces of work were not done."""
        self._closing = True
        self._wake()
        self._thread.join(timeout)
        self._stopped = True
        self._wake()
        return self.waiting + self.given_up

    def _wake(self) -> None:
        self._hurry.set()
        with self._arrived:
            self._arrived.notify()

    def _run(self) -> None:
        pause, failed = self._pause, False
        while work := self._next():
            try:
                work()
            except Away as error:
                self.last_error = str(error)
                self._hurry.wait(pause)
                self._hurry.clear()
                pause = self._pause if self._closing else min(2 * pause, self._longest_pause)
                continue
            except Exception as error:  # noqa: BLE001  whatever it is, whoever handed the work in must not notice
                self.last_error = str(error)
                if not failed:
                    failed = True
                    continue
                self.given_up += 1
            pause, failed = self._pause, False
            self._work.popleft()

    def _next(self) -> Work | None:
        """The oldest work, waiting for it; none when no more is to be done."""
        with self._arrived:
            self._arrived.wait_for(lambda: self._work or self._closing)
            return self._work[0] if self._work and not self._stopped else None
