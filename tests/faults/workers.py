"""A pool of worker processes that start in milliseconds, to be killed and stopped by the dozen."""

import itertools
import os
import signal
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import Any

from sweep.execution.failures import raised
from sweep.execution.protocols import Answer, Pool, Task, WorkerId
from tests.sweep.forecasts import zeros
from workers.forecasting.package import Forecast, Span

Trainer = Any
Making = Callable[..., Trainer]  # of what the pool is given: a dataset, an objective and what is known of workers


class Nursery:
    """A process without threads that forks workers, begun before the launcher has any; it ends with the launcher."""

    def __init__(self, make: Making, prepare: Callable[[], None] = lambda: None) -> None:
        self._socket, theirs = socket.socketpair()
        if os.fork():
            theirs.close()
            return
        self._socket.close()
        prepare()
        _rear(theirs, make)

    def worker(self, *arguments: Any) -> tuple[int, Connection]:
        """A new worker: its pid, and the line to it."""
        mine, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._socket, [b"?"], [theirs.fileno()])
        pid = int.from_bytes(self._socket.recv(8), "big")
        line = Connection(mine.detach())
        line.send(arguments)
        return pid, line


def _rear(orders: socket.socket, make: Making) -> None:
    """Fork a worker for each file descriptor that comes in, until the launcher is gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    born: list[int] = []
    with suppress(ConnectionError):  # a launcher that was killed while it asked
        while fds := socket.recv_fds(orders, 1, 1)[1]:
            pid = os.fork()
            if not pid:
                orders.close()
                _work(Connection(fds[0]), make)
            os.close(fds[0])
            born.append(pid)
            orders.send(pid.to_bytes(8, "big"))
    for pid in born:
        with suppress(ProcessLookupError):  # a stopped one would stay
            os.kill(pid, signal.SIGKILL)
    os._exit(0)


def _work(line: Connection, make: Making) -> None:
    with suppress(EOFError, OSError):
        trainer = make(*line.recv())
        while True:
            task: Task = line.recv()
            try:
                line.send(Answer(0, task.run(trainer)))
            except Exception as error:  # noqa: BLE001  as Ray's workers
                line.send(raised(0, error))
    os._exit(0)


class ProcessPool(Pool):
    """Workers that are processes of this machine; what dies is replaced, and none is ever wanted back."""

    def __init__(self, nursery: Nursery, width: int, *arguments: Any) -> None:
        self.width = self.mean_width = width
        self.warm_seconds = 1.0
        self._nursery, self._arguments = nursery, arguments
        self._numbers = itertools.count()
        self._workers: dict[WorkerId, tuple[int, Connection]] = {}
        self._busy: set[WorkerId] = set()
        self._given_up: dict[Connection, WorkerId] = {}

    def expect(self) -> None:
        pass

    def spare(self) -> None:
        pass

    def is_wanted_back(self, worker: WorkerId) -> bool:
        return False

    def idle(self) -> Sequence[WorkerId]:
        while len(self._workers) < self.width:
            self._workers[next(self._numbers)] = self._nursery.worker(*self._arguments)
        return [worker for worker in self._workers if worker not in self._busy]

    def train(self, worker: WorkerId, task: Task) -> None:
        self._busy.add(worker)
        with suppress(OSError):  # dead already, as `wait` finds
            self._workers[worker][1].send(task)

    def wait(self, timeout: float) -> Sequence[Answer]:
        lines = {self._workers[worker][1]: worker for worker in self._busy} | self._given_up
        if not lines:
            time.sleep(timeout)
        ready = wait(list(lines), timeout)
        return [self._answer(line, lines[line]) for line in lines if line in ready]

    def _answer(self, line: Connection, worker: WorkerId) -> Answer:
        try:
            answer: Answer = line.recv()
        except (EOFError, OSError):
            self._given_up.pop(line, None)
            if worker in self._workers:
                self.replace(worker)
            return Answer(worker, error="it was killed", failure="worker")
        self._busy.discard(worker)
        return Answer(worker, answer.segment, answer.error, answer.failure)

    def replace(self, worker: WorkerId) -> None:
        """Give it up, but let it live and have its say, as a worker that was only cut off might."""
        self._busy.discard(worker)
        self._given_up[self._workers.pop(worker)[1]] = worker

    def name(self, worker: WorkerId) -> str:
        return f"pid {self._workers[worker][0]}"

    def pack(self, *_: Any) -> bytes:
        raise LookupError("pretended weights make no model")

    def forecast(self, _spec: Any, _checkpoint: bytes, spans: Sequence[Span]) -> list[Forecast]:
        return zeros(spans)

    def close(self) -> None:
        for pid, line in self._workers.values():
            line.close()
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
