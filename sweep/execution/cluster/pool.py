"""The pool of Ray workers: as wide as the study's part of the cluster, and replacing what dies."""

import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import ray
from ray.exceptions import NodeDiedError, ObjectLostError, OutOfMemoryError, RayError, RayTaskError
from typing_extensions import override

from sweep.config.room import needs
from sweep.config.sections import Workers
from sweep.core.errors import Interrupted, ServiceUnavailable
from sweep.core.log import logger
from sweep.core.share import Share, alone
from sweep.execution.cluster import ray_private
from sweep.execution.cluster.warming import actor
from sweep.execution.cluster.width import Width
from sweep.execution.cluster.worker import Host
from sweep.execution.failures import describe, raised
from sweep.execution.protocols import Answer, Failure, Pool, Task, WorkerId
from workers.data.dataset import Dataset
from workers.forecasting.package import FinishedTrial, Forecast, Package, Span
from workers.objective import Objective
from workers.spec import TrialSpec

POLL_SECONDS = 0.5
LOOK_SECONDS = 2.0  # between looks at the nodes, and at this study's part of the cluster
MAX_FAILED_STARTS = 3  # in a row, until the pool gives up
START_SECONDS = 600.0  # for a worker to be ready; TensorFlow takes 5 to 20
WAIT_NOTICE_SECONDS = 20.0  # without a worker slot, until the user hears why
AGAIN_SECONDS = 60.0  # between two such notices while no node has what a worker needs

T = TypeVar("T")


