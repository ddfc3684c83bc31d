"""The ledger of the scheduler, when its database may be away: answers come late, and never as an error."""

from collections.abc import Sequence

from sweep.core.trials import Outcome, Trial
from sweep.execution.protocols import Ledger
from sweep.study.storage.retry import Retry
from workers.spec import EpochReport


class RetryingLedger(Ledger):
    """A ledger whose database may go and come back."""

    def __init__(self, ledger: Ledger, retry: Retry) -> None:
        self._ledger, self._retry = ledger, retry

    def unfinished(self) -> Sequence[Trial]:
        """See Ledger."""
        return self._retry(self._ledger.unfinished)

    def recorded(self, trial: Trial) -> list[EpochReport]:
        """See Ledger."""
        return self._retry(lambda: self._ledger.recorded(trial))

    def ask(self) -> Trial | None:
        """See Ledger."""
        return self._retry(self._ledger.ask)

    def finished(self, key: str) -> tuple[Trial, Outcome] | None:
        """See Ledger."""
        return self._retry(lambda: self._ledger.finished(key))

    def begin(self, trial: Trial, worker: str) -> None:
        """See Ledger."""
        self._retry(lambda: self._ledger.begin(trial, worker))

    def lost(self, trial: Trial, reason: str) -> None:
        """See Ledger."""
        self._retry(lambda: self._ledger.lost(trial, reason))

    def report(self, trial: Trial, reports: Sequence[EpochReport]) -> tuple[list[EpochReport], bool]:
        """See Ledger."""
        return self._retry(lambda: self._ledger.report(trial, reports))

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """See Ledger."""
        self._retry(lambda: self._ledger.tell(trial, outcome))
