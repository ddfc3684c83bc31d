"""Work that one thread does in order and tries again until it succeeds, so that whoever hands it in never waits."""

import threading
import time
from collections import deque
from collections.abc import Callable

Work = Callable[[], None]
LOOK_SECONDS = 0.05
OUTAGE = 2  # failures in a row that are no mere hiccup, and worth a word


class Away(Exception):
    """The other side cannot be reached for now."""


class Outbox:
    """Hands work to a thread of its own.

    Work that raises Away is tried again after a pause in seconds, which doubles up to the longest, and what follows
    waits its turn. Work that raises anything else is tried once more and then given up.

    failures    how often in a row the other side was away by now
    given_up    pieces of work that will not be tried again
    last_error  why the last piece that failed did so
    """

    def __init__(
        self,
        pause: float = 0.5,
        longest_pause: float = 30.0,
        on_away: Callable[[str], None] = lambda _: None,
        on_back: Callable[[], None] = lambda: None,
    ) -> None:
        """on_away is told the reason, once an outage; on_back that it is over. Both are called by the thread."""
        self.failures = self.given_up = 0
        self.last_error = ""
        self._pause, self._longest_pause = pause, longest_pause
        self._on_away, self._on_back = on_away, on_back
        self._work: deque[Work] = deque()
        self._arrived = threading.Condition()
        self._hurry = threading.Event()
        self._closing = self._stopped = self._tried = False
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

    def drain(self, patience: float, stopping: Callable[[], bool] = lambda: False) -> None:
        """Wait until nothing is left to do, nothing was done for `patience` seconds, or `stopping` says so."""
        left, since = self.waiting, time.monotonic()
        while left and time.monotonic() - since < patience and not stopping():
            time.sleep(LOOK_SECONDS)
            if self.waiting < left:
                left, since = self.waiting, time.monotonic()

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
        while work := self._next():
            try:
                work()
            except Away as error:
                self._wait(str(error))
            except Exception as error:  # noqa: BLE001  whatever it is, whoever handed the work in must not notice
                self._give_up_the_second_time(str(error))
            else:
                self._done()

    def _next(self) -> Work | None:
        """The oldest work, waiting for it; none when no more is to be done."""
        with self._arrived:
            self._arrived.wait_for(lambda: self._work or self._closing)
            return self._work[0] if self._work and not self._stopped else None

    def _wait(self, reason: str) -> None:
        self.failures += 1
        self.last_error = reason
        if self.failures == OUTAGE:
            self._on_away(reason)
        doubled = self._pause * 2 ** min(self.failures - 1, 16)  # a float has an end, an outage of weeks would find it
        self._hurry.wait(self._pause if self._closing else min(doubled, self._longest_pause))
        self._hurry.clear()

    def _give_up_the_second_time(self, reason: str) -> None:
        self.last_error = reason
        if self._tried:
            self.given_up += 1
            self._done()
        else:
            self._tried = True

    def _done(self) -> None:
        self._work.popleft()
        self._tried = False
        if self.failures >= OUTAGE:
            self._on_back()
        self.failures = 0
