"""A queue of work for one thread, which repeats each piece until it succeeds. Callers never wait."""

import threading
import time
from collections import deque
from collections.abc import Callable

Work = Callable[[], object]
LOOK_SECONDS = 0.05
NOT_LEADING = "this launcher does not lead the study for now, and leaves MLflow to the one that does"
UNDER_WAY_SECONDS = 300.0  # that one piece of work may take; requests to a server have limits of their own
OUTAGE = 2  # failures in a row, from which on the user hears of it


class Away(Exception):
    """The service cannot be reached now, but may be later."""


class Outbox:
    """Does work in a thread of its own, in the order in which it was put.

    Nothing is done until `begin` is called, or `wait` seconds have passed since the first work was put.

    Work that raises Away is repeated after a pause (seconds), which doubles up to the longest; later work waits.
    Work that raises any other error is repeated once and then given up.

    failures    how many times in a row the service was away
    given_up    how many pieces of work were given up
    last_error  the last error's text
    """

    def __init__(
        self,
        pause: float = 0.5,
        longest_pause: float = 30.0,
        on_away: Callable[[str], None] = lambda _: None,
        on_back: Callable[[], None] = lambda: None,
        wait: float = 0.0,
    ) -> None:
        """on_away  takes the reason, once an outage; on_back is called after it. The thread calls both."""
        self.failures = self.given_up = 0
        self.last_error = ""
        self._pause, self._longest_pause = pause, longest_pause
        self._on_away, self._on_back = on_away, on_back
        self._work: deque[Work] = deque()
        self._seconds_until_begin, self._begun = wait, threading.Event()
        self._arrived = threading.Condition()
        self._hurry = threading.Event()
        self._closing = self._stopped = self._tried = False
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)

    def put(self, work: Work) -> None:
        """Queue work that may be repeated. It neither waits nor raises."""
        if not self._thread.ident:
            self._thread.start()
        with self._arrived:
            self._work.append(work)
            self._arrived.notify()

    def begin(self) -> None:
        """Do from now on what has been put."""
        self._begun.set()

    @property
    def waiting(self) -> int:
        """How many pieces of work wait."""
        return len(self._work)

    def drain(self, patience: float, stopping: Callable[[], bool] = lambda: False) -> None:
        """Wait until nothing is left, or as long as `wait_for` does."""
        self.wait_for(lambda: False, patience, stopping)

    def wait_for(
        self,
        reached: Callable[[], bool],
        patience: float,
        stopping: Callable[[], bool] = lambda: False,
        under_way: float = UNDER_WAY_SECONDS,
    ) -> None:
        """Wait until `reached` or `stopping` returns true, nothing is left, or nothing was done for too long.

        patience   seconds that are too long while the service is away
        under_way  while it is not: what is being done is slow, as the first use of MLflow is on a busy machine
        """
        self.begin()
        left, since = self.waiting, time.monotonic()
        while left and not (reached() or stopping()):
            if time.monotonic() - since >= (patience if self.failures else max(patience, under_way)):
                break
            time.sleep(LOOK_SECONDS)
            if self.waiting < left:
                left, since = self.waiting, time.monotonic()

    def close(self, timeout: float) -> int:
        """Do what can be done in `timeout` seconds; returns how many pieces of work were not done."""
        self._closing = True
        self.begin()
        self._wake()
        if self._thread.ident:
            self._thread.join(timeout)
        self._stopped = True
        self._wake()
        return self.waiting + self.given_up

    def stop(self, timeout: float) -> None:
        """Do no more; what is being done may take `timeout` seconds to its end. After `close` it does nothing."""
        if self._stopped:
            return
        self._stopped = self._closing = True
        self.begin()
        self._wake()
        if self._thread.ident:
            self._thread.join(timeout)

    def _wake(self) -> None:
        self._hurry.set()
        with self._arrived:
            self._arrived.notify()

    def _run(self) -> None:
        self._begun.wait(self._seconds_until_begin)
        while work := self._next():
            try:
                work()
            except Away as error:
                self._wait(str(error))
            except Exception as error:  # noqa: BLE001  (no error of this thread may reach the callers)
                self._give_up_the_second_time(str(error))
            else:
                self._done()

    def _next(self) -> Work | None:
        """The oldest work, waiting for it; None when the outbox is closed and empty, or stopped."""
        with self._arrived:
            self._arrived.wait_for(lambda: self._work or self._closing)
            return self._work[0] if self._work and not self._stopped else None

    def _wait(self, reason: str) -> None:
        self.failures += 1
        self.last_error = reason
        if self.failures == OUTAGE:
            self._on_away(reason)
        doubled = self._pause * 2 ** min(self.failures - 1, 16)  # an outage of weeks must not overflow
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
