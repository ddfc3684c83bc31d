"""The pool of Ray workers: as wide as the cluster, growing with it, and replacing what dies."""

import os
import re
import signal
import sys
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import ray
from ray import cloudpickle
from ray.exceptions import RayActorError

from sweep.config.sections import Workers
from sweep.core.errors import ServiceUnavailable
from sweep.core.share import Part, alone
from sweep.execution import cluster
from sweep.execution.cluster import Metrics, RayPool, inspection, warming
from sweep.execution.cluster.worker import Worker
from sweep.execution.fakes import FakeTrainer
from sweep.execution.protocols import Answer, Task
from sweep.launch.result import counts
from tests.sweep import worlds
from tests.workers.worlds import regression
from workers.engine.compile_cache import CompileCacheFailed
from workers.objective import Objective
from workers.spec import TrialSpec

LOOK_SECONDS = 0.2
PATIENCE = 250  # seconds
SPEC = TrialSpec(units=4, window=5, batch_size=4, epochs=2)


@pytest.fixture(scope="module")
def pool(nodes: Any) -> Iterator[RayPool]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sweep.execution.cluster.pool.LOOK_SECONDS", LOOK_SECONDS)
        pool = RayPool(regression((200,)), Objective(), Workers())
        yield pool
        pool.close()


def until(pool: RayPool, condition: Callable[[], Any], seconds: float = PATIENCE) -> list[Answer]:
    """The answers that came in until the condition held."""
    answers: list[Answer] = []
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        answers += pool.wait(0.2)
    return answers


def train(pool: RayPool, spec: TrialSpec = SPEC) -> Answer:
    """One segment on the first idle worker."""
    until(pool, pool.idle)
    pool.train(pool.idle()[0], Task(spec, 0, None, 1e9))
    answers: list[Answer] = []
    while not answers:
        answers += pool.wait(0.2)
    return answers[0]


def test_a_study_s_figures_are_among_those_that_prometheus_reads(nodes: Any, tmp_path: Path) -> None:
    study = worlds.open_study(tmp_path)
    worlds.run(study, callbacks=[Metrics("small", {"sweep_workers": lambda: 3, "sweep_mlflow_unsent": lambda: 7})])
    ended = counts(study)
    address = f"http://127.0.0.1:{ray.nodes()[0]['MetricsExportPort']}/metrics"
    figures = {"sweep_trials_running": 0, "sweep_workers": 3, "sweep_mlflow_unsent": 7}
    wanted = {f"ray_{name}": value for name, value in figures.items()}
    wanted |= {
        "ray_sweep_trials_ended_total": ended.total(),
        "ray_sweep_epochs_total": 5 * (ended["complete"] - ended["reused"]),
    }
    deadline = time.monotonic() + PATIENCE
    while not wanted.items() <= (seen := scraped(address, study="small")).items() and time.monotonic() < deadline:
        time.sleep(0.5)
    assert {name: seen.get(name) for name in wanted} == wanted


class Light(Worker):
    """A worker without TensorFlow."""

    def __init__(self, *_: Any) -> None:
        self._make: Any = lambda *_: FakeTrainer()

    def pid(self) -> int:
        return os.getpid()


