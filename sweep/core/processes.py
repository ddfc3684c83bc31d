"""Identifies processes: a pid alone names another process on another machine, or at another time."""

import os
import socket
from pathlib import Path


def place() -> str:
    """The host within which a pid is unique: this boot of this machine, and a container's own numbering in it."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{socket.gethostname()} {boot} {os.readlink('/proc/self/ns/pid')}"  # noqa: PTH115
    except OSError:  # not Linux
        import psutil  # noqa: PLC0415

        return f"{socket.gethostname()} {psutil.boot_time():.0f}"


def has_ended(where: str, pid: int, started: float) -> bool:
    """Whether a process that began at `started` (seconds since 1970) is over; False if it is not of this host."""
    if where != place():
        return False
    import psutil  # noqa: PLC0415  (sweep.core imports the standard library only)

    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - started) < 1
        return not same or process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return True
