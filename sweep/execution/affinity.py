"""Which worker has compiled what, so that trials go where little has to be compiled for them."""

from collections import Counter
from collections.abc import Collection

from sweep.execution.protocols import WorkerId
from workers.signature import Compilation, Signature
from workers.spec import TrialSpec

SUITS_BEST = 0


class Affinity:
    """What each worker has compiled, or is compiling: for a trial's batches, and for its model as a whole."""

    def __init__(self) -> None:
        self._known: dict[WorkerId, set[Compilation | Signature]] = {}
        self._holders: Counter[Compilation | Signature] = Counter()  # how many workers have compiled it

    def note(self, worker: WorkerId, spec: TrialSpec) -> None:
        """A worker is given a trial."""
        compilation = Compilation.of(spec)
        known = self._known.setdefault(worker, set())
        both: set[Compilation | Signature] = {compilation, compilation.signature}
        new = both - known
        self._holders.update(new)
        known |= new

    def forget_all_but(self, workers: Collection[WorkerId]) -> None:
        """Other workers have ended, and what they compiled with them."""
        for worker in self._known.keys() - set(workers):
            self._holders.subtract(self._known.pop(worker))

    def rank(self, worker: WorkerId, spec: TrialSpec) -> int:
        """How well a trial suits this worker, 0 best. Each next one costs all workers together more to compile.

        0: it has compiled for such; 1: nobody has, and it has the model; 2: nor has anybody the model; 3: another one
        has the model; 4: another one has compiled for such, and this one has the model; 5: this one has neither.
        """
        compilation = Compilation.of(spec)
        known = self._known.get(worker, ())
        if compilation in known:
            return SUITS_BEST
        has_model = compilation.signature in known
        if self._holders[compilation] > 0:
            return 4 if has_model else 5
        if has_model:
            return 1
        return 3 if self._holders[compilation.signature] > 0 else 2