def test_a_worker_that_has_begun_already_gets_the_data_and_those_beyond_are_ended(
    nodes: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    monkeypatch.setattr(warming, "Worker", Light)
    workers = Workers(count=1)
    (first,) = cluster.warmed(workers)
    beyond = warming.actor(workers).remote()
    pid = ray.get(first.pid.remote())
    pool = RayPool(regression((200,)), Objective(), workers, warmed=[first, beyond])
    until(pool, pool.idle)
    assert pool.name(pool.idle()[0]).startswith(f"pid {pid} on ")
    with pytest.raises(RayActorError):
        ray.get(beyond.pid.remote(), timeout=PATIENCE)
    pool.close()


def test_no_worker_begins_early_where_it_may_have_a_gpu_or_not(nodes: Any) -> None:
    assert cluster.warmed(Workers(gpus=1, cpu_workers=True)) == []


def scraped(address: str, study: str) -> Mapping[str, float]:
    """A study's figures, summed over other tags."""
    with urllib.request.urlopen(address, timeout=PATIENCE) as response:
        lines = re.findall(rf'^(\w+)\{{.*study="{study}".*\}} (\S+)$', response.read().decode(), re.MULTILINE)
    figures: defaultdict[str, float] = defaultdict(float)
    for name, value in lines:
        figures[name] += float(value)
    return figures


@pytest.mark.representative
def test_a_worker_trains_and_stays_warm(pool: RayPool) -> None:
    first, second = train(pool), train(pool)
    assert first.segment
    assert second.segment
    assert first.segment.finished
    assert first.segment.compile_seconds > 0
    assert second.segment.compile_seconds == 0
    assert first.worker == second.worker


class WithoutCache(Task):
    """A segment that finds the cache of compiled programs full."""

    def run(self, trainer: Any) -> Any:
        del trainer
        raise CompileCacheFailed("No space left on device")


@pytest.mark.slow
def test_a_worker_that_cannot_compile_any_more_ends_and_another_goes_on(pool: RayPool) -> None:
    until(pool, pool.idle)
    worker = pool.idle()[0]
    pool.train(worker, WithoutCache(SPEC, 0, None, 1e9))
    answers: list[Answer] = []
    while not answers:
        answers += pool.wait(0.2)
    assert (answers[0].worker, answers[0].failure) == (worker, "worker")
    assert train(pool).segment


@pytest.mark.representative
def test_what_a_trial_raises_comes_back_in_a_line_and_the_worker_goes_on(pool: RayPool) -> None:
    raised = train(pool, SPEC.model_copy(update={"cell": "Elman"}))
    assert raised.error == "KeyError: 'Elman'"
    assert raised.failure == "trial"
    assert train(pool).segment


@pytest.mark.representative
def test_a_killed_worker_is_reported_lost_and_replaced(pool: RayPool) -> None:
    until(pool, pool.idle)
    worker = pool.idle()[0]
    pid = int(pool.name(worker).split()[1])  # pid 123 on 127.0.0.1
    pool.train(worker, Task(SPEC.model_copy(update={"epochs": 10**6}), 0, None, 1e9))
    time.sleep(1)
    os.kill(pid, signal.SIGKILL)
    answers: list[Answer] = []
    while not answers:
        answers += pool.wait(0.5)
    assert (answers[0].worker, answers[0].failure) == (worker, "worker")
    assert train(pool).worker != worker


def test_a_node_that_joins_later_is_used(nodes: Any, pool: RayPool) -> None:
    until(pool, pool.idle)
    assert pool.width == 1
    nodes.add_node(num_cpus=1)
    until(pool, lambda: len(pool.idle()) == 2)
    assert pool.width == 2


def test_a_study_that_comes_to_share_the_cluster_gives_back_what_is_beyond_its_part(nodes: Any, pool: RayPool) -> None:
    while nodes.list_all_nodes()[1:]:
        nodes.remove_node(nodes.list_all_nodes()[-1])
    nodes.add_node(num_cpus=1)
    until(pool, lambda: len(pool.idle()) == 2)
    pool._width._share = lambda *_: Part(1, studies=2)
    until(pool, lambda: len(pool.idle()) == 1)
    assert not pool.is_wanted_back(pool.idle()[0])
    pool._width._share = alone
    until(pool, lambda: len(pool.idle()) == 2)


def test_who_needs_what_no_node_has_says_so_again_and_again(
    nodes: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sweep.execution.cluster.pool.LOOK_SECONDS", 0.0)
    monkeypatch.setattr("sweep.execution.cluster.pool.AGAIN_SECONDS", 0.0)
    stranger = RayPool(regression((200,)), Objective(), Workers(gpus=1))
    stranger.wait(LOOK_SECONDS)
    stranger.close()
    said = capsys.readouterr().err.splitlines()
    assert len(said) > 1
    assert set(said) == {"waiting for a place on the cluster: no node of it has 1 CPU and 1 GPU, which a worker needs"}


def test_who_finds_the_cluster_full_says_so_once(
    nodes: Any, pool: RayPool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sweep.execution.cluster.pool.WAIT_NOTICE_SECONDS", 0.0)
    stranger = RayPool(regression((200,)), Objective(), Workers(count=1))
    stranger.wait(LOOK_SECONDS)
    stranger.wait(LOOK_SECONDS)
    assert capsys.readouterr().err == "waiting for a place on the cluster: none is free\n"
    stranger._width._share = lambda *_: Part(0, studies=3)
    until(stranger, lambda: not stranger.width)
    assert "3 studies share it" in capsys.readouterr().err  # another reason is said too
    stranger.close()


def visible_gpus(pool: RayPool) -> list[str | None]:
    """What each idle worker sees of its node's GPUs."""
    ask = [pool._workers[idle].__ray_call__.remote(lambda _: os.getenv("CUDA_VISIBLE_DEVICES")) for idle in pool.idle()]
    seen: list[str | None] = ray.get(ask)
    return seen


@pytest.mark.slow
def test_workers_with_and_without_a_gpu_serve_one_study(
    nodes: Any, pool: RayPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sweep.execution.cluster.pool.WAIT_NOTICE_SECONDS", 1e9)  # before it would do without a GPU
    joined = nodes.add_node(num_cpus=2, num_gpus=1)  # the others are the pool's
    mixed = RayPool(regression((200,)), Objective(), Workers(gpus=1, cpu_workers=True))
    until(mixed, lambda: len(mixed.idle()) == 2)
    assert sorted(map(str, visible_gpus(mixed))) == ["-1", "0"]
    mixed.close()
    nodes.remove_node(joined)


def test_who_hoped_for_a_gpu_that_somebody_else_got_does_without(
    nodes: Any, pool: RayPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sweep.execution.cluster.pool.WAIT_NOTICE_SECONDS", 0.0)
    monkeypatch.setattr(RayPool, "_has_free_gpu", lambda pool: not pool._count)
    joined = nodes.add_node(num_cpus=1)
    outbid = RayPool(regression((200,)), Objective(), Workers(count=1, gpus=1, cpu_workers=True))
    until(outbid, outbid.idle)
    assert visible_gpus(outbid) == ["-1"]
    outbid.close()
    nodes.remove_node(joined)


def test_workers_that_have_nothing_to_do_are_given_back_but_for_one_if_others_may_want_them(
    nodes: Any, pool: RayPool
) -> None:
    pool.spare()
    assert len(pool.idle()) == 2  # nobody shares the cluster
    pool.expect()
    pool._width._share = lambda wants, *_: Part(wants, studies=2)
    pool.spare()
    assert len(pool.idle()) == 1
    pool.expect()
    pool.idle()
    assert pool.width == 2


def test_a_study_whose_turn_is_over_gives_back_all_and_says_that_it_waits(
    nodes: Any, pool: RayPool, capsys: pytest.CaptureFixture[str]
) -> None:
    pool._width._share = lambda *_: Part(0, studies=3)
    until(pool, lambda: not pool.width)
    assert pool.idle() == []
    time.sleep(2 * LOOK_SECONDS)
    pool.wait(0)
    assert pool.idle() == []
    assert capsys.readouterr().err.count("3 studies share it, more than it has places, and take turns") == 1


@pytest.mark.representative
def test_a_cluster_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "nonsense")
    with pytest.raises(ServiceUnavailable, match=r"the Ray cluster at nonsense \(RAY_ADDRESS\)"):
        cluster.connect(Workers())


@pytest.mark.representative
def test_a_cluster_can_be_looked_at_from_outside(nodes: Any) -> None:
    seen = inspection.nodes(os.environ["RAY_ADDRESS"])
    assert sum(node["CPU"] for node in seen.resources) == ray.cluster_resources()["CPU"]
    assert seen.ownerless == []
