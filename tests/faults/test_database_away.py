"""PostgreSQL is stopped hard in the middle, and started again: the study waits, and no trial fails by it."""

import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.faults.checked import check
from tests.faults.conftest import Campaign
from tests.faults.launcher import launch, said, until, world
from tests.faults.ledger_check import Ledger
from tests.sweep.postgres import Postgres


@pytest.mark.timeout(7200)  # what hangs must not hang everything
def test_no_trial_fails_by_a_database_that_is_stopped_and_started_again(
    tmp_path: Path, campaign: Campaign, postgres: Postgres, expected: Any
) -> None:
    url = postgres.database("restarted")
    folder = world(tmp_path / "study")
    launcher = launch(folder, "--set", f"storage={url}", pause=0.05)
    until(lambda: "[1/20]" in said(folder), folder)
    restarts = 0
    while restarts < campaign.times(3, 20) and launcher.wait(campaign.dice.uniform(0.5, 3)) is None:
        _restart(postgres, campaign)
        restarts += 1
    assert launcher.wait() == 0, said(folder)
    assert restarts
    assert "Traceback" not in said(folder), said(folder)
    assert "secret" not in said(folder)
    check(folder, storage=url)
    assert Ledger(url).picture() == expected


@pytest.mark.timeout(7200)  # what hangs must not hang everything
def test_ctrl_c_while_the_database_is_away_ends_with_130_and_the_same_command_continues(
    tmp_path: Path, campaign: Campaign, postgres: Postgres, expected: Any
) -> None:
    url = postgres.database("interrupted")
    folder = world(tmp_path / "study")
    launcher = launch(folder, "--set", f"storage={url}", pause=0.05)
    until(lambda: "[2/20]" in said(folder), folder)
    postgres.stop()
    try:
        until(lambda: "the ledger is away" in said(folder), folder)
        launcher.send(signal.SIGINT)
        assert launcher.wait(15) == 130, said(folder)
    finally:
        postgres.start()
    assert launch(folder, "--set", f"storage={url}").wait() == 0, said(folder)
    check(folder, storage=url)
    assert Ledger(url).picture() == expected


def _restart(postgres: Postgres, campaign: Campaign) -> None:
    postgres.stop()
    try:
        time.sleep(campaign.dice.uniform(0, 1.5))
    finally:
        postgres.start()
