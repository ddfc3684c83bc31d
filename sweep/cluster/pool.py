"""A pool of Ray actors."""

import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import ray
from ray.exceptions import NodeDiedError, ObjectLostError, OutOfMemoryError, RayError, RayTaskError

from sweep.cluster.worker import Place, Worker
from sweep.config import Workers
from sweep.errors import ServiceUnavailable
from sweep.pool import Answer, Fault, Task, WorkerId, describe, raised
from workers.spec import Objective, TrialSpec
from workers.timeline import Dataset

POLL_SECONDS = 0.5
GROW_SECONDS = 2.0  # between looks for room for more workers, and for nodes that are gone
MAX_FAILED_STARTS = 3  # in a row, before workers are held to be unable to start at all
TURN_SECONDS = 60.0  # that a worker is kept while other studies wait for its place
START_SECONDS = 600.0  # for a worker to be ready; TensorFlow takes 5 to 20, and on a full cluster room must be found

T = TypeVar("T")


class RayPool:
    """See pool.Pool. Workers that die are replaced; `ready_at` says when each that ever lived could begin.

    sharers  says how many studies share the cluster at the moment, this one included. Each has a right to an equal
             part of it, at least one worker; where there are more studies than places, they take turns.
    """

    def __init__(
        self, dataset: Dataset, objective: Objective, workers: Workers, sharers: Callable[[], int] = lambda: 1
    ) -> None:
        self.ready_at: list[float] = []
        self._wanted, self._sharers = workers, sharers
        self._studies, self._spared_at = 1, -math.inf
        self._arguments = (ray.put(dataset), objective, workers.cpus)
        self._actor: Any = ray.remote(num_cpus=workers.cpus, num_gpus=workers.gpus)(Worker)
        self._workers: dict[WorkerId, Any] = {}
        self._pending: dict[Any, WorkerId] = {}  # by what they owe: a segment, or the news that they are ready
        self._starting: dict[WorkerId, float] = {}  # and since when
        self._places: dict[WorkerId, Place] = {}
        self._count = self._failed_starts = 0
        self._looked = self._looked_at_nodes = 0.0
        self._grow()

    @property
    def width(self) -> int:
        """How many workers this study has a right to, and asks for."""
        part = max(1, self._places_in_all // self._studies)
        return part if self._wanted.count == "auto" else min(part, self._wanted.count)

    @property
    def _places_in_all(self) -> int:
        """How many such workers fit into the whole cluster; as many as were asked for where it may still grow."""
        resources = ray.cluster_resources()  # type: ignore[no-untyped-call]
        fits = [resources.get("CPU", 0) // self._wanted.cpus]
        if self._wanted.gpus:
            fits.append(resources.get("GPU", 0) // self._wanted.gpus)
        asked = 1 if self._wanted.count == "auto" or self._studies > 1 else self._wanted.count
        return max(asked, int(min(fits)))

    def idle(self) -> Sequence[WorkerId]:
        """See pool.Pool."""
        self._grow()
        for worker in self._idle():
            if self.is_wanted_back(worker):
                self.replace(worker)
        return self._idle()

    def _idle(self) -> list[WorkerId]:
        owing = set(self._pending.values())
        return [worker for worker in self._workers if worker not in owing]

    def is_wanted_back(self, worker: WorkerId) -> bool:
        """See pool.Pool."""
        if len(self._workers) > self.width:
            return True
        turns = self._studies > self._places_in_all
        return turns and time.time() - self._places[worker].ready_at > TURN_SECONDS

    def spare(self) -> None:
        """See pool.Pool. Who shares the cluster with nobody keeps its workers warm."""
        if self._studies > 1:
            self._spared_at = time.monotonic()
            for worker in self._idle():
                self.replace(worker)

    def train(self, worker: WorkerId, task: Task) -> None:
        """See pool.Pool."""
        self._pending[self._workers[worker].train.remote(task)] = worker

    def wait(self, timeout: float) -> Sequence[Answer]:
        """See pool.Pool. Raises ServiceUnavailable when workers cannot even start."""
        self._grow()
        cut_off = self._cut_off()
        if not self._pending:
            time.sleep(timeout)
            return cut_off
        done, _ = ray.wait(list(self._pending), num_returns=len(self._pending), timeout=0)
        if not done and not cut_off:
            done, _ = ray.wait(list(self._pending), num_returns=1, timeout=timeout)
        answers = (self._answer(reference) for reference in done)
        return [*cut_off, *(answer for answer in answers if answer)]

    def replace(self, worker: WorkerId) -> None:
        """See pool.Pool."""
        self._starting.pop(worker, None)
        self._places.pop(worker, None)
        self._pending = {reference: owing for reference, owing in self._pending.items() if owing != worker}
        ray.kill(self._workers.pop(worker))

    def name(self, worker: WorkerId) -> str:
        """See pool.Pool."""
        return self._places[worker].name

    def export(self, form: TrialSpec, checkpoint: bytes) -> bytes:
        """The `.keras` file of a finished trial, made by an idle worker."""
        return bytes(ray.get(self._anyone().export.remote(form, checkpoint)))

    def call(self, function: Callable[..., T], *args: Any) -> T:
        """Run function(*args) on an idle worker and wait for it. Raises what it raises."""
        result: T = ray.get(self._anyone().call.remote(function, *args))
        return result

    def _anyone(self) -> Any:
        """An idle worker, waiting for one to be ready if need be."""
        while not (idle := self.idle()):
            self.wait(POLL_SECONDS)
        return self._workers[idle[0]]

    def close(self) -> None:
        """See pool.Pool."""
        for worker in self._workers.values():
            ray.kill(worker)
        self._workers.clear()
        self._pending.clear()

    def _grow(self) -> None:
        """Start as many workers as there is room for."""
        if time.monotonic() - self._looked < GROW_SECONDS and self._workers:
            return
        self._looked = time.monotonic()
        self._studies = self._sharers()
        self._give_up_slow_starts()
        if self._looked - self._spared_at < 2 * GROW_SECONDS:
            return
        for _ in range(self.width - len(self._workers)):
            worker = self._actor.remote(*self._arguments)
            self._workers[self._count] = worker
            self._pending[worker.ready.remote()] = self._count
            self._starting[self._count] = self._looked
            self._count += 1

    def _give_up_slow_starts(self) -> None:
        for worker, since in list(self._starting.items()):
            if self._looked - since > START_SECONDS:
                self.replace(worker)

    def _cut_off(self) -> list[Answer]:
        """Give up the workers of nodes that the cluster holds to be dead; a call that runs there may never return."""
        if self._looked_at_nodes + GROW_SECONDS > time.monotonic():
            return []
        self._looked_at_nodes = time.monotonic()
        alive = {node["NodeID"] for node in ray.nodes() if node["Alive"]}  # type: ignore[no-untyped-call]
        busy = set(self._pending.values())
        gone = [worker for worker, place in self._places.items() if place.node not in alive]
        for worker in gone:
            self.replace(worker)
        return [Answer(worker, error="its node is gone", fault="node") for worker in gone if worker in busy]

    def _answer(self, reference: Any) -> Answer | None:
        worker = self._pending.pop(reference, None)
        if worker is None:
            return None  # given up in the meantime
        try:
            result = ray.get(reference)
        except RayTaskError as error:
            return raised(worker, error.cause if isinstance(error.cause, BaseException) else error)
        except RayError as error:
            return self._lost(worker, error)
        if worker not in self._starting:
            return Answer(worker, result)
        del self._starting[worker]
        self._failed_starts = 0
        self._places[worker] = result
        self.ready_at.append(result.ready_at)
        return None

    def _lost(self, worker: WorkerId, error: RayError) -> Answer | None:
        with suppress(RayError):  # it may be alive, and unable to be reached
            ray.kill(self._workers[worker])
        del self._workers[worker]
        self._places.pop(worker, None)
        if worker not in self._starting:
            return Answer(worker, error=describe(error), fault=_fault(error))
        del self._starting[worker]
        self._failed_starts += 1
        if self._failed_starts >= MAX_FAILED_STARTS:
            raise ServiceUnavailable(f"no worker can start: {describe(error)}")
        return None


def _fault(error: RayError) -> Fault:
    if isinstance(error, OutOfMemoryError):  # Ray's own watch over a node's memory has ended the worker
        return "memory"
    if isinstance(error, NodeDiedError | ObjectLostError) or "node died" in str(error).lower():
        return "node"
    return "worker"
