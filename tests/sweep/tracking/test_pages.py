"""`sweep ui`: MLflow's pages, served or found."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from mlflow import MlflowClient

from sweep.cli.main import main
from tests.sweep.tracking_server import TrackingServer

PATIENCE = 120.0


def free_port() -> int:
    with closing(socket.socket()) as any_port:
        any_port.bind(("127.0.0.1", 0))
        return int(any_port.getsockname()[1])


def test_without_an_mlflow_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["ui", "--tracking", "sqlite:///mlflow.db"]) == 69
    assert "there is no MLflow yet; launch a study" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_taken_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], empty_database: bytes
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mlflow.db").write_bytes(empty_database)
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert main(["ui", "--tracking", "sqlite:///mlflow.db", "--port", port]) == 69
    assert f"port {port} cannot be had: Address already in use; name another by --port" in capsys.readouterr().err


def test_a_server_is_said_to_have_the_page(
    real_services: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = TrackingServer(tmp_path, f"sqlite:///{tmp_path}/mlflow.db")
    server.start()
    try:
        experiment = MlflowClient(server.address).create_experiment("walk")
        assert main(["ui", "walk", "--tracking", server.address]) == 0
        assert capsys.readouterr().out.startswith(f"{server.address}/#/experiments/{experiment}/runs?")
        assert main(["ui", "other", "--tracking", server.address]) == 0
        assert "MLflow has no study other yet" in capsys.readouterr().err
    finally:
        server.stop()


@pytest.mark.slow
def test_the_pages_are_served_until_it_is_stopped_and_nothing_stays(
    real_services: None, tmp_path: Path, empty_database: bytes
) -> None:
    (tmp_path / "mlflow.db").write_bytes(empty_database)
    port = free_port()
    program = "import sys; from sweep.cli.main import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", program, "ui", "--tracking", "sqlite:///mlflow.db", "--port", str(port)]
    with subprocess.Popen(
        command, cwd=tmp_path, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"http://127.0.0.1:{port}/\n"
        until = time.monotonic() + PATIENCE
        while (page := _page(port)) is None:
            assert time.monotonic() < until
            time.sleep(0.2)
        assert "MLflow" in page
        children = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        process.wait(PATIENCE)
    _, alive = psutil.wait_procs(children, PATIENCE)
    assert alive == []


def _page(port: int) -> str | None:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
            return str(answer.read().decode())
    except OSError:
        return None