class RayPool(Pool):
    """A pool of Ray actors. It replaces workers that die.

    share     returns this study's part of the cluster at the moment, see sweep.core.share
    stopping  returns whether the user wants to stop, while the pool waits for a worker
    warmed    workers that have begun already, see warming.warmed; what is not needed of them is ended
    """

    def __init__(
        self,
        dataset: Dataset,
        objective: Objective,
        workers: Workers,
        share: Share = alone,
        stopping: Callable[[], bool] = lambda: False,
        warmed: Sequence[Any] = (),
    ) -> None:
        self._width, self._stopping = Width(workers, share), stopping
        self._data = (ray.put(dataset.for_workers), objective)
        self._wanted, self._actor, self._warmed = workers, actor(workers), list(warmed)
        self._wants_gpu: set[WorkerId] = set()  # workers that asked for a GPU where a CPU would do
        self._workers: dict[WorkerId, Any] = {}
        self._pending: dict[Any, WorkerId] = {}  # by the Ray reference of a segment, or of being ready
        self._starting: dict[WorkerId, float] = {}  # and since when
        self._ready: dict[WorkerId, Host] = {}
        self._count = self._failed_starts = self._outbid = 0
        self._look_at = self._warm = 0.0
        self._nodes: set[str] = set()
        self._said_at: dict[str, float] = {}  # why the study waits, and when that was said last
        self._adjust_width()
        while self._warmed:
            ray.kill(self._warmed.pop())

    @property
    def width(self) -> int:
        """How many workers this study may have now."""
        return self._width.workers

    @property
    def mean_width(self) -> float:
        """How many workers it could have on average so far."""
        return self._width.mean

    @property
    def warm_seconds(self) -> float:
        """Seconds for which workers have been ready, summed over the workers."""
        return self._warm + sum(time.time() - host.ready_at for host in self._ready.values())

    @override
    def expect(self) -> None:
        self._width.needed = math.inf
        self._look_at = 0.0

    @override
    def idle(self) -> Sequence[WorkerId]:
        self._adjust_width()
        for worker in self._idle():
            if self.is_wanted_back(worker):
                self.replace(worker)
        return self._idle()

    def _idle(self) -> list[WorkerId]:
        owing = set(self._pending.values())
        return [worker for worker in self._workers if worker not in owing]

    @override
    def is_wanted_back(self, worker: WorkerId) -> bool:
        return len(self._workers) > self.width

    @override
    def spare(self) -> None:
        # Without the first worker a study could not log its model; a study alone on its cluster keeps all.
        needed = max(1, len(self._ready) - len(self._idle()))
        if needed != self._width.needed:
            self._width.needed = needed
            self._look_at = 0.0
            self.idle()

    @override
    def train(self, worker: WorkerId, task: Task) -> None:
        self._pending[self._workers[worker].train.remote(task)] = worker

    @override
    def wait(self, timeout: float) -> Sequence[Answer]:
        """The answers so far, waiting up to `timeout` seconds. Raises ServiceUnavailable when no worker can start."""
        self._adjust_width()
        cut_off = self._cut_off()
        if not self._pending:
            time.sleep(timeout)
            return cut_off
        done, _ = ray.wait(list(self._pending), num_returns=len(self._pending), timeout=0)
        if not done and not cut_off:
            done, _ = ray.wait(list(self._pending), num_returns=1, timeout=timeout)
        answers = (self._answer(reference) for reference in done)
        return [*cut_off, *(answer for answer in answers if answer)]

    @override
    def replace(self, worker: WorkerId) -> None:
        self._starting.pop(worker, None)
        self._wants_gpu.discard(worker)
        host = self._ready.pop(worker, None)
        self._warm += time.time() - host.ready_at if host else 0.0
        self._pending = {reference: owing for reference, owing in self._pending.items() if owing != worker}
        ray.kill(self._workers.pop(worker))

    @override
    def name(self, worker: WorkerId) -> str:
        return self._ready[worker].name

    def pack(self, trial: FinishedTrial) -> Package:
        """The deployed model of a finished trial, packed by an idle worker. Raises Interrupted."""
        package: Package = _result(self._anyone().pack.remote(trial))
        return package

    def forecast(self, spec: TrialSpec, checkpoint: bytes, spans: Sequence[Span]) -> list[Forecast]:
        """What a trial forecasts of stretches of the data, by an idle worker. Raises Interrupted."""
        found: list[Forecast] = _result(self._anyone().forecast.remote(spec, checkpoint, spans))
        return found

    def _anyone(self) -> Any:
        """An idle worker, waiting for one to be ready if need be."""
        while not (idle := self.idle()):
            if self._stopping():
                raise Interrupted("stopped while a worker was waited for")
            self.wait(POLL_SECONDS)
        return self._workers[idle[0]]

    @override
    def close(self) -> None:
        for worker in self._workers.values():
            ray.kill(worker)
        self._workers.clear()
        self._pending.clear()

    def _adjust_width(self) -> None:
        """Start and end workers as nodes and other studies come and go."""
        if time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + LOOK_SECONDS
        nodes = [node for node in ray.nodes() if node["Alive"]]
        self._nodes = {node["NodeID"] for node in nodes}
        self._width.look([node["Resources"] for node in nodes], len(self._workers), len(self._ready))
        self._give_up_starts()
        for _ in range(self.width - len(self._workers)):
            self._begin()
        self._say_why_it_waits()

    def _begin(self) -> None:
        without = self._wanted.cpu_workers and not self._has_free_gpu()
        options = {"num_gpus": 0} if without else {}
        worker = self._warmed.pop(0) if self._warmed else self._actor.options(**options).remote(self._wanted.cpus)
        if self._wanted.cpu_workers and not without:
            self._wants_gpu.add(self._count)
        self._workers[self._count] = worker
        self._pending[worker.load.remote(*self._data)] = self._count
        self._starting[self._count] = time.monotonic()
        self._count += 1

    def _has_free_gpu(self) -> bool:
        """Whether there are GPUs for another worker, beside those that starting workers will take."""
        free = ray.available_resources().get("GPU", 0.0)
        starting = self._wants_gpu & set(self._starting)
        waiting = sum(not ray_private.has_started(self._workers[worker]) for worker in starting)
        return bool(free - waiting * self._wanted.gpus >= self._wanted.gpus)

    def _give_up_starts(self) -> None:
        """Replace starting workers that take too long, and the newest of those beyond the width."""
        for worker, since in reversed(list(self._starting.items())):
            waited = time.monotonic() - since
            outbid = waited > WAIT_NOTICE_SECONDS * 2**self._outbid and self._lost_its_gpu(worker)
            self._outbid += outbid  # on a busy machine the next one has twice as long: it may just be slow to start
            if len(self._workers) > self.width or waited > START_SECONDS or outbid:
                self.replace(worker)

    def _lost_its_gpu(self, worker: WorkerId) -> bool:
        """Whether another program has taken the GPU that a starting worker asked for."""
        return worker in self._wants_gpu and not ray_private.has_started(self._workers[worker])

    def _say_why_it_waits(self) -> None:
        """Say why the study waits for a worker slot: each reason once, and again where there is none at all."""
        if self._ready:
            return
        again = math.inf
        if not self._width.fits:
            why, again = f"no node of it has {needs(self._wanted)}, which a worker needs", AGAIN_SECONDS
        elif not self.width:
            why = f"{self._width.studies} studies share it, more than it has places, and take turns"
        elif self._waits_for_room():
            why = "none is free"
        else:
            return
        if time.monotonic() - self._said_at.get(why, -math.inf) >= again:
            logger.info("waiting for a place on the cluster: %s", why)
            self._said_at[why] = time.monotonic()

    def _waits_for_room(self) -> bool:
        """Whether Ray has had no free slot for any starting worker for a while."""
        late = [w for w, since in self._starting.items() if time.monotonic() - since > WAIT_NOTICE_SECONDS]
        return bool(late) and not any(ray_private.has_started(self._workers[worker]) for worker in self._starting)

    def _cut_off(self) -> list[Answer]:
        """Replace the workers of dead nodes: a call that runs there may never return."""
        busy = set(self._pending.values())
        gone = [worker for worker, host in self._ready.items() if host.node not in self._nodes]
        for worker in gone:
            self.replace(worker)
        return [Answer(worker, error="its node is gone", failure="node") for worker in gone if worker in busy]

    def _answer(self, reference: Any) -> Answer | None:
        worker = self._pending.pop(reference, None)
        if worker is None:
            return None  # from a replaced worker
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
            return Answer(worker, error=describe(error), failure=_failure(error))
        self._failed_starts += 1
        if self._failed_starts >= MAX_FAILED_STARTS:
            raise ServiceUnavailable(f"no worker can start: {describe(error)}")
        return None


def _result(reference: Any) -> Any:
    """The result of a call on a worker. Raises the error of the call itself, without Ray's traceback."""
    try:
        return ray.get(reference)
    except RayTaskError as error:
        raise error.cause if isinstance(error.cause, Exception) else error from None


def _failure(error: RayError) -> Failure:
    if isinstance(error, OutOfMemoryError):  # Ray's memory monitor has ended the worker
        return "memory"
    if isinstance(error, NodeDiedError | ObjectLostError) or "node died" in str(error).lower():
        return "node"
    return "worker"
