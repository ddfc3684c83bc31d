"""Which process is meant: a pid means one only where it is, and only since that process began."""

import os
import socket
from pathlib import Path

import psutil


def place() -> str:
    """Where a pid means one process: this boot of this machine, and within it a container's own numbering."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{socket.gethostname()} {boot} {os.readlink('/proc/self/ns/pid')}"  # noqa: PTH115
    except OSError:  # not Linux
        return f"{socket.gethostname()} {psutil.boot_time():.0f}"


def has_ended(where: str, pid: int, started: float) -> bool:
    """Whether a process of this place, begun at `started` (seconds since 1970), is over; of others nothing is known."""
    if where != place():
        return False
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - started) < 1
        return not same or process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return True
