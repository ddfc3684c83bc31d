"""Sends writes to MLflow from a thread, which waits for MLflow in an outage and tells the user once."""

from collections.abc import Callable
from contextlib import suppress

from sweep.core.log import logger
from sweep.tracking.outbox import Away, Outbox
from sweep.tracking.runs import StudyRuns
from sweep.tracking.server import ERRORS, explained, refused

MAX_FAILED_WRITES = 6  # of one write while MLflow answers other requests; then the write is given up


class Sender:
    """An outbox for writes, each of which may be repeated."""

    def __init__(self, runs: StudyRuns, where: str, may_send: Callable[[], bool]) -> None:
        """may_send  returns whether this launcher may write; asked before each write."""
        self._runs, self._where, self._may_send = runs, where, may_send
        self._failed = 0
        self.outbox = Outbox(on_away=self._say_that_it_is_away, on_back=self._say_that_it_is_back)

    def put(self, write: Callable[[], None]) -> None:
        """Queue a write."""
        self.outbox.put(lambda: self._attempt(write))

    def _attempt(self, write: Callable[[], None]) -> None:
        """Write once. Raises Away when MLflow cannot be reached, and MLflow's error for a hopeless write."""
        if not self._may_send():
            raise Away("this launcher does not lead the study for now, and leaves MLflow to the one that does")
        try:
            write()
        except ERRORS as error:
            self._runs.forget()
            if refused(error) or self._is_hopeless():
                raise
            raise Away(explained(error)) from error
        self._failed = 0

    def _is_hopeless(self) -> bool:
        """Whether MLflow answers other requests and has failed this write too often."""
        self._failed = self._failed + 1 if self._runs.answers() else 0
        return self._failed >= MAX_FAILED_WRITES

    def _say_that_it_is_away(self, reason: str) -> None:
        _say(
            f"warning: MLflow at {self._where} cannot be used: {reason}\n"
            "nothing waits for it: what it lacks is sent as soon as it is back"
        )

    def _say_that_it_is_back(self) -> None:
        _say(f"MLflow at {self._where} is back")


def _say(text: str) -> None:
    """Log for the user, if stderr is still open."""
    with suppress(OSError, ValueError):
        logger.warning("%s", text)
