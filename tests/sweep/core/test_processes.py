"""Processes: one is told from all others by its place, its pid and its start, whatever happens to the clock."""

import os
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from sweep.core import processes

ME = os.getpid()


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """A process that lives until its standard input is closed."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.communicate()


def set_clock(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """As if the clock had been set: the boot, from which psutil counts, seems to have been at another time."""
    real = psutil.Process.create_time
    monkeypatch.setattr(psutil.Process, "create_time", lambda process: real(process) + seconds)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the clock is all there is")
@pytest.mark.parametrize("seconds", [-3600.0, -2.0, 2.0, 3600.0])
def test_a_process_lives_although_the_clock_was_set(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    began = processes.started(ME)
    set_clock(monkeypatch, seconds)
    assert processes.started(ME) == began
    assert not processes.has_ended(processes.place(), ME, began)


def test_a_process_is_over_when_it_has_ended(child: subprocess.Popen[bytes]) -> None:
    began = processes.started(child.pid)
    assert not processes.has_ended(processes.place(), child.pid, began)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert processes.has_ended(processes.place(), child.pid, began)  # although nobody has asked how it ended
    child.wait()
    assert processes.has_ended(processes.place(), child.pid, began)


def test_another_process_that_was_given_the_same_pid_is_another_one() -> None:
    assert processes.has_ended(processes.place(), ME, processes.started(ME) - 60)


def test_of_another_machines_process_nothing_is_known() -> None:
    assert not processes.has_ended("elsewhere", ME, processes.started(ME) - 60)


def test_a_launcher_of_an_earlier_version_is_known_by_the_time_since_1970() -> None:
    began = psutil.Process().create_time()
    assert not processes.has_ended(processes.place(), ME, began)
    assert processes.has_ended(processes.place(), ME, began - 60)
