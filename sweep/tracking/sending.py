"""Sends writes to MLflow by a thread that waits outages out, and says once that one began and that it ended."""

from collections.abc import Callable
from contextlib import suppress

from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from sweep.core.log import logger
from sweep.tracking.outages import explained, refused
from sweep.tracking.outbox import Away, Outbox
from sweep.tracking.runs import StudyRuns

VAIN = 6  # tries of a write that fails while MLflow answers others, before it holds those up no longer


class Sender:
    """An outbox for writes, each of which may be repeated."""

    def __init__(self, runs: StudyRuns, where: str, may_send: Callable[[], bool]) -> None:
        """may_send is asked before each write."""
        self._runs, self._where, self._may_send = runs, where, may_send
        self._vain = 0
        self.outbox = Outbox(on_away=self._say_that_it_is_away, on_back=self._say_that_it_is_back)

    def put(self, write: Callable[[], None]) -> None:
        """Queue a write."""
        self.outbox.put(lambda: self._attempt(write))

    def _attempt(self, write: Callable[[], None]) -> None:
        """Try once. Raises Away when MLflow cannot be reached, anything else for what will never succeed."""
        if not self._may_send():
            raise Away("this launcher does not lead the study for now, and leaves MLflow to the one that does")
        try:
            write()
        except (MlflowException, SQLAlchemyError, OSError) as error:
            self._runs.forget()
            if refused(error) or self._is_in_vain():
                raise
            raise Away(explained(error)) from error
        self._vain = 0

    def _is_in_vain(self) -> bool:
        """Whether MLflow answers, and has failed to write ever since it last wrote."""
        self._vain = self._vain + 1 if self._runs.answers() else 0
        return self._vain >= VAIN

    def _say_that_it_is_away(self, reason: str) -> None:
        _say(
            f"warning: MLflow at {self._where} cannot be used: {reason}\n"
            "nothing waits for it: what it lacks is sent as soon as it is back"
        )

    def _say_that_it_is_back(self) -> None:
        _say(f"MLflow at {self._where} is back")


def _say(text: str) -> None:
    """To whoever watches; nobody may."""
    with suppress(OSError, ValueError):
        logger.warning("%s", text)
