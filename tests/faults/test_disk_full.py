"""The disk is full, at any write: one clear message, nothing torn is believed, it goes on after room is made."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.checked import check
from tests.faults.conftest import Campaign
from tests.faults.launcher import STUDY, launch, said, world
from tests.faults.ledger_check import Ledger

PAGE = 4096  # bytes


@pytest.mark.timeout(7200)  # what hangs must not hang everything
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


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, in memory."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.call(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", folder], stderr=subprocess.DEVNULL):
        pytest.skip("only root may mount a file system")
    yield folder
    subprocess.call(["umount", "--lazy", folder])


@pytest.mark.timeout(7200)  # what hangs must not hang everything
def test_on_a_file_system_that_is_full_it_ends_with_a_message_and_goes_on_with_every_page_that_is_added(
    tmp_path: Path, disk: Path, campaign: Campaign, expected: Any
) -> None:
    storage = f"sqlite:///{disk}/sweep.db"
    folder = world(tmp_path / "study", f"{STUDY}storage: {storage}\n")
    (disk / "artifacts").mkdir()
    (folder / "artifacts").symlink_to(disk / "artifacts")
    pages, full, code = 0, 0, None
    while code != 0:
        pages += campaign.times(24, 6)
        subprocess.check_call(["mount", "-o", f"remount,size={pages * PAGE}", disk])
        code = launch(folder).wait()
        assert code in (0, 74, 69), f"{pages} pages, {code}: {said(folder)}"
        full += code != 0
    assert full
    subprocess.check_call(["mount", "-o", "remount,size=64m", disk])
    assert launch(folder).wait() == 0, said(folder)
    assert "Traceback" not in said(folder), said(folder)
    assert "Make room, and the same command continues" in said(folder)
    check(folder, storage=storage)
    assert Ledger(storage).picture() == expected


def _is_as_if_nothing_had_happened(folder: Path, expected: Any) -> None:
    assert launch(folder).wait() == 0, said(folder)
    assert "Traceback" not in said(folder), said(folder)
    check(folder)
    assert Ledger(f"sqlite:///{folder}/sweep.db").picture() == expected
