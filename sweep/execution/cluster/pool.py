"""The pool of Ray workers: as wide as the study's part of the cluster, and replacing what dies."""

import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import ray
from ray.exceptions import NodeDiedError, ObjectLostError, OutOfMemoryError, RayError, RayTaskError

from sweep.config.study_file import Workers
from sweep.core.errors import Interrupted, ServiceUnavailable
from sweep.core.log import logger
from sweep.execution.cluster import inspection
from sweep.execution.cluster.width import Width
from sweep.execution.cluster.worker import Place, Worker
from sweep.execution.failures import describe, raised
from sweep.execution.protocols import Answer, Fault, Task, WorkerId
from sweep.study.storage.claims import Share, alone
from workers.data.dataset import Dataset
from workers.spec import Objective, TrialSpec

POLL_SECONDS = 0.5
LOOK_SECONDS = 2.0  # between looks at the cluster: at its nodes, and at this study's part of it
MAX_FAILED_STARTS = 3  # in a row, before workers are held to be unable to start at all
START_SECONDS = 600.0  # for a worker to be ready; TensorFlow takes 5 to 20
NEWS_SECONDS = 20.0  # without a place, before the user is told

T = TypeVar("T")


class RayPool:
    """See pool.Pool. Workers that die are replaced.

    share     says what part of the cluster this study has at the moment, see sharing.Share
    stopping  says whether somebody wants to stop, while a worker is waited for
    """

    def __init__(
        self,
        dataset: Dataset,
        objective: Objective,
        workers: Workers,
        share: Share = alone,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._width, self._stopping = Width(workers, share), stopping
        self._arguments = (ray.put(dataset), objective, workers.cpus)
        self._actor: Any = ray.remote(num_cpus=workers.cpus, num_gpus=workers.gpus)(Worker)
        self._wanted = workers
        self._hopeful: set[WorkerId] = set()  # that want a GPU, where others do without
        self._workers: dict[WorkerId, Any] = {}
        self._pending: dict[Any, WorkerId] = {}  # by what they owe: a segment, or the news that they are ready
        self._starting: dict[WorkerId, float] = {}  # and since when
        self._ready: dict[WorkerId, Place] = {}
        self._count = self._failed_starts = 0
        self._look_at = self._warm = 0.0
        self._nodes: set[str] = set()
        self._told = False
        self._keep_pace()

    @property
    def width(self) -> int:
        """How many workers this study may have at the moment, and asks for."""
        return self._width.workers

    @property
    def mean_width(self) -> float:
        """How many it might have, on average so far."""
        return self._width.mean

    @property
    def warm_seconds(self) -> float:
        """For how long workers have been ready, all together."""
        return self._warm + sum(time.time() - place.ready_at for place in self._ready.values())

    def expect(self) -> None:
        """See pool.Pool."""
        self._width.needed = math.inf
        self._look_at = 0.0

    def idle(self) -> Sequence[WorkerId]:
        """See pool.Pool."""
        self._keep_pace()
        for worker in self._idle():
            if self.is_wanted_back(worker):
                self.replace(worker)
        return self._idle()

    def _idle(self) -> list[WorkerId]:
        owing = set(self._pending.values())
        return [worker for worker in self._workers if worker not in owing]

    def is_wanted_back(self, worker: WorkerId) -> bool:
        """See pool.Pool."""
        return len(self._workers) > self.width

    def spare(self) -> None:
        """See pool.Pool. Those beyond the first are given back, unless nobody shares the cluster."""
        needed = max(1, len(self._ready) - len(self._idle()))
        if needed != self._width.needed:
            self._width.needed = needed
            self._look_at = 0.0
            self.idle()

    def train(self, worker: WorkerId, task: Task) -> None:
        """See pool.Pool."""
        self._pending[self._workers[worker].train.remote(task)] = worker

    def wait(self, timeout: float) -> Sequence[Answer]:
        """See pool.Pool. Raises ServiceUnavailable when workers cannot even start."""
        self._keep_pace()
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
        self._hopeful.discard(worker)
        place = self._ready.pop(worker, None)
        self._warm += time.time() - place.ready_at if place else 0.0
        self._pending = {reference: owing for reference, owing in self._pending.items() if owing != worker}
        ray.kill(self._workers.pop(worker))

    def name(self, worker: WorkerId) -> str:
        """See pool.Pool."""
        return self._ready[worker].name

    def export(self, form: TrialSpec, checkpoint: bytes) -> bytes:
        """The `.keras` file of a finished trial, made by an idle worker. Raises Interrupted."""
        return bytes(_result(self._anyone().export.remote(form, checkpoint)))

    def call(self, function: Callable[..., T], *args: Any) -> T:
        """Run function(*args) on an idle worker and wait for it. Raises what it raises, and Interrupted."""
        result: T = _result(self._anyone().call.remote(function, *args))
        return result

    def _anyone(self) -> Any:
        """An idle worker, waiting for one to be ready if need be."""
        while not (idle := self.idle()):
            if self._stopping():
                raise Interrupted("stopped while a worker was waited for")
            self.wait(POLL_SECONDS)
        return self._workers[idle[0]]

    def close(self) -> None:
        """See pool.Pool."""
        for worker in self._workers.values():
            ray.kill(worker)
        self._workers.clear()
        self._pending.clear()

    def _keep_pace(self) -> None:
        """Have as many workers as this study may have, as nodes and other studies come and go."""
        if time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + LOOK_SECONDS
        nodes = [node for node in ray.nodes() if node["Alive"]]  # type: ignore[no-untyped-call]
        self._nodes = {node["NodeID"] for node in nodes}
        self._width.look([node["Resources"] for node in nodes], len(self._workers), len(self._ready))
        self._give_up_starts()
        for _ in range(self.width - len(self._workers)):
            self._begin()
        self._tell_who_waits()

    def _begin(self) -> None:
        without = self._wanted.cpu_workers and not self._has_free_gpu()
        worker = self._actor.options(**{"num_gpus": 0} if without else {}).remote(*self._arguments)
        if self._wanted.cpu_workers and not without:
            self._hopeful.add(self._count)
        self._workers[self._count] = worker
        self._pending[worker.ready.remote()] = self._count
        self._starting[self._count] = time.monotonic()
        self._count += 1

    def _has_free_gpu(self) -> bool:
        """Whether there are GPUs for another worker, beside those that wait for a place."""
        free = ray.available_resources().get("GPU", 0.0)  # type: ignore[no-untyped-call]
        waiting = sum(not inspection.has_place(self._workers[worker]) for worker in self._hopeful & set(self._starting))
        return bool(free - waiting * self._wanted.gpus >= self._wanted.gpus)

    def _give_up_starts(self) -> None:
        """Of workers that begin, those that take too long, and the last of those that are too many."""
        for worker, since in reversed(list(self._starting.items())):
            waited = time.monotonic() - since
            late = waited > START_SECONDS or (waited > NEWS_SECONDS and self._was_outbid(worker))
            if len(self._workers) > self.width or late:
                self.replace(worker)

    def _was_outbid(self, worker: WorkerId) -> bool:
        """Whether somebody else has the GPU that a worker hoped for, which could do without."""
        return worker in self._hopeful and not inspection.has_place(self._workers[worker])

    def _tell_who_waits(self) -> None:
        """Say once why nothing is trained, where it is for want of a place."""
        if self._told or self._ready:
            return
        if not self.width:
            why = f"{self._width.studies} studies share it, more than it has places, and take turns"
        elif self._waits_for_room():
            why = "none is free"
        else:
            return
        logger.info("waiting for a place on the cluster: %s", why)
        self._told = True

    def _waits_for_room(self) -> bool:
        """Whether Ray has found no place for any of the workers that are to begin, for a while."""
        late = [w for w, since in self._starting.items() if time.monotonic() - since > NEWS_SECONDS]
        return bool(late) and not any(inspection.has_place(self._workers[worker]) for worker in self._starting)

    def _cut_off(self) -> list[Answer]:
        """Give up the workers of nodes that the cluster holds to be dead; a call that runs there may never return."""
        busy = set(self._pending.values())
        gone = [worker for worker, place in self._ready.items() if place.node not in self._nodes]
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
        self._ready[worker] = result
        return None

    def _lost(self, worker: WorkerId, error: RayError) -> Answer | None:
        started = worker not in self._starting
        with suppress(RayError):  # it may be alive, and unable to be reached
            self.replace(worker)
        self._look_at = 0.0
        if started:
            return Answer(worker, error=describe(error), fault=_fault(error))
        self._failed_starts += 1
        if self._failed_starts >= MAX_FAILED_STARTS:
            raise ServiceUnavailable(f"no worker can start: {describe(error)}")
        return None


def _result(reference: Any) -> Any:
    """What a worker returns; what it raises without the tale that Ray makes of it."""
    try:
        return ray.get(reference)
    except RayTaskError as error:
        raise error.cause if isinstance(error.cause, Exception) else error from None


def _fault(error: RayError) -> Fault:
    if isinstance(error, OutOfMemoryError):  # Ray's own watch over a node's memory has ended the worker
        return "memory"
    if isinstance(error, NodeDiedError | ObjectLostError) or "node died" in str(error).lower():
        return "node"
    return "worker"
