"""Workers are killed, or stand still, as often as one likes: every trial ends as if they had lived."""

import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.faults.checked import check
from tests.faults.conftest import Campaign
from tests.faults.launcher import Launcher, launch, said, world
from tests.faults.ledger_check import Ledger
from workers.engine.checkpoint import Checkpoint

PAUSE = 0.1  # seconds a segment
IN_A_ROW = 3  # kills without a segment between them; five are held to be the trial's own doing
REAL = """
name: small
seed: 1
budget: {trials: 4}
sampler: random
data: {kind: task, name: lag_copy, lag: 3, length: 20000, seed: 0}
trial: {epochs: 30, window: 5, units: 8, batch_size: 8}
space: {stateful: [true, false], learning_rate: {low: 1e-3, high: 1e-1, log: true}}
compare: none
"""


@pytest.mark.timeout(7200)  # what hangs must not hang everything
def test_with_two_killed_for_each_trial_every_trial_ends_as_it_should(
    tmp_path: Path, campaign: Campaign, expected: Any
) -> None:
    folder = world(tmp_path / "study")
    launcher = launch(folder, pause=PAUSE, processes=1)
    kills = _kill_workers(launcher, folder, campaign, 40)
    assert launcher.wait() == 0, said(folder)
    assert not launcher.left_behind
    check(folder)
    ledger = Ledger(f"sqlite:///{folder}/sweep.db")
    assert ledger.picture() == expected
    assert sum(row.how.startswith("worker: it was killed") for row in ledger.attempts) >= kills // 2
    assert kills >= 20


@pytest.mark.timeout(7200)  # what hangs must not hang everything
def test_workers_that_stand_still_are_given_up_and_what_they_say_later_changes_nothing(
    tmp_path: Path, campaign: Campaign
) -> None:
    folder = world(tmp_path / "study")
    launcher = launch(folder, "--set", "workers.timeout=1s", pause=PAUSE, processes=2)
    stopped = _stop_workers(launcher, campaign, campaign.times(2, 20))
    assert launcher.wait() == 0, said(folder)
    assert not launcher.left_behind
    check(folder)
    hung = [row for row in Ledger(f"sqlite:///{folder}/sweep.db").attempts if row.how.startswith("hung")]
    assert 0 < len(hung) <= stopped


@pytest.mark.timeout(7200)  # what hangs must not hang everything
def test_kerass_final_weights_are_the_same_however_often_workers_are_killed(tmp_path: Path, campaign: Campaign) -> None:
    calm, wild = (world(tmp_path / name, REAL) for name in ("calm", "wild"))
    assert launch(calm, processes=1, real=True).wait() == 0, said(calm)
    launcher = launch(wild, processes=1, real=True)
    kills = _kill_workers(launcher, wild, campaign, campaign.times(3, 40), between=(0.5, 2.5))
    assert launcher.wait(200) == 0, said(wild)
    check(wild, 4)
    assert kills > 1
    assert _scores(wild) == _scores(calm)
    assert _best(wild) == _best(calm)


def _kill_workers(
    launcher: Launcher, folder: Path, campaign: Campaign, most: int, between: tuple[float, float] = (0.05, 0.3)
) -> int:
    """How many were killed before the launcher was done."""
    killed, since, behind = 0, 0, 0
    while killed < most and launcher.wait(campaign.dice.uniform(*between)) is None:
        before, behind = behind, _epochs(folder)
        since = since if before == behind else 0
        for worker in launcher.workers[-1:] if since < IN_A_ROW else ():
            worker.send_signal(signal.SIGKILL)
            killed, since = killed + 1, since + 1
    return killed


def _epochs(folder: Path) -> int:
    """How many are in the ledger."""
    try:
        with closing(sqlite3.connect(f"file:{folder}/sweep.db?mode=ro", uri=True)) as database:
            return int(database.execute("SELECT count(*) FROM sweep_epochs").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def _stop_workers(launcher: Launcher, campaign: Campaign, most: int) -> int:
    """Each for longer than is waited for it; how many there were."""
    stopped = 0
    while stopped < most and launcher.wait(campaign.dice.uniform(0.1, 0.5)) is None:
        for worker in launcher.workers[-1:]:
            worker.send_signal(signal.SIGSTOP)
            stopped += 1
            launcher.wait(1.6)
            if worker.is_running():
                worker.send_signal(signal.SIGCONT)
    return stopped


def _scores(folder: Path) -> Any:
    ledger = Ledger(f"sqlite:///{folder}/sweep.db")
    plain = ("train/loss", "validation/loss", "validation/loss_cold")
    return {of: [[epoch[name] for name in plain] for epoch in epochs] for of, epochs in ledger.epochs.items()}


def _best(folder: Path) -> Any:
    """The best trial's file, and all its weights, bit for bit."""
    (path,) = (folder / "artifacts" / "small").iterdir()
    kept = Checkpoint.from_bytes(path.read_bytes().partition(b"\n")[2])
    return path.name, kept.best_epoch, [array.tobytes() for array in (*kept.best, *kept.variables, *kept.states)]
