"""Workers in this very process: the pool for tests and rehearsals."""

from collections import deque
from collections.abc import Callable, Sequence

from sweep.execution.failures import raised
from sweep.execution.protocols import Answer, Task, TrainerLike, WorkerId
from workers.spec import Segment


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
