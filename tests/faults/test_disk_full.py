"""The disk is full, at any write: one clear message, nothing torn is believed, it goes on after room is made."""

from pathlib import Path
from typing import Any

import pytest

from tests.faults.conftest import Campaign
from tests.faults.launcher import launch, said, world
from tests.faults.ledger_check import Ledger, check

PAGE = 4096  # bytes


@pytest.mark.timeout(900)
def test_whenever_the_disk_runs_full_it_says_so_and_goes_on_when_there_is_room(
    tmp_path: Path, campaign: Campaign, expected: Any, undisturbed: Path
) -> None:
    enough = (undisturbed / "sweep.db").stat().st_size
    for number in range(campaign.times(1, 10)):
        folder = world(tmp_path / str(number))
        for largest in sorted(campaign.dice.sample(range(PAGE, enough, PAGE), campaign.times(3, 5))):
            code = launch(folder, largest=largest).wait()
            assert code in (74, 69), f"{largest} bytes, {code}: {said(folder)}"
            assert "cannot be written" in said(folder) or "cannot open" in said(folder)
        _is_as_if_nothing_had_happened(folder, expected)


def _is_as_if_nothing_had_happened(folder: Path, expected: Any) -> None:
    assert launch(folder).wait() == 0, said(folder)
    assert "Traceback" not in said(folder), said(folder)
    check(folder)
    assert Ledger(f"sqlite:///{folder}/sweep.db").picture() == expected
