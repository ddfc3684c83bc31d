"""Waits for a database that is away: whoever asks the ledger is answered late, and never with an error."""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from sweep.core.errors import CannotWrite, Interrupted
from sweep.core.log import logger
from sweep.core.trials import Outcome, Trial
from sweep.scheduling import Ledger
from sweep.study.storage import database
from workers.spec import EpochReport

PAUSE_SECONDS = 1.0

T = TypeVar("T")


class Patience:
    """Repeats what a database that is away has failed, until it is back; what is repeated must bear it."""

    def __init__(self, stopping: Callable[[], bool] = lambda: False, pause: float = PAUSE_SECONDS) -> None:
        self._stopping, self._pause = stopping, pause
        self._away_since = 0.0

    def __call__(self, operation: Callable[[], T]) -> T:
        """What the operation returns.

        Raises CannotWrite when the disk is full, Interrupted when somebody wants to stop while the database is away.
        """
        while True:
            try:
                result = operation()
            except Exception as error:
                if database.is_full(error):
                    raise CannotWrite(
                        f"the ledger cannot be written: {database.reason(error)}\n"
                        "What is in it is whole. Make room, and the same command continues."
                    ) from error
                if not database.is_away(error):
                    raise
                self._wait(error)
            else:
                self._welcome()
                return result

    def _wait(self, error: Exception) -> None:
        if self._stopping():
            raise Interrupted(f"the ledger is away: {database.reason(error)}") from error
        if not self._away_since:
            self._away_since = time.monotonic()
            logger.warning("the ledger is away, and is waited for: %s", database.reason(error))
        time.sleep(self._pause)

    def _welcome(self) -> None:
        if self._away_since:
            logger.warning("the ledger is back after %.0f s", time.monotonic() - self._away_since)
            self._away_since = 0.0


class PatientLedger(Ledger):
    """A ledger whose database may go and come back."""

    def __init__(self, ledger: Ledger, patience: Patience) -> None:
        self._ledger, self._patience = ledger, patience

    def unfinished(self) -> Sequence[Trial]:
        """See Ledger."""
        return self._patience(self._ledger.unfinished)

    def recorded(self, trial: Trial) -> list[EpochReport]:
        """See Ledger."""
        return self._patience(lambda: self._ledger.recorded(trial))

    def ask(self) -> Trial | None:
        """See Ledger."""
        return self._patience(self._ledger.ask)

    def finished(self, key: str) -> tuple[Trial, Outcome] | None:
        """See Ledger."""
        return self._patience(lambda: self._ledger.finished(key))

    def begin(self, trial: Trial, worker: str) -> None:
        """See Ledger."""
        self._patience(lambda: self._ledger.begin(trial, worker))

    def lost(self, trial: Trial, reason: str) -> None:
        """See Ledger."""
        self._patience(lambda: self._ledger.lost(trial, reason))

    def report(self, trial: Trial, reports: Sequence[EpochReport]) -> tuple[list[EpochReport], bool]:
        """See Ledger."""
        return self._patience(lambda: self._ledger.report(trial, reports))

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """See Ledger."""
        self._patience(lambda: self._ledger.tell(trial, outcome))
