"""What the scheduling loop needs of workers, and workers in this very process."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from workers.spec import Segment, TrialSpec

WorkerId = int
Fault = Literal["trial", "memory", "worker", "node", "hung"]
OUT_OF_MEMORY = ("MemoryError", "ResourceExhaustedError", "OutOfMemoryError", "_ArrayMemoryError")


class TrainerLike(Protocol):
    """What a worker does; workers.engine.training.Trainer is one."""

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
    """What a worker sent back: a segment, or an error and whose fault it is.

    trial   it raised the error, and will again
    memory  there was not enough, for what was asked or for what else is running there
    worker  the worker died
    node    the machine it ran on is gone, or cannot be reached
    hung    nothing was heard of it for too long
    """

    worker: WorkerId
    segment: Segment | None = None
    error: str = ""
    fault: Fault = "trial"


class Pool(Protocol):
    """Warm workers, each of which trains one segment at a time."""

    def expect(self) -> None:
        """There is something to train, for as many workers as there may be."""

    def idle(self) -> Sequence[WorkerId]:
        """The workers that are ready and have nothing to do; new ones appear as the cluster grows."""

    def train(self, worker: WorkerId, task: Task) -> None:
        """Start one segment on an idle worker."""

    def wait(self, timeout: float) -> Sequence[Answer]:
        """The answers that are in, waiting up to `timeout` seconds for the first."""

    def is_wanted_back(self, worker: WorkerId) -> bool:
        """Whether a worker should be left idle after its segment, since others have a right to its place."""

    def spare(self) -> None:
        """There is nothing to train for those that are idle, nor will there be."""

    def replace(self, worker: WorkerId) -> None:
        """Give up a worker, whatever it is doing: nothing that it may still send is received."""

    def name(self, worker: WorkerId) -> str:
        """Where a worker is, for people."""

    def close(self) -> None:
        """End the workers."""


class InProcessPool:
    """The same protocol without processes: each segment is trained while it is waited for."""

    def __init__(self, trainers: Sequence[TrainerLike]) -> None:
        self._trainers = trainers
        self._pending: deque[tuple[WorkerId, Callable[[], Segment]]] = deque()

    def expect(self) -> None:
        """See Pool."""

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
            return [raised(worker, error)]

    def is_wanted_back(self, worker: WorkerId) -> bool:
        """See Pool."""
        return False

    def spare(self) -> None:
        """See Pool."""

    def replace(self, worker: WorkerId) -> None:
        """See Pool; its next segment is the first that the trainer hears of."""
        self._pending = deque(task for task in self._pending if task[0] != worker)

    def name(self, worker: WorkerId) -> str:
        """See Pool."""
        return f"worker {worker} of this process"

    def close(self) -> None:
        """See Pool."""
        self._pending.clear()


def raised(worker: WorkerId, error: BaseException) -> Answer:
    """What a trial raised: its own fault, unless it is a want of memory."""
    memory = any(kind.__name__ in OUT_OF_MEMORY for kind in type(error).__mro__)
    return Answer(worker, error=describe(error), fault="memory" if memory else "trial")


def describe(error: BaseException) -> str:
    """An error in one line: its type and message."""
    return f"{type(error).__name__}: {str(error).strip() or 'no message'}"
