"""Trains one trial to its end beside the ledger: a model is wanted, whose weights are not on this machine."""

from collections.abc import Callable, Sequence

from sweep.core.errors import Interrupted, StudyFailed
from sweep.core.trials import Outcome, Run, Trial
from sweep.execution.protocols import CheckpointStore, Ledger, Pool
from sweep.execution.scheduler import Scheduler
from workers.objective import Objective
from workers.spec import EpochReport


class _OneTrial(Ledger, CheckpointStore):
    """A ledger of one trial, in memory, that keeps its newest checkpoint."""

    def __init__(self, trial: Trial) -> None:
        self._asked: list[Trial] = [trial]
        self.checkpoint = b""
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
        return list(reports), False

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
    """The outcome of a trial, and its checkpoint at its end.

    It is trained with its own seed, which gives the same bits as before on a processor of the same kind. Raises
    StudyFailed where it fails, Interrupted where somebody wants to stop.
    """
    one = _OneTrial(trial)
    Scheduler(one, pool, objective, checkpoints=one, stopping=stopping, hang_seconds=hang_seconds).run()
    if one.outcome is None:
        raise Interrupted("stopped while a model was trained again")
    if one.outcome.state != "complete":
        raise StudyFailed(f"{trial.name}, trained again, {one.outcome.state}: {one.outcome.error}")
    return one.outcome, one.checkpoint
