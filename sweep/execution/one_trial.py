"""Trains one trial beside the ledger: for weights that are not on this machine, or to see the same losses again."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sweep.core.errors import Interrupted, StudyFailed
from sweep.core.trials import Outcome, Run, Trial
from sweep.execution.protocols import CheckpointStore, Ledger, Pool
from sweep.execution.scheduler import Scheduler
from workers.objective import Objective
from workers.spec import EpochReport


class Trained(NamedTuple):
    """What came of a trial, its newest checkpoint, and each of its epochs."""

    outcome: Outcome
    checkpoint: bytes
    reports: list[EpochReport]


class _OneTrial(Ledger, CheckpointStore):
    """A ledger of one trial, in memory, that keeps its epochs and newest checkpoint; epochs: after which it ends."""

    def __init__(self, trial: Trial, epochs: int | None = None) -> None:
        self._asked: list[Trial] = [trial]
        self._epochs = epochs
        self.checkpoint = b""
        self.reports: list[EpochReport] = []
        self.outcome: Outcome | None = None

    def unfinished(self) -> Sequence[Trial]:
        return ()

    def recorded(self, trial: Trial) -> list[EpochReport]:
        return []

    def ask(self) -> Trial | None:
        return self._asked.pop() if self._asked else None

    def finished(self, key: str) -> Run | None:
        return None

    def begin(self, trial: Trial, worker: str) -> None:
        pass

    def lost(self, trial: Trial, reason: str) -> None:
        pass

    def report(self, trial: Trial, reports: Sequence[EpochReport]) -> tuple[list[EpochReport], bool]:
        self.reports += reports
        return list(reports), self._epochs is not None and len(self.reports) >= self._epochs

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        self.outcome = outcome

    def save(self, trial: Trial, epochs: int, checkpoint: bytes) -> None:
        self.checkpoint = checkpoint

    def load(self, trial: Trial) -> tuple[int, bytes] | None:
        return None

    def on_trial_end(self, trial: Trial, outcome: Outcome) -> None:
        pass


def train(
    trial: Trial, pool: Pool, objective: Objective, stopping: Callable[[], bool], hang_seconds: float
) -> tuple[Outcome, bytes]:
    """The outcome of a trial, and its checkpoint at its end. Raises as `train_again`; StudyFailed where it fails."""
    found = train_again(trial, pool, objective, stopping, hang_seconds)
    if found.outcome.state != "complete":
        raise StudyFailed(f"{trial.name}, trained again, {found.outcome.state}: {found.outcome.error}")
    return found.outcome, found.checkpoint


def train_again(
    trial: Trial,
    pool: Pool,
    objective: Objective,
    stopping: Callable[[], bool],
    hang_seconds: float,
    epochs: int | None = None,
) -> Trained:
    """What comes of a trial, whatever that is; with `epochs`, of so many of them alone.

    It is trained with its own seed, which gives the same bits as before on a processor of the same kind. Raises
    Interrupted where somebody wants to stop.
    """
    one = _OneTrial(trial, epochs)
    Scheduler(one, pool, objective, checkpoints=one, stopping=stopping, hang_seconds=hang_seconds).run()
    if one.outcome is None:
        raise Interrupted("stopped while a model was trained again")
    return Trained(one.outcome, one.checkpoint, one.reports)
