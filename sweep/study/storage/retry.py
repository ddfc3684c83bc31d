"""Waits while the database is away, and repeats the operation that failed."""

import time
from collections.abc import Callable
from typing import TypeVar

from sweep.core.errors import CannotWrite, Interrupted
from sweep.core.log import logger
from sweep.study.storage import database

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

        Raises CannotWrite when the disk is full, Interrupted when the user wants to stop while the database is away.
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
                self._log_return()
                return result

    def _wait(self, error: Exception) -> None:
        if self._stopping():
            raise Interrupted(f"the ledger is away: {database.reason(error)}") from error
        if not self._away_since:
            self._away_since = time.monotonic()
            logger.warning("the ledger is away, and is waited for: %s", database.reason(error))
        time.sleep(self._pause)

    def _log_return(self) -> None:
        if self._away_since:
            logger.warning("the ledger is back after %.0f s", time.monotonic() - self._away_since)
            self._away_since = 0.0
