"""Waits while the database is away, and repeats the operation that failed."""

import time
from collections.abc import Callable
from typing import TypeVar

from sweep.core.errors import Interrupted
from sweep.core.log import logger
from sweep.study.storage import database_errors

PAUSE_SECONDS = 1.0

T = TypeVar("T")


class Retry:
    """Repeats an operation while the database is away; the operation must be one that can be repeated.

    stopping  whether the user wants to stop
    pause     seconds between two tries
    """

    def __init__(self, stopping: Callable[[], bool] = lambda: False, pause: float = PAUSE_SECONDS) -> None:
        self._stopping, self._pause = stopping, pause
        self._away_since = 0.0

    def __call__(self, operation: Callable[[], T]) -> T:
        """The result of the operation.

        Raises CannotWrite when nothing can be written until somebody sees to it, LedgerLost when the ledger is gone,
        and Interrupted when the user wants to stop while the database is away.
        """
        while True:
            try:
                result = operation()
            except Exception as error:
                if refusal := database_errors.cannot_write(error):
                    raise refusal from error
                if not database_errors.is_away(error):
                    raise
                self._wait(error)
            else:
                self._log_return()
                return result

    def _wait(self, error: Exception) -> None:
        if self._stopping():
            raise Interrupted(f"the ledger is away: {database_errors.reason(error)}") from error
        if not self._away_since:
            self._away_since = time.monotonic()
            logger.warning("the ledger is away, and is waited for: %s", database_errors.reason(error))
        time.sleep(self._pause)

    def _log_return(self) -> None:
        if self._away_since:
            logger.warning("the ledger is back after %.0f s", time.monotonic() - self._away_since)
            self._away_since = 0.0
