"""Ctrl-C and SIGTERM end a command that has nothing to finish, whatever it is doing, and nothing of it stays."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import psutil
import pytest
from _pytest.mark.structures import ParameterSet

from sweep.core.errors import Interrupted

COMMAND = """
import os, signal, sqlite3, subprocess, sys, time
from pathlib import Path
import click
from sweep.core import prompt_end
from sweep.core.guard import guarded

def wait():
    while True:
        time.sleep(1000)

def in_c():
    sqlite3.connect(":memory:").execute(
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    )

def deaf():
    while True:
        try:
            time.sleep(1000)
        except KeyboardInterrupt:
            pass

def tidy():
    try:
        wait()
    finally:
        wait()

def finalizer():
    class Waits:
        def __del__(self):
            wait()
    Waits()
    wait()

def slow():
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: wait())
    wait()

def guarded_exit():
    os._exit = lambda status: 1 / 0  # as while a factory runs
    deaf()

def exits():
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: sys.exit(number))
    wait()

@click.command
@click.argument("how")
@click.argument("folder", type=Path)
def command(how, folder):
    folder.mkdir()
    prompt_end.also.append(folder.rmdir)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"], start_new_session=True)
    print(child.pid, flush=True)
    globals()[how]()

sys.exit(guarded(command, "sweep try", None))
"""


def combined() -> Iterator[ParameterSet]:
    """Each way with each signal; those are quick in which each way appears once."""
    ways = ("wait", "in_c", "deaf", "tidy", "finalizer", "slow", "guarded_exit", "exits")
    for (i, how), (j, number) in product(enumerate(ways), enumerate((signal.SIGINT, signal.SIGTERM))):
        yield pytest.param(how, number, marks=() if i % 2 == j else pytest.mark.slow)


@pytest.mark.parametrize(("how", "number"), list(combined()))
@pytest.mark.lengthy
def test_it_ends_and_leaves_neither_a_process_nor_a_folder(tmp_path: Path, how: str, number: signal.Signals) -> None:
    arguments = [sys.executable, "-c", COMMAND, how, str(tmp_path / "its own")]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        child = psutil.Process(int(process.stdout.readline()))
        process.send_signal(number)
        _, said = process.communicate(timeout=250)
    assert process.returncode == Interrupted.exit_code
    assert said == ""
    child.wait(250)
    assert list(tmp_path.iterdir()) == []


def test_a_child_that_is_forked_hears_its_own_signals(tmp_path: Path) -> None:
    forks = """
import os, signal, sys, time
import click
from sweep.core.guard import guarded

@click.command
def command():
    for _ in range(200):
        child = os.fork()
        if not child:
            time.sleep(1000)
        os.kill(child, signal.SIGTERM)
        _, status = os.waitpid(child, 0)
        assert os.WTERMSIG(status) == signal.SIGTERM
    return 7

sys.exit(guarded(command, "sweep try", []))
"""
    assert subprocess.run([sys.executable, "-c", forks], cwd=tmp_path, timeout=250, check=False).returncode == 7
