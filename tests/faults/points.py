"""Named points of a launch, at each of which it can be killed: before and after whatever outlives it is written."""

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
from sqlalchemy.engine.default import DefaultDialect

from sweep.execution.protocols import Callback
from sweep.execution.scheduler import Scheduler
from sweep.launch import stages

Point = tuple[str, int]  # its name, and the how manieth time it is passed


class Points:
    """Counts the points that this process passes, and sends it a signal at one of them."""

    def __init__(self, at: Point | None, number: signal.Signals) -> None:
        self.passed: Counter[str] = Counter()
        self._at, self._number = at, number

    def __call__(self, name: str) -> None:
        self.passed[name] += 1
        if (name, self.passed[name]) == self._at:
            os.kill(os.getpid(), self._number)

    def around(self, function: Callable[..., Any], name: Callable[..., str]) -> Callable[..., Any]:
        """The same function between two points; an empty name is none."""

        def passed(*args: Any, **kwargs: Any) -> Any:
            what = name(*args)
            if not what:
                return function(*args, **kwargs)
            self(f"before {what}")
            result = function(*args, **kwargs)
            self(f"after {what}")
            return result

        return passed

    def install(self) -> None:
        """Put points around each commit, each change of a checkpoint's file and whatever callbacks are told."""
        DefaultDialect.do_commit = self.around(DefaultDialect.do_commit, _commit)  # type: ignore[method-assign]
        Path.replace = self.around(Path.replace, _file("replacing"))  # type: ignore[method-assign]
        Path.unlink = self.around(Path.unlink, _file("removing"))  # type: ignore[method-assign]
        SqlAlchemyStore.create_run = self.around(  # type: ignore[method-assign]
            SqlAlchemyStore.create_run, lambda *_, **__: "MLflow's making of a run"
        )
        stages.Scheduler = self._watched  # type: ignore[attr-defined, assignment]

    def _watched(self, ledger: Any, pool: Any, objective: Any, callbacks: Sequence[Callback], **options: Any) -> Any:
        around = (_Watcher(self, "before"), *callbacks, _Watcher(self, "after"))
        return Scheduler(ledger, pool, objective, around, **options)


class _Watcher(Callback):
    def __init__(self, points: Points, when: str) -> None:
        self._points, self._when = points, when

    def on_trial_start(self, *_: Any) -> None:
        self._points(f"{self._when} callbacks hear of a start")

    def on_epochs_end(self, *_: Any) -> None:
        self._points(f"{self._when} callbacks hear of epochs")

    def on_trial_end(self, *_: Any) -> None:
        self._points(f"{self._when} callbacks hear of an end")


def _commit(*_: Any) -> str:
    writer = {"outbox": "mirror's", "lease": "lease's"}.get(threading.current_thread().name, "ledger's")
    return f"the {writer} commit"


def _file(what: str) -> Callable[..., str]:
    return lambda path, *_, **__: f"{what} a checkpoint" if ".checkpoint" in path.name else ""
