"""The launcher is killed, at any instant: the same command continues, and the ledger is as if nothing had happened."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.checked import check
from tests.faults.conftest import Campaign
from tests.faults.launcher import launch, said, world
from tests.faults.ledger_check import Ledger
from tests.faults.points import Point

KILLS_A_STUDY = 12
PAUSE = 0.01  # of a segment, so that instants fall into segments too


@pytest.mark.timeout(7200)  # what hangs must not hang everything
def test_killed_at_random_instants_it_continues_as_if_nothing_had_happened(
    tmp_path: Path, campaign: Campaign, expected: Any
) -> None:
    kills = campaign.times(5, 100)
    for number in range(1000):
        if kills <= 0:
            return
        folder = world(tmp_path / str(number))
        kills -= _kill_at_instants(folder, campaign, min(kills, KILLS_A_STUDY))
        _is_as_if_nothing_had_happened(folder, expected)


@pytest.mark.timeout(7200)  # what hangs must not hang everything
def test_killed_at_each_point_where_something_is_written_it_continues_as_if_nothing_had_happened(
    tmp_path: Path, campaign: Campaign, expected: Any, undisturbed: Path
) -> None:
    deaths = list(_deaths(undisturbed, campaign))
    campaign.dice.shuffle(deaths)
    deaths = deaths[: campaign.times(8, len(deaths))]
    for number in range(1000):
        if not deaths:
            return
        folder = world(tmp_path / str(number))
        _kill_at_points(folder, deaths)
        _is_as_if_nothing_had_happened(folder, expected)


def _deaths(undisturbed: Path, campaign: Campaign) -> Iterator[Point]:
    """Every point by its name, for the first time and at others."""
    passed: dict[str, int] = json.loads((undisturbed / "points.json").read_text())
    for name, times in passed.items():
        yield name, 1
        for _ in range(campaign.times(0, 6)):
            yield name, campaign.dice.randint(1, max(1, times // 4))


def _kill_at_instants(folder: Path, campaign: Campaign, kills: int) -> int:
    """How often it was killed before it was done."""
    for killed in range(kills):
        launcher = launch(folder, pause=PAUSE)
        launcher.wait(campaign.dice.uniform(0, 4))
        launcher.send(signal.SIGKILL)
        if launcher.wait() == 0:
            return killed
        assert launcher.wait() == -signal.SIGKILL, said(folder)
        assert not launcher.left_behind
    return kills


def _kill_at_points(folder: Path, deaths: list[Point]) -> None:
    """Die at one point after the other until the study is done; what was not reached is left for the next one."""
    for _ in range(min(KILLS_A_STUDY, len(deaths))):
        launcher = launch(folder, at=deaths[-1])
        if launcher.wait() == 0:
            return
        assert launcher.wait() == -signal.SIGKILL, f"{deaths[-1]}: {said(folder)}"
        deaths.pop()


def _is_as_if_nothing_had_happened(folder: Path, expected: Any) -> None:
    launcher = launch(folder)
    assert launcher.wait() == 0, said(folder)
    assert "Traceback" not in said(folder)
    check(folder)
    assert Ledger(f"sqlite:///{folder}/sweep.db").picture() == expected
