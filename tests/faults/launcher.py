"""Launchers that start in milliseconds: forked, each, from a process that has imported everything once."""

import multiprocessing
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import psutil
import pytest
from mlflow import MlflowClient

from tests.faults.child import Rehearsal, run
from tests.sampling import IS_WHOLE

STUDY = """
name: small
seed: 1
budget: {trials: 20}
workers: {count: 1}
sampler: {kind: tpe, n_startup_trials: 5}
data: {kind: task, name: lag_copy, lag: 3, length: 400, seed: 0}  # whose test split is as long as pretended losses
trial: {epochs: 5, window: 5}
space:
  stateful: [true, false]
  reset_policy: [every_batch, every_epoch, never]
  cell: [LSTM, GRU]
  learning_rate: {low: 1e-4, high: 1e-2, log: true}
compare: {seeds: 2}
"""

whole = pytest.mark.skipif(not IS_WHOLE, reason="takes long: FAULTS=whole")

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["tests.faults.preload", "pytest"])  # pytest: a child imports its parent's main module


class Launcher:
    """One launch under way."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self._process = _forks.Process(target=run, args=(rehearsal,))
        self._process.start()
        self.pid: int = self._process.pid or 0

    def wait(self, seconds: float = 250) -> int | None:
        """Its exit code, negative for the signal that ended it; None when it still runs after so long."""
        self._process.join(seconds)
        return self._process.exitcode

    def send(self, number: signal.Signals) -> None:
        """Send it a signal; it may have ended."""
        if self._process.exitcode is None:
            os.kill(self.pid, number)

    @property
    def workers(self) -> list[psutil.Process]:
        """Its workers, the children of its only child."""
        try:
            return [worker for nursery in psutil.Process(self.pid).children() for worker in nursery.children()]
        except psutil.NoSuchProcess:
            return []

    @property
    def left_behind(self) -> list[psutil.Process]:
        """Processes of this launch that run although it has ended, a minute later."""
        for _ in range(600):
            left = [process for process in psutil.process_iter() if _session(process) == self.pid]
            if not left:
                break
            time.sleep(0.1)
        return left


def world(folder: Path, text: str = STUDY, *, tracking: bool = True) -> Path:
    """A folder with a study file and the empty tables of MLflow, which take seconds to make."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.yaml").write_text(text)
    if tracking:
        shutil.copy(_tables(), folder / "mlflow.db")
    return folder


def launch(folder: Path, *arguments: str, **how: object) -> Launcher:
    """Launch the folder's study: see Rehearsal."""
    return Launcher(Rehearsal(folder, arguments, **how))  # type: ignore[arg-type]


def said(folder: Path) -> str:
    """What all launches there have told people."""
    return (folder / "err").read_text() if (folder / "err").exists() else ""


def until(condition: Callable[[], object], folder: Path, seconds: float = 250) -> None:
    """Wait for a condition; fails with what the folder's launches have said."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, said(folder)
        time.sleep(0.05)


@cache
def _tables() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="mlflow-"))
    MlflowClient(f"sqlite:///{folder}/mlflow.db").search_experiments()
    return folder / "mlflow.db"


def _session(process: psutil.Process) -> int:
    try:
        return 0 if process.status() == psutil.STATUS_ZOMBIE else os.getsid(process.pid)
    except (psutil.NoSuchProcess, ProcessLookupError):
        return 0
