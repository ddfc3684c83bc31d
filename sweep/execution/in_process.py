"""Workers in this very process: the pool for tests, benchmarks and rehearsals."""

from collections import deque
from collections.abc import Sequence

from typing_extensions import override

from sweep.execution.failures import raised
from sweep.execution.protocols import Answer, Pool, Task, TrainerLike, WorkerId


class InProcessPool(Pool):
    """A pool without processes: it trains a segment while the scheduler waits for it."""

    def __init__(self, trainers: Sequence[TrainerLike]) -> None:
        self._trainers = trainers
        self._pending: deque[tuple[WorkerId, Task]] = deque()

    @override
    def expect(self) -> None:
        pass

    @override
    def idle(self) -> Sequence[WorkerId]:
        busy = {worker for worker, _ in self._pending}
        return [worker for worker in range(len(self._trainers)) if worker not in busy]

    @override
    def train(self, worker: WorkerId, task: Task) -> None:
        self._pending.append((worker, task))

    @override
    def wait(self, timeout: float) -> Sequence[Answer]:
        if not self._pending:
            return []
        worker, task = self._pending.popleft()
        try:
            return [Answer(worker, task.run(self._trainers[worker]))]
        except Exception as error:  # noqa: BLE001  (whatever a trial raises, it fails alone)
            return [raised(worker, error)]

    @override
    def is_wanted_back(self, worker: WorkerId) -> bool:
        return False

    @override
    def spare(self) -> None:
        pass

    @override
    def replace(self, worker: WorkerId) -> None:
        self._pending = deque(each for each in self._pending if each[0] != worker)

    @override
    def name(self, worker: WorkerId) -> str:
        return f"worker {worker} of this process"

    @override
    def close(self) -> None:
        self._pending.clear()
