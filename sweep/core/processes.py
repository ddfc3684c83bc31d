"""Identifies processes: a pid alone names another process on another machine, or at another time."""

import os
import socket
import time
from pathlib import Path

SINCE_1970 = 1e9  # no machine has run for so many seconds: a larger start is counted from 1970


def place() -> str:
    """The host within which a pid is unique: this boot of this machine, and a container's own numbering in it."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{socket.gethostname()} {boot} {os.readlink('/proc/self/ns/pid')}"  # noqa: PTH115
    except OSError:  # not Linux
        import psutil  # noqa: PLC0415

        return f"{socket.gethostname()} {psutil.boot_time():.0f}"


def started(pid: int) -> float:
    """When a process began, which with its pid and place is true of no other.

    In seconds since the boot on Linux, where a clock that is set changes nothing; elsewhere since 1970. Raises
    ProcessLookupError where there is no such process.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return _created(pid)
    return int(stat.rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")


def now() -> float:
    """A moment ago, by the clock of `started`: what begins from now on has started since."""
    if os.path.exists("/proc/self/stat"):  # noqa: PTH110
        return time.clock_gettime(time.CLOCK_BOOTTIME) - 1 / os.sysconf("SC_CLK_TCK")
    return time.time() - 1


def has_ended(where: str, pid: int, began: float) -> bool:
    """Whether the process that `started` said this of is over; False if it is not of this host.

    Of a process that an earlier version noted, `began` is in seconds since 1970.
    """
    if where != place():
        return False
    import psutil  # noqa: PLC0415  (sweep.core imports the standard library only)

    try:
        now = _created(pid) if began > SINCE_1970 else started(pid)
        return abs(now - began) >= 1 or psutil.Process(pid).status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except (psutil.NoSuchProcess, ProcessLookupError):
        return True


def _created(pid: int) -> float:
    """In seconds since 1970, by a clock that may have been set since."""
    import psutil  # noqa: PLC0415

    try:
        return float(psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        raise ProcessLookupError(f"there is no process {pid}") from None
