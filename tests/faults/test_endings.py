"""Whoever asks a launcher to stop is obeyed within seconds at any instant, and the same command continues."""

import signal
from pathlib import Path
from typing import Any

import pytest

from tests.faults.checked import check, lacks
from tests.faults.conftest import Campaign
from tests.faults.launcher import launch, said, world
from tests.faults.ledger_check import Ledger, Mirror

STOPPED = (130, -signal.SIGINT, -signal.SIGTERM)  # the latter before the launcher has begun to listen


@pytest.mark.timeout(7200)  # what hangs must not hang everything
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_at_random_instants_it_continues_as_if_nothing_had_happened(
    tmp_path: Path, campaign: Campaign, expected: Any, number: signal.Signals
) -> None:
    folder = world(tmp_path / "study")
    for _ in range(campaign.times(2, 15)):
        launcher = launch(folder, pause=0.01)
        launcher.wait(campaign.dice.uniform(1, 4))  # Python itself hears the first second
        launcher.send(number)
        code = launcher.wait()
        assert code in (0, *STOPPED), f"{code}: {said(folder)}"
        assert not launcher.left_behind
        if code == 130 and "stopping after" in said(folder) and not lacks(folder):
            assert "RUNNING" not in Mirror(f"sqlite:///{folder}/mlflow.db").statuses.values()
    assert launch(folder).wait() == 0, said(folder)
    assert "Traceback" not in said(folder), said(folder)
    check(folder)
    assert Ledger(f"sqlite:///{folder}/sweep.db").picture() == expected


def test_asked_to_stop_it_does_not_wait_for_a_worker_that_stands_still(tmp_path: Path) -> None:
    folder = world(tmp_path / "study")
    launcher = launch(folder, pause=0.1, processes=1)
    while not launcher.workers:
        assert launcher.wait(0.1) is None, said(folder)
    for worker in launcher.workers:
        worker.send_signal(signal.SIGSTOP)
    launcher.wait(2)
    launcher.send(signal.SIGINT)
    assert launcher.wait() == 130, said(folder)
    assert not launcher.left_behind
