"""The cluster of a launch, and its workers: they begin while the study's data are read and its services opened."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from sweep.config.addresses import shared_cluster
from sweep.config.sections import Workers
from sweep.core import prompt_end
from sweep.core.background import fulfil
from sweep.core.patience import said_if_slow

Cluster = Callable[[], Sequence[Any]]  # waits until the cluster can be used; the workers that have begun there


@contextmanager
def begun(workers: Workers) -> Iterator[Cluster]:
    """Have a cluster in the block, and leave it behind.

    What the block is given raises ServiceUnavailable. A cluster that others use too is joined no sooner than it is
    asked for: a study that is refused is not to be seen there.
    """
    from sweep.execution import cluster  # noqa: PLC0415  (not in the thread: what else is imported would hold it up)

    if not shared_cluster():
        with _started(workers) as ready:
            yield ready
        return
    try:
        yield lambda: _joined(workers)
    finally:
        cluster.disconnect()


def _joined(workers: Workers) -> Sequence[Any]:
    from sweep.execution import cluster  # noqa: PLC0415

    with said_if_slow("waiting for the Ray cluster that RAY_ADDRESS names"):
        cluster.connect(workers)
    return ()


@contextmanager
def _started(workers: Workers) -> Iterator[Cluster]:
    """Have a cluster of this launch's own, which a thread starts.

    The thread lives as long as the cluster: Ray has Linux end its processes with the thread that has started them. The
    end waits for the start: of a cluster that is half there something would stay.
    """
    from sweep.execution import cluster  # noqa: PLC0415

    leaving, over = threading.Event(), threading.Event()
    started: Future[Sequence[Any]] = Future()

    def start() -> None:
        fulfil(started, lambda: _with_workers(workers, leaving))
        over.wait()

    threading.Thread(target=start, name="cluster", daemon=True).start()
    try:
        yield lambda: _ready(started)
    finally:
        leaving.set()
        started.exception()
        cluster.disconnect()
        over.set()


def _with_workers(workers: Workers, leaving: threading.Event) -> Sequence[Any]:
    from sweep.execution import cluster  # noqa: PLC0415

    cluster.connect(workers)
    return () if leaving.is_set() else cluster.warmed(workers)


def _ready(started: "Future[Sequence[Any]]") -> Sequence[Any]:
    from sweep.launch.live import phase  # noqa: PLC0415  (while Ray starts)

    with said_if_slow("waiting for Ray to start"), phase("starting Ray"):
        warmed = started.result()
    prompt_end.listen_again()  # Ray may listen to SIGTERM itself
    return warmed
