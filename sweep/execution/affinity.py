"""Which worker has compiled what, so that trials go where nothing has to be compiled for them."""

from collections.abc import Collection

from sweep.execution.protocols import WorkerId
from workers.signature import Compilation
from workers.spec import TrialSpec


class Affinity:
    """What each worker has compiled, or is compiling."""

    def __init__(self) -> None:
        self._compiled: dict[WorkerId, set[Compilation]] = {}

    def note(self, worker: WorkerId, spec: TrialSpec) -> None:
        """A worker is given a trial."""
        self._compiled.setdefault(worker, set()).add(Compilation.of(spec))

    def forget_all_but(self, workers: Collection[WorkerId]) -> None:
        """Other workers have ended, and what they compiled with them."""
        self._compiled = {worker: known for worker, known in self._compiled.items() if worker in workers}

    def suits(self, worker: WorkerId, spec: TrialSpec) -> bool:
        """Whether a trial is best given to this worker: it has compiled for such, or nobody has."""
        needed = Compilation.of(spec)
        holders = {holder for holder, known in self._compiled.items() if needed in known}
        return not holders or worker in holders
