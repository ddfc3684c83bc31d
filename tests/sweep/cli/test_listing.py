"""Tables of studies for people: whole lines, however long, wherever they go."""

import pytest

from sweep.cli import listing
from sweep.study.overview import Overview

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
