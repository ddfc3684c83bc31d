"""What deployments are made of, and how a single row of the table looks at one."""

import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from sweep.config import study_file
from sweep.config.study_file import StudyFile
from sweep.doctor.checks import Finding
from sweep.doctor.deployment import CHECKS
from sweep.doctor.deployment.checks import Deployment, NotChecked
from tests.sweep.config.study_files import MINIMAL

LISTENS = """
import socket, sys, time
with socket.create_server((sys.argv[1], 0)) as server:
    print(server.getsockname()[1], flush=True)
    time.sleep(100)
"""


@dataclass
class World:
    """folder: private, and the working directory; public: one that every user of this machine can enter."""

    folder: Path
    public: Path
    patch: pytest.MonkeyPatch
    service: Callable[[str], Any]
    file: StudyFile | None = None
    open: ExitStack = field(default_factory=ExitStack)

    def environment(self, **variables: str) -> None:
        for name, value in variables.items():
            self.patch.setenv(name, value)

    def study(self, folder: Path, text: str = MINIMAL) -> Path:
        path = folder / "study.yaml"
        path.write_text(text)
        self.file = study_file.load(path)
        return path

    def run(self, *command: str, address: str = "127.0.0.1", **environment: str) -> tuple[psutil.Process, int]:
        """A process with this command line that listens on a port; no other is seen from now on."""
        child = subprocess.Popen(
            [command[0], "-c", LISTENS, address, *command[1:]],
            executable=sys.executable,
            env=environment,
            stdout=subprocess.PIPE,
        )
        self.open.callback(child.wait)
        self.open.callback(child.kill)
        assert child.stdout
        port = int(self.open.enter_context(child.stdout).readline())
        self.only(psutil.Process(child.pid))
        return psutil.Process(child.pid), port

    def only(self, *processes: psutil.Process) -> None:
        """See no other processes, nor what they listen on."""
        pids = {process.pid for process in processes}
        connections, every = psutil.net_connections, psutil.process_iter
        self.patch.setattr(psutil, "net_connections", lambda kind: [c for c in connections(kind) if c.pid in pids])
        self.patch.setattr(psutil, "process_iter", lambda attributes: [p for p in every(attributes) if p.pid in pids])

    def look(self, promise: str, target: Any = None) -> list[Finding]:
        """What one row finds; about a target other than its own, if one is given."""
        (check,) = [check for check in CHECKS if check.promise == promise]
        seen = check.target(Deployment(self.file)) if target is None else target
        assert seen is not None
        assert not isinstance(seen, NotChecked), seen.finding.what
        return list(check.find(seen))

    def not_checked(self, promise: str) -> Finding:
        """What is said instead, where the row has nothing to look at."""
        (check,) = [check for check in CHECKS if check.promise == promise]
        seen = check.target(Deployment(self.file))
        assert isinstance(seen, NotChecked)
        return seen.finding

    def end(self) -> None:
        self.open.close()


def basic(user: str, password: str) -> Mapping[str, str]:
    return {"MLFLOW_TRACKING_USERNAME": user, "MLFLOW_TRACKING_PASSWORD": password}


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
