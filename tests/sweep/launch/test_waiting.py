"""A launch that is stopped before its workers run ends promptly, whatever it waits for, and leaves nothing."""

import contextlib
import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.faults.launcher import STUDY, Launcher, launch, said, until, world

pytestmark = [pytest.mark.services, pytest.mark.representative]
BOTH = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
SLOW_DATA = "data: {kind: python, factory: slow:load}"
DATA = """
import time
from pathlib import Path

def load():
    Path("loading").touch()
    while True:
        time.sleep(1000)
"""


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """What takes connections on a free port, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def temporary() -> Iterator[Path]:
    """An empty folder whose name is short enough for those of Ray's sockets."""
    with tempfile.TemporaryDirectory(prefix="r", dir="/tmp") as folder:
        yield Path(folder)


def stopped(launcher: Launcher, number: signal.Signals, folder: Path) -> bool:
    """Stop it; whether it ended as interrupted, and left no process."""
    launcher.send(number)
    assert launcher.wait() == 130, said(folder)
    return not launcher.left_behind


@BOTH
def test_for_ray(tmp_path: Path, temporary: Path, number: signal.Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = world(tmp_path)
    monkeypatch.setenv("RAY_TMPDIR", str(temporary))
    monkeypatch.setenv("HOME", str(tmp_path))
    launcher = launch(folder, unready=True)
    until(lambda: (folder / "ray.pid").exists() and (folder / "ray.pid").read_text(), folder)
    assert list(temporary.iterdir())
    child = psutil.Process(int((folder / "ray.pid").read_text()))
    assert stopped(launcher, number, folder)
    with contextlib.suppress(psutil.NoSuchProcess):
        child.wait(250)
    assert list(temporary.iterdir()) == []


@BOTH
def test_for_its_data(tmp_path: Path, number: signal.Signals) -> None:
    folder = world(tmp_path, STUDY.replace(STUDY[STUDY.index("data:") : STUDY.index("trial:")], f"{SLOW_DATA}\n"))
    (folder / "slow.py").write_text(DATA)
    launcher = launch(folder)
    until((folder / "loading").exists, folder)
    assert stopped(launcher, number, folder)


@BOTH
def test_for_its_data_while_ray_starts(tmp_path: Path, number: signal.Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = world(tmp_path, STUDY.replace(STUDY[STUDY.index("data:") : STUDY.index("trial:")], f"{SLOW_DATA}\n"))
    (folder / "slow.py").write_text(DATA)
    monkeypatch.setenv("HOME", str(tmp_path))
    launcher = launch(folder, unready=True)
    until(lambda: (folder / "ray.pid").exists() and (folder / "ray.pid").read_text(), folder)
    until((folder / "loading").exists, folder)
    child = psutil.Process(int((folder / "ray.pid").read_text()))
    assert stopped(launcher, number, folder)
    with contextlib.suppress(psutil.NoSuchProcess):
        child.wait(250)


@BOTH
def test_for_the_ledgers_database(tmp_path: Path, silent: socket.socket, number: signal.Signals) -> None:
    address = f"storage=postgresql+psycopg://me@127.0.0.1:{silent.getsockname()[1]}/sweep"
    launcher = launch(world(tmp_path), "--set", address)
    connection, _ = silent.accept()
    with connection:
        assert stopped(launcher, number, tmp_path)


@BOTH
def test_for_mlflow(tmp_path: Path, silent: socket.socket, number: signal.Signals) -> None:
    launcher = launch(world(tmp_path), "--set", f"tracking=http://127.0.0.1:{silent.getsockname()[1]}")
    until(lambda: "waiting for MLflow at http://127.0.0.1" in said(tmp_path), tmp_path)
    assert stopped(launcher, number, tmp_path)
