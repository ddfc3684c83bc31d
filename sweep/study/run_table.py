"""Trials and their outcomes in memory, as the ledger has them."""

import time
from collections.abc import Iterator

from sweep.core.trials import Outcome, Run, Trial


class RunTable:
    """The trials of a search or of a comparison, by number. Times are in seconds since 1970."""

    def __init__(self) -> None:
        self._trials: dict[int, Trial] = {}
        self._outcomes: dict[int, Outcome] = {}
        self._times: dict[int, tuple[float, float | None]] = {}
        self._ended: dict[str, list[Run]] = {}

    def __len__(self) -> int:
        return len(self._trials)

    def __iter__(self) -> Iterator[Run]:
        """Every trial with its outcome, by number; the state of an unfinished one is "running"."""
        for number in sorted(self._trials):
            yield Run(self._trials[number], self._outcomes.get(number, Outcome("running")))

    @property
    def trials(self) -> list[Trial]:
        """The trials, by number."""
        return [self._trials[number] for number in sorted(self._trials)]

    @property
    def next_number(self) -> int:
        """The number of the next trial."""
        return max(self._trials, default=-1) + 1

    def add(self, trial: Trial, began: float) -> None:
        """Add a trial that began at this time and has not ended."""
        self._trials[trial.number] = trial
        self._times[trial.number] = began, None

    def end(self, number: int, ended: float) -> float:
        """Set when a trial ended, unless that is known; returns when it ended."""
        began, known = self._times[number]
        ended = ended if known is None else known
        self._times[number] = began, ended
        return ended

    def finish(self, run: Run) -> None:
        """Set the outcome of a trial."""
        self._outcomes[run.trial.number] = run.outcome
        others = [each for each in self.ended(run.trial.key) if each.trial.number != run.trial.number]
        self._ended[run.trial.key] = [*others, run]

    def finished(self, key: str) -> Run | None:
        """The first trial with this key that finished, and its outcome; one that was killed only if no other did."""
        return min(self.ended(key), key=lambda run: run.outcome.was_killed, default=None)

    def ended(self, key: str) -> list[Run]:
        """Every trial with this key that ended, by number."""
        return self._ended.get(key, [])

    def outcome(self, number: int) -> Outcome | None:
        """The outcome of a trial; None while it is not known."""
        return self._outcomes.get(number)

    def times(self, number: int) -> tuple[float, float]:
        """When a trial began and when it ended; now, if it has not ended."""
        began, ended = self._times[number]
        return began, time.time() if ended is None else ended
