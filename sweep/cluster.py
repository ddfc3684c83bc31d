"""Ray: a pool of warm workers, as wide as the cluster and growing with it."""

import os
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

# Without this, which Ray reads as it is imported, a cluster of this machine alone would listen on all the network.
if not os.environ.get("RAY_ADDRESS"):
    os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")

import ray
from ray.exceptions import RayActorError, RayError, RayTaskError

from sweep.config import Workers
from sweep.errors import ServiceUnavailable
from sweep.pool import Answer, Task, WorkerId, describe
from workers.spec import Objective, Segment, TrialSpec
from workers.timeline import Dataset

POLL_SECONDS = 0.5
GROW_SECONDS = 2.0  # between looks for room for more workers
MAX_FAILED_STARTS = 3  # in a row, before workers are held to be unable to start at all
OBJECT_STORE_BYTES = 200_000_000  # beside the data; checkpoints are small

T = TypeVar("T")


class Worker:
    """The Ray actor: imports TensorFlow once, and trains whatever it is given."""

    def __init__(self, dataset: Dataset, objective: Objective, threads: int) -> None:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        from workers import training  # noqa: PLC0415 (only a worker has TensorFlow)

        training.configure(threads)
        self._trainer = training.Trainer(dataset, objective)

    def ready(self) -> float:
        """When the worker could begin, in seconds since 1970."""
        return time.time()

    def train(self, task: Task) -> Segment:
        """See pool.Task."""
        return task.run(self._trainer)

    def export(self, form: TrialSpec, checkpoint: bytes) -> bytes:
        """The `.keras` file of a finished trial."""
        from workers import export  # noqa: PLC0415 (only a worker has Keras)

        return export.keras_file(form, self._trainer.dataset, checkpoint)

    def call(self, function: Callable[..., T], *args: Any) -> T:
        """Run a function where TensorFlow is already warm."""
        return function(*args)


def connect(workers: Workers, data_bytes: int = 0) -> None:
    """Join the cluster that RAY_ADDRESS names, or start one on this machine.

    Raises ServiceUnavailable when that cluster does not answer.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    address = os.environ.get("RAY_ADDRESS")
    quiet: dict[str, Any] = {"logging_level": "ERROR", "log_to_driver": False}
    try:
        if address:
            ray.init(address, **quiet)
            return
        wanted = 0 if workers.count == "auto" else workers.count * workers.cpus
        ray.init(
            address="local",
            num_cpus=max(wanted, os.cpu_count() or 1),
            include_dashboard=False,
            object_store_memory=OBJECT_STORE_BYTES + 2 * data_bytes,
            **quiet,
        )
    except (ConnectionError, RayError, RuntimeError, ValueError) as error:
        where = f"the Ray cluster at {address} (RAY_ADDRESS)" if address else "a Ray cluster on this machine"
        raise ServiceUnavailable(f"cannot reach {where}: {describe(error).splitlines()[0]}") from None


def disconnect() -> None:
    """Leave the cluster; one that was started here ends with all its processes."""
    ray.shutdown()


class RayPool:
    """See pool.Pool. Workers that die are replaced; `ready_at` says when each that ever lived could begin."""

    def __init__(self, dataset: Dataset, objective: Objective, workers: Workers) -> None:
        self.ready_at: list[float] = []
        self._wanted = workers
        self._arguments = (ray.put(dataset), objective, workers.cpus)
        self._actor: Any = ray.remote(num_cpus=workers.cpus, num_gpus=workers.gpus)(Worker)
        self._workers: dict[WorkerId, Any] = {}
        self._pending: dict[Any, WorkerId] = {}  # by what they owe: a segment, or the news that they are ready
        self._starting: set[WorkerId] = set()
        self._count = self._failed_starts = 0
        self._looked = 0.0
        self._grow()

    @property
    def width(self) -> int:
        """How many workers fit into the cluster, or were asked for."""
        if self._wanted.count != "auto":
            return self._wanted.count
        resources = ray.cluster_resources()  # type: ignore[no-untyped-call]
        fits = [resources.get("CPU", 0) // self._wanted.cpus]
        if self._wanted.gpus:
            fits.append(resources.get("GPU", 0) // self._wanted.gpus)
        return max(1, int(min(fits)))

    def idle(self) -> Sequence[WorkerId]:
        """See pool.Pool."""
        self._grow()
        owing = set(self._pending.values())
        return [worker for worker in self._workers if worker not in owing]

    def train(self, worker: WorkerId, task: Task) -> None:
        """See pool.Pool."""
        self._pending[self._workers[worker].train.remote(task)] = worker

    def wait(self, timeout: float) -> Sequence[Answer]:
        """See pool.Pool. Raises ServiceUnavailable when workers cannot even start."""
        self._grow()
        if not self._pending:
            time.sleep(timeout)
            return []
        done, _ = ray.wait(list(self._pending), num_returns=len(self._pending), timeout=0)
        if not done:
            done, _ = ray.wait(list(self._pending), num_returns=1, timeout=timeout)
        answers = (self._answer(reference) for reference in done)
        return [answer for answer in answers if answer]

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
        for _ in range(self.width - len(self._workers)):
            worker = self._actor.remote(*self._arguments)
            self._workers[self._count] = worker
            self._pending[worker.ready.remote()] = self._count
            self._starting.add(self._count)
            self._count += 1

    def _answer(self, reference: Any) -> Answer | None:
        worker = self._pending.pop(reference)
        try:
            result = ray.get(reference)
        except RayTaskError as error:
            return Answer(worker, error=describe(error.cause if isinstance(error.cause, BaseException) else error))
        except RayActorError as error:
            return self._lost(worker, describe(error))
        if worker not in self._starting:
            return Answer(worker, result)
        self._starting.remove(worker)
        self._failed_starts = 0
        self.ready_at.append(result)
        return None

    def _lost(self, worker: WorkerId, reason: str) -> Answer | None:
        del self._workers[worker]
        if worker not in self._starting:
            return Answer(worker, error=reason, lost=True)
        self._starting.remove(worker)
        self._failed_starts += 1
        if self._failed_starts >= MAX_FAILED_STARTS:
            raise ServiceUnavailable(f"no worker can start: {reason}")
        return None
