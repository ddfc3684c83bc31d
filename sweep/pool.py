"""What the scheduling loop needs of workers, and workers in this very process."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from workers.spec import Segment, TrialSpec

WorkerId = int


class TrainerLike(Protocol):
    """What a worker does; workers.training.Trainer is one."""

    def train(
        self, spec: TrialSpec, seed: int, checkpoint: bytes | None = None, seconds: float = 1.0, *, test: bool = False
    ) -> Segment:
        """Train for about `seconds`, from a checkpoint or the beginning; `test`: score the test split when finished."""
        ...


@dataclass(frozen=True)
class Task:
    """One segment to train: see TrainerLike."""

    spec: TrialSpec
    seed: int
    checkpoint: bytes | None = None
    seconds: float = 1.0
    test: bool = False

    def run(self, trainer: TrainerLike) -> Segment:
        """Let a trainer train it."""
        return trainer.train(self.spec, self.seed, self.checkpoint, self.seconds, test=self.test)


@dataclass(frozen=True)
class Answer:
    """What a worker sent back: a segment, or the error its trial raised; `lost`: the worker itself is gone."""

    worker: WorkerId
    segment: Segment | None = None
    error: str = ""
    lost: bool = False


class Pool(Protocol):
    """Warm workers, each of which trains one segment at a time."""

    def idle(self) -> Sequence[WorkerId]:
        """The workers that are ready and have nothing to do; new ones appear as the cluster grows."""

    def train(self, worker: WorkerId, task: Task) -> None:
        """Start one segment on an idle worker."""

    def wait(self, timeout: float) -> Sequence[Answer]:
        """The answers that are in, waiting up to `timeout` seconds for the first."""

    def close(self) -> None:
        """End the workers."""


class InProcessPool:
    """The same protocol without processes: each segment is trained while it is waited for."""

    def __init__(self, trainers: Sequence[TrainerLike]) -> None:
        self._trainers = trainers
        self._pending: deque[tuple[WorkerId, Callable[[], Segment]]] = deque()

    def idle(self) -> Sequence[WorkerId]:
        """See Pool."""
        busy = {worker for worker, _ in self._pending}
        return [worker for worker in range(len(self._trainers)) if worker not in busy]

    def train(self, worker: WorkerId, task: Task) -> None:
        """See Pool."""
        self._pending.append((worker, lambda: task.run(self._trainers[worker])))

    def wait(self, timeout: float) -> Sequence[Answer]:
        """See Pool."""
        if not self._pending:
            return []
        worker, train = self._pending.popleft()
        try:
            return [Answer(worker, train())]
        except Exception as error:  # noqa: BLE001  (whatever a trial raises, it fails alone)
            return [Answer(worker, error=describe(error))]

    def close(self) -> None:
        """See Pool."""
        self._pending.clear()


def describe(error: BaseException) -> str:
    """An error in one line: its type and message."""
    return f"{type(error).__name__}: {str(error).strip() or 'no message'}"
