"""MLflow's client for a launcher that may be replaced: whoever leads no more writes nothing, also in mid-work."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from mlflow import MlflowClient

from sweep.tracking.outbox import NOT_LEADING, Away

READING = ("get_", "search_")  # begin the names of the methods that change nothing


class LeadingClient:
    """Passes on what MLflow's client is asked, and before each write asks whether this launcher may.

    A piece of work is several requests, between which a launcher may sleep until another leads: a run that was looked
    for before would be created a second time after. Writes raise Away while this launcher may not.

    A launcher may also sleep within a request, after it has asked: `leads_still` says so after it, and `unasked` is for
    taking back what was created in vain.

    unasked  MLflow's own client, which asks nobody
    """

    def __init__(self, client: MlflowClient, may_write: Callable[[], bool]) -> None:
        self.unasked, self._may_write = client, may_write

    @property
    def leads_still(self) -> bool:
        """Whether this launcher may write, now."""
        return self._may_write()

    def __getattr__(self, name: str) -> Any:
        method: Callable[..., Any] = getattr(self.unasked, name)
        if name.startswith(READING):
            return method

        @wraps(method)
        def asking(*arguments: Any, **named: Any) -> Any:
            if not self._may_write():
                raise Away(NOT_LEADING)
            return method(*arguments, **named)

        return asking
