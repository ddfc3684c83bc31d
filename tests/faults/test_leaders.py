"""Several launchers of one study: one leads, and one that was replaced while it slept writes nothing any more."""

import signal
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa

from tests.faults.checked import check
from tests.faults.conftest import Campaign
from tests.faults.launcher import Launcher, launch, said, until, whole, world
from tests.faults.ledger_check import Ledger, Mirror
from tests.faults.points import Point
from tests.sweep.postgres import Postgres

LEASE = 2.0  # seconds
SLEEPS_AT: list[Point] = [  # where it holds no lock of an SQLite file, which would outlive its lease
    ("after the ledger's commit", 60),
    ("before callbacks hear of epochs", 9),
    ("after replacing a checkpoint", 8),
    ("before removing a checkpoint", 3),
    ("after callbacks hear of an end", 5),
    ("before MLflow's making of a run", 7),  # when it has asked whether it leads
]


def test_of_eight_launchers_at_once_one_leads_and_seven_say_so(tmp_path: Path, expected: Any) -> None:
    folder = world(tmp_path / "study")
    launchers = [launch(folder, pause=0.1) for _ in range(8)]
    assert Counter(launcher.wait() for launcher in launchers) == {0: 1, 75: 7}
    assert said(folder).count("another launcher leads this study: pid") == 7
    assert "Traceback" not in said(folder)
    check(folder)
    assert Ledger(f"sqlite:///{folder}/sweep.db").picture() == expected


def test_a_leader_that_slept_until_it_was_replaced_writes_nothing_and_ends_with_75(
    tmp_path: Path, campaign: Campaign
) -> None:
    for number, point in enumerate(campaign.dice.sample(SLEEPS_AT, campaign.times(1, 4))):
        folder = world(tmp_path / str(number))
        sleeper = _asleep(folder, point, pause=0.1)
        # Not while it writes to a file of SQLite, which would keep everybody out.
        while _is_locked(folder / "mlflow.db") or _is_locked(folder / "sweep.db"):
            sleeper.send(signal.SIGCONT)
            time.sleep(0.02)
            sleeper.send(signal.SIGSTOP)
            _until_it_sleeps(sleeper, folder)
        time.sleep(LEASE + 0.5)
        _finish(folder)
        before = _all_that_is_written(folder)
        sleeper.send(signal.SIGCONT)
        assert sleeper.wait() == 75, f"{point}: {said(folder)}"
        assert "was replaced" in said(folder)
        assert "Traceback" not in said(folder), said(folder)
        assert _all_that_is_written(folder) == before
        check(folder)


@whole  # PostgreSQL gives it 20 s
def test_a_leader_that_fell_asleep_within_a_commit_does_not_keep_postgresql_from_electing_another(
    tmp_path: Path, postgres: Postgres, expected: Any
) -> None:
    url = postgres.database("asleep")
    folder = world(tmp_path / "study")
    sleeper = _asleep(folder, ("before the ledger's commit", 60), "--set", f"storage={url}")
    time.sleep(LEASE + 0.5)
    assert launch(folder, "--set", f"storage={url}").wait() == 0, said(folder)
    sleeper.send(signal.SIGCONT)
    assert sleeper.wait() == 75, said(folder)
    assert "Traceback" not in said(folder), said(folder)
    check(folder, storage=url)
    assert Ledger(url).picture() == expected


def test_a_leader_whose_lease_runs_is_not_replaced_although_it_sleeps(tmp_path: Path) -> None:
    folder = world(tmp_path / "study")
    sleeper = _asleep(folder, ("after the ledger's commit", 30), lease=60.0)
    assert launch(folder).wait() == 75
    sleeper.send(signal.SIGCONT)
    assert sleeper.wait() == 0, said(folder)
    check(folder)


def _asleep(folder: Path, point: Point, *arguments: str, lease: float = LEASE, pause: float = 0.0) -> Launcher:
    """A leader that has put itself to sleep at this point."""
    sleeper = launch(folder, *arguments, at=point, sends=signal.SIGSTOP, lease=lease, pause=pause)
    _until_it_sleeps(sleeper, folder)
    return sleeper


def _until_it_sleeps(launcher: Launcher, folder: Path) -> None:
    until(lambda: psutil.Process(launcher.pid).status() == psutil.STATUS_STOPPED, folder)


def _is_locked(path: Path) -> bool:
    try:
        with closing(sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool).connect()) as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=0")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
    except sa.exc.OperationalError:
        return True
    return False


def _finish(folder: Path) -> None:
    assert launch(folder).wait() == 0, said(folder)


def _all_that_is_written(folder: Path) -> Any:
    """Every row of ledger and mirror, times included, and every checkpoint."""
    ledger, mirror = Ledger(f"sqlite:///{folder}/sweep.db"), Mirror(f"sqlite:///{folder}/mlflow.db")
    files = {path.name: path.stat().st_mtime_ns for path in (folder / "artifacts").rglob("*") if path.is_file()}
    return ledger.trials, ledger.picture(), ledger.attempts, ledger.leaders, mirror.__dict__, files
