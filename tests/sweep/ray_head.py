"""A real Ray head with a token, on free ports of 127.0.0.1."""

import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RayHead:
    """`address`: of its GCS, host:port; `environment`: of those who may use its job API."""

    address: str
    environment: dict[str, str]
    process: subprocess.Popen[bytes]


@contextmanager
def ray_head(folder: Path) -> Iterator[RayHead]:
    """One that has been started; its dashboard answers some seconds later."""
    token = folder / "token"
    token.write_text(secrets.token_hex(32))
    token.chmod(0o600)
    port, dashboard, agent = free_ports(3)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # where the cluster's `python` is
    environment = {
        "PATH": path,
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN_PATH": str(token),
        "RAY_USAGE_STATS_ENABLED": "0",
    }
    ray = [str(Path(sys.executable).parent / "ray"), "start", "--head", "--block", "--node-ip-address=127.0.0.1"]
    ports = [f"--port={port}", f"--dashboard-port={dashboard}", f"--dashboard-agent-listen-port={agent}"]
    options = ["--dashboard-host=127.0.0.1", "--num-cpus=1", "--object-store-memory=80000000"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [*ray, *ports, *options], env=os.environ | environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            told = environment | {"RAY_API_SERVER_ADDRESS": f"http://127.0.0.1:{dashboard}"}
            yield RayHead(f"127.0.0.1:{port}", told, process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(240)


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
