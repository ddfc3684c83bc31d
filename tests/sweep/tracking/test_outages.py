"""MLflow fails in every way there is, and the mirror ends complete: its real server, behind a wire of ours."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sweep.tracking import mirror
from sweep.tracking.sync import sync
from tests.sampling import sampled
from tests.sweep.proxy import Mode, Proxy
from tests.sweep.tracking.mirrors import World, n_deleted, seen
from tests.sweep.tracking.worlds import LONG
from tests.sweep.tracking_server import TrackingServer
from tests.sweep.worlds import RECORD


@pytest.fixture(scope="module")
def server(real_services: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrackingServer]:
    folder = tmp_path_factory.mktemp("server")
    server = TrackingServer(folder, f"sqlite:///{folder}/mlflow.db")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def proxy(server: TrackingServer) -> Iterator[Proxy]:
    proxy = Proxy(server.port)
    yield proxy
    proxy.close()


@pytest.fixture
def world(tmp_path: Path, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> World:
    """A study that is about to be mirrored."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")  # seconds
    return World(tmp_path, proxy.address, name=f"study-{abs(hash(request.node.name))}")


def wait_for_failures(world: World, times: int = 2) -> None:
    while world.recorder.outbox.failures < times:
        assert world.recorder.outbox.waiting


def complete(world: World, server: TrackingServer) -> bool:
    return seen(server.address, world.study.config.name) == world.expected()


OUTAGES: list[tuple[Mode, int]] = [
    ("refuse", 0),
    ("hang", 0),
    ("lose", 0),
    ("error", 401),
    ("error", 403),
    ("error", 404),
    ("error", 429),
    ("error", 500),
    ("error", 503),
]


@pytest.mark.parametrize(("mode", "status"), sampled(OUTAGES, 4))
def test_a_study_that_runs_through_an_outage_is_mirrored_when_it_is_over(
    world: World, server: TrackingServer, proxy: Proxy, mode: Mode, status: int
) -> None:
    proxy.fail(mode, status=status)
    world.open().search()
    wait_for_failures(world)
    proxy.heal()
    assert world.end(LONG) == 0
    assert complete(world, server)


REQUESTS = [
    "runs/create",
    "runs/log-batch",
    "runs/log-inputs",
    "runs/update",
    "runs/search",
    "set-experiment-tag",
    "experiments/create",
    "artifacts",
]


@pytest.mark.parametrize("request_", sampled(REQUESTS, 3))
def test_what_was_done_though_nobody_heard_so_is_not_done_twice(
    world: World, server: TrackingServer, proxy: Proxy, request_: str
) -> None:
    proxy.fail("lose", only=request_, times=2)
    world.open().search()
    assert world.end(LONG) == 0
    assert proxy.seen
    assert complete(world, server)
    assert n_deleted(server.address, world.study.config.name) == 0


@pytest.mark.parametrize("request_", sampled(["runs/create", "runs/log-batch", "runs/update"], 1))
def test_what_is_done_long_after_everybody_stopped_waiting_is_put_right_by_sync(
    world: World, server: TrackingServer, proxy: Proxy, request_: str
) -> None:
    proxy.fail("late", only=request_)
    world.open().search()
    wait_for_failures(world)
    late = list(proxy.seen)
    proxy.heal()
    assert world.end(LONG) == 0
    while not all(proxy.passed.count(line) >= late.count(line) for line in late):
        time.sleep(0.01)
    sync(world.file, RECORD)
    assert complete(world, server)


def test_a_server_that_is_slow_delays_nobody_and_gets_all(world: World, server: TrackingServer, proxy: Proxy) -> None:
    proxy.delay = 0.05
    proxy.fail("slow")
    world.open().search()
    assert world.recorder.outbox.waiting
    assert world.end(LONG) == 0
    assert complete(world, server)


def test_what_waits_is_bounded_and_what_is_left_out_is_read_from_the_ledger_again(
    world: World, server: TrackingServer, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror, "MAX_WAITING", 3)
    proxy.fail("refuse")
    world.open().search()
    n_trials = len(list(world.study))
    assert world.recorder.outbox.waiting <= 3 + 2 * n_trials  # beginnings and ends
    proxy.heal()
    assert world.end(LONG) == 0
    assert complete(world, server)


def test_a_server_that_was_killed_and_started_again_gets_all(world: World, server: TrackingServer) -> None:
    world.open().search()
    server.stop()
    world.compare()
    wait_for_failures(world)
    server.start()
    assert world.end(LONG) == 0
    assert complete(world, server)


@pytest.mark.parametrize("mode", sampled(["refuse", "hang", "error"], 1))
def test_a_study_that_ends_in_an_outage_is_mirrored_by_sync(
    world: World, server: TrackingServer, proxy: Proxy, mode: Mode
) -> None:
    world.open().search()
    proxy.fail(mode)
    world.compare()
    assert world.end(timeout=0) > 0
    proxy.heal()
    sync(world.file, RECORD)
    assert complete(world, server)


def test_a_write_that_mlflow_never_takes_does_not_hold_up_the_others(
    world: World, server: TrackingServer, proxy: Proxy
) -> None:
    proxy.fail("error", only="PUT .*html", status=413)
    (world.folder / "large.html").write_text("<p>")
    world.open().recorder.artifact(world.folder / "large.html")
    world.search()
    assert world.end(LONG) == 1
    assert "413" in world.recorder.outbox.last_error
    assert complete(world, server)


def test_nor_does_one_on_which_it_fails_again_and_again(world: World, server: TrackingServer, proxy: Proxy) -> None:
    proxy.fail("error", only="PUT .*html", status=500)
    (world.folder / "report.html").write_text("<p>")
    world.open().recorder.artifact(world.folder / "report.html")
    world.search()
    assert world.end(LONG) == 1
    assert complete(world, server)


def test_the_terminal_hears_once_of_an_outage_and_once_of_its_end(
    world: World, proxy: Proxy, capsys: pytest.CaptureFixture[str]
) -> None:
    proxy.fail("error", status=401)
    world.open().search()
    wait_for_failures(world, 3)
    proxy.heal()
    assert world.end(LONG) == 0
    began, advice, ended = capsys.readouterr().err.splitlines()
    assert began.startswith(f"warning: MLflow at {proxy.address} cannot be used: ")
    assert "MLFLOW_TRACKING_USERNAME" in began
    assert advice == "nothing waits for it: what it lacks is sent as soon as it is back"
    assert ended == f"MLflow at {proxy.address} is back"
