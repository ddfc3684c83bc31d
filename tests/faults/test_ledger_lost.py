"""A ledger that is deleted, replaced or emptied while a study runs: it is said at once, and never that all is well."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.launcher import launch, said, until, world

FILES = ("sweep.db", "sweep.db-wal", "sweep.db-shm")


def deleted(folder: Path) -> None:
    """As by rm sweep.db*."""
    for name in FILES:
        (folder / name).unlink(missing_ok=True)


def without_its_log(folder: Path) -> None:
    """As by a cleaning of what looks temporary."""
    for name in FILES[1:]:
        (folder / name).unlink()


def replaced(folder: Path) -> None:
    """As by a backup that is put back."""
    shutil.copy(folder / "sweep.db", folder / "copy.db")
    (folder / "copy.db").replace(folder / "sweep.db")


def emptied(folder: Path) -> None:
    """As by somebody with a client of the database."""
    with closing(sqlite3.connect(folder / "sweep.db", timeout=60)) as connection, connection:
        connection.execute("DROP TABLE sweep_leaders")


@pytest.mark.parametrize("harm", [deleted, without_its_log, replaced, emptied])
def test_a_ledger_that_is_lost_while_a_study_runs_ends_it_with_74(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    folder = world(tmp_path / "study")
    launcher = launch(folder, pause=0.05)
    until(lambda: "[4/20]" in said(folder), folder)
    harm(folder)
    assert launcher.wait() == 74, said(folder)
    assert "the ledger is gone: " in said(folder)
    assert "Traceback" not in said(folder), said(folder)
    assert "[20/20]" not in said(folder)
