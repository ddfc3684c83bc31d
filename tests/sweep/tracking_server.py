"""A real MLflow server on a free port of 127.0.0.1."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

SETTINGS = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}


class TrackingServer:
    """Runs from `start` to `stop`, and again on the same port; `store` is its database's address."""

    def __init__(
        self, folder: Path, store: str, options: Sequence[str] = (), settings: Mapping[str, str] = SETTINGS
    ) -> None:
        self._folder = folder
        self._environment = {**os.environ, **settings}
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            self.port: int = unused.getsockname()[1]
        self._command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.port)]
        self._command += ["--workers", "1", "--backend-store-uri", store]
        self._command += ["--serve-artifacts", "--artifacts-destination", str(folder / "artifacts"), *options]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        with (self._folder / "server.log").open("a") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, env=self._environment, start_new_session=True
            )
        self._wait_until_it_answers()

    def stop(self) -> None:
        """At once, with its workers."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + 250
        while time.monotonic() < deadline:
            assert self._process.poll() is None, (self._folder / "server.log").read_text()
            try:
                with urllib.request.urlopen(f"{self.address}/health", timeout=60):
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError((self._folder / "server.log").read_text())


def posted(url: str, content: object, headers: Mapping[str, str] | None = None) -> None:
    """Send a JSON object to a server."""
    kind = {"Content-Type": "application/json", **(headers or {})}
    urllib.request.urlopen(urllib.request.Request(url, json.dumps(content).encode(), kind), timeout=60).close()
