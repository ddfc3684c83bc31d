"""Ray's nodes vanish, or stand still and come back: their trials go on elsewhere, and late reports change nothing."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from ray import cloudpickle
from ray.cluster_utils import Cluster

from sweep.config.sections import Workers
from sweep.core.trials import Trial
from sweep.execution import cluster
from sweep.execution.checkpoint_files import Checkpoints
from sweep.execution.cluster import RayPool, ray_private, warming
from sweep.execution.cluster.worker import Worker
from sweep.execution.fakes import FakeTrainer
from sweep.execution.protocols import Callback
from sweep.execution.scheduler import Scheduler
from sweep.study import Study
from tests.faults.launcher import whole
from tests.faults.ledger_check import Ledger
from tests.sweep.worlds import RECORD, open_study
from workers.objective import Objective
from workers.spec import EpochReport, Segment

QUICK = {"health_check_initial_delay_ms": 500, "health_check_period_ms": 500, "health_check_timeout_ms": 1000}
TRIALS = "budget.trials=6"


class Slow(FakeTrainer):
    """Takes long enough to be met in the middle of a segment."""

    def train(self, *arguments: Any, **options: Any) -> Segment:
        time.sleep(0.5)
        return super().train(*arguments, **options)


class Pretender(Worker):
    """Ray's worker, without TensorFlow."""

    def __init__(self, *_: Any) -> None:
        self._make: Any = lambda *_: Slow(epochs_a_segment=1)


class Injection(Callback):
    """Does something, once, when so many segments have come back."""

    def __init__(self, fault: Callable[[], None], after: int = 4) -> None:
        self._fault, self._left = fault, after

    def on_epochs_end(self, trial: Trial, reports: Sequence[EpochReport]) -> None:
        self._left -= 1
        if self._left == 0:
            self._fault()


@pytest.fixture
def nodes(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A head that trains nothing, and two nodes with room for one worker each."""
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    settings = {"health_check_failure_threshold": 3, **QUICK}
    ray_private.listen_on_loopback_only()
    ray_private.let_workers_keep_pace()
    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "_system_config": settings})
    for _ in range(2):
        nodes.add_node(num_cpus=1)
    monkeypatch.setattr(warming, "Worker", Pretender)
    monkeypatch.setenv("RAY_ADDRESS", nodes.address)
    cluster.connect(Workers())
    yield nodes
    cluster.disconnect()
    nodes.shutdown()


def test_a_node_that_vanishes_without_grace_costs_no_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nodes: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    vanish = Injection(lambda: nodes.remove_node(next(iter(nodes.worker_nodes)), allow_graceful=False))
    how = _attempts(_search(tmp_path, vanish), tmp_path)
    assert any(each.startswith(("node:", "worker:")) for each in how)


@whole
def test_a_node_that_was_cut_off_and_comes_back_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nodes: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    processes = _processes(next(iter(nodes.worker_nodes)))
    cut_off = Injection(lambda: _pause(processes, 6.0))
    how = _attempts(_search(tmp_path, cut_off), tmp_path)
    assert any(each.startswith(("hung:", "node:")) for each in how)
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)


def _search(folder: Path, injection: Injection) -> Study:
    """A study on the cluster; nothing of it may differ from one that was left alone, but who trained what."""
    study = open_study(folder, TRIALS)
    workers = RayPool(RECORD, Objective(), Workers())
    checkpoints = Checkpoints("small", study.objective)
    Scheduler(study, workers, study.objective, [injection], checkpoints=checkpoints, hang_seconds=4.0).run()
    workers.close()
    return study


def _attempts(study: Study, folder: Path) -> list[str]:
    """How the attempts ended, of a study in which every trial is complete and every epoch there once."""
    ledger = Ledger(f"sqlite:///{folder}/sweep.db")
    assert [outcome.state for _, outcome in study] == ["complete"] * 6
    for trial, _ in study:
        assert [report.metrics for report in study.epochs.of(trial.number)] == _alone(trial)
    assert all(row.ended for row in ledger.attempts)
    return [row.how for row in ledger.attempts]


def _alone(trial: Trial) -> list[Any]:
    """What a trial comes to that nothing happens to."""
    return [report.metrics for report in FakeTrainer(99).train(trial.canonical, trial.seed).reports]


def _processes(node: Any) -> list[psutil.Process]:
    """A node's raylet; its workers are its children by the time they are asked for."""
    return [psutil.Process(info[0].process.pid) for kind, info in node.all_processes.items() if kind == "raylet"]


def _pause(raylets: list[psutil.Process], seconds: float) -> None:
    """Stop them and all their children, and let them go on later."""
    family = [*raylets, *(child for raylet in raylets for child in raylet.children(recursive=True))]

    def send(number: signal.Signals) -> None:
        for process in family:
            with suppress(psutil.NoSuchProcess, ProcessLookupError):
                os.kill(process.pid, number)

    send(signal.SIGSTOP)
    threading.Timer(seconds, send, [signal.SIGCONT]).start()
