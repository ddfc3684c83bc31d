"""Tables of studies for people: whole lines, however long, wherever they go."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from sweep.cli import listing
from sweep.execution.cluster.jobs import Job
from sweep.study.overview import Overview
from sweep.study.storage.leader_table import Leader

LONG = "a-study-whose-name-is-longer-than-a-line-of-most-terminals-" * 3


def overview(study: str, best: float | None = None) -> Overview:
    return Overview(study, "finished", 1.7e9, 1.7e9, {"complete": 2, "failed": 1}, 24, best, 0, None)


def test_no_value_is_wrapped_or_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    table = listing.as_text(listing.listed([overview(LONG), overview("[bold]short")], None)).splitlines()
    assert len(table) == 3
    assert table[1].split()[:2] == [LONG, "finished"]
    assert table[2].split()[:2] == ["[bold]short", "finished"]
    assert table[1].endswith("3 of 24 (1 failed)")


def test_columns_without_a_value_are_left_out_and_nothing_stands_at_a_lines_end() -> None:
    table = listing.as_text(listing.listed([overview("one", 0.25), overview("two")], None)).splitlines()
    assert table[0].split() == ["study", "state", "began", "trials", "best"]
    assert table[1].endswith("  0.25")
    assert table[2] == table[2].rstrip()


def test_a_best_value_of_0_is_shown() -> None:
    table = listing.as_text(listing.listed([overview("perfect", 0.0), overview("none")], None)).splitlines()
    assert table[0].endswith("best")
    assert table[1].endswith("  0")


def test_what_a_study_takes_on_disk_is_shown_and_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder, size in (("artifacts/small", 1_500_000), ("reports/small", 500_000), ("artifacts/small-2", 7)):
        Path(folder).mkdir(parents=True)
        (Path(folder) / "file").write_bytes(b"x" * size)
    found = listing.listed([overview("small"), overview("none")], None)
    header, small, none = listing.as_text(found).splitlines()
    assert header.split()[-1] == "disk"
    assert small.endswith("  2.0 MB")
    assert none.endswith("(1 failed)")
    told = listing.as_json(found, 4096)
    assert [each["disk"] for each in told] == [
        {"checkpoints": 1_500_000, "report": 500_000},
        {"checkpoints": 0, "report": 0},
    ]
    assert {each["ledger"]["file_bytes"] for each in told} == {4096}
    assert listing.of_ledger("sqlite:///sweep.db", 4096) == "ledger: sqlite:///sweep.db, 4.1 kB, all studies together"


def test_a_job_of_no_proper_name_has_no_folder_looked_at() -> None:
    found = listing.listed([], [Job("sent-1", "../..", "PENDING", None, None)])
    assert listing.as_text(found).splitlines()[1].split() == ["../..", "pending", "sent-1"]
    assert listing.as_json(found)[0]["disk"] is None


def test_on_a_terminal_of_80_columns_no_line_is_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    led = Leader("token", 88, "a-host-of-a-cluster", 60.0, -9.0, dead=False, here=False)
    found = [replace(overview("glucose-30min", 1.24158), runs=180, leader=led), overview("weather")]
    lines = listing.as_text(listing.listed(found, None)).splitlines()
    assert max(map(len, lines)) <= 80
    assert [line for line in lines if not line.startswith(" ")] == ["glucose-30min", "weather"]
