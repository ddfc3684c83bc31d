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
    if shared_cluster():
        with _joined_later(workers) as joined:
            yield joined
        return
    over = threading.Event()
    started: Future[Sequence[Any]] = Future()
    threading.Thread(target=_start, args=(workers, started, over), name="cluster", daemon=True).start()
    try:
        yield lambda: _ready(started)
    finally:
        _end(started)
        over.set()


def _start(workers: Workers, started: "Future[Sequence[Any]]", over: threading.Event) -> None:
    fulfil(started, lambda: _with_workers(workers))
    over.wait()  # the processes of a cluster end with the thread that has started them


def _with_workers(workers: Workers) -> Sequence[Any]:
    from sweep.execution import cluster  # noqa: PLC0415  (Ray takes a second to import)

    cluster.connect(workers)
    return cluster.warmed(workers)


def _ready(started: "Future[Sequence[Any]]") -> Sequence[Any]:
    with said_if_slow("waiting for Ray to start"):
        warmed = started.result()
    prompt_end.listen_again()
    return warmed


def _end(started: "Future[Sequence[Any]]") -> None:
    """End the cluster, once it has started: of one that is half there something would stay."""
    from sweep.execution import cluster  # noqa: PLC0415

    started.exception()
    cluster.disconnect()


@contextmanager
def _joined_later(workers: Workers) -> Iterator[Cluster]:
    from sweep.execution import cluster  # noqa: PLC0415

    def join() -> Sequence[Any]:
        with said_if_slow("waiting for the Ray cluster that RAY_ADDRESS names"):
            cluster.connect(workers)
        return ()

    try:
        yield join
    finally:
        cluster.disconnect()
