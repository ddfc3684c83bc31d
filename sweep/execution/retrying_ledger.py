"""The ledger of the scheduler, when its database may be away: answers come late, and never as an error."""

from collections.abc import Sequence

from typing_extensions import override

from sweep.core.trials import Outcome, Run, Trial
from sweep.execution.protocols import Ledger
from sweep.study.storage.retry import Retry
from workers.spec import EpochReport


class RetryingLedger(Ledger):
    """A ledger whose database may go and come back."""

    def __init__(self, ledger: Ledger, retry: Retry) -> None:
        self._ledger, self._retry = ledger, retry

    @override
    def unfinished(self) -> Sequence[Trial]:
        return self._retry(self._ledger.unfinished)

    @override
    def recorded(self, trial: Trial) -> list[EpochReport]:
        return self._retry(lambda: self._ledger.recorded(trial))

    @override
    def ask(self) -> Trial | None:
        return self._retry(self._ledger.ask)

    @property
    @override
    def may_be_asked_ahead(self) -> bool:
        return self._ledger.may_be_asked_ahead

    @override
    def finished(self, key: str) -> Run | None:
        return self._retry(lambda: self._ledger.finished(key))

    @override
    def begin(self, trial: Trial, worker: str) -> None:
        self._retry(lambda: self._ledger.begin(trial, worker))

    @override
    def lost(self, trial: Trial, reason: str) -> None:
        self._retry(lambda: self._ledger.lost(trial, reason))

    @override
    def report(self, trial: Trial, reports: Sequence[EpochReport]) -> tuple[list[EpochReport], bool]:
        return self._retry(lambda: self._ledger.report(trial, reports))

    @override
    def tell(self, trial: Trial, outcome: Outcome) -> None:
        self._retry(lambda: self._ledger.tell(trial, outcome))
