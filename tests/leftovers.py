"""What tests started and have left running: found by a variable that every descendant of a run has inherited."""

import os
import secrets
import time
from collections.abc import Iterator

import psutil
import pytest

VARIABLE = "TESTS_RUN"
PATIENCE_SECONDS = 60  # for what is about to end
LEFT = pytest.StashKey[list[str]]()


def mark_this_run() -> None:
    os.environ[VARIABLE] = secrets.token_hex(8)


def end() -> list[str]:
    """End what this run has left; its command lines."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (left := list(_descendants())) and time.monotonic() < deadline:
        time.sleep(0.1)
    said = [f"{process.pid} {_command(process)}" for process in left]
    for process in left:
        process.kill()
    return said


def _descendants() -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        try:
            inherited = process.environ().get(VARIABLE) == os.environ[VARIABLE]  # a process that has ended has none
            ours = inherited and process.pid != os.getpid()
            if ours and not _ends_with_us(process):
                yield process
        except psutil.Error:  # it has ended, or is another user's
            continue


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())[:200]
    except psutil.Error:
        return "(ended meanwhile)"


def _ends_with_us(process: psutil.Process) -> bool:
    """Whether it is a helper of this process's own multiprocessing."""
    return process.ppid() == os.getpid() and "from multiprocessing." in " ".join(process.cmdline())
