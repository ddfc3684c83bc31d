"""Tables fit the terminal that they are shown on, and whatever reads a pipe gets whole lines."""

import sys

import pytest

from sweep.core.text_table import fitted_lines

HEADINGS = ("study", "found", "why")
ROWS = [("first", "1.25", "a few words " * 8), ("second-study", "", "short")]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    return monkeypatch


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_no_line_is_longer_than_the_terminal(terminal: pytest.MonkeyPatch, columns: int) -> None:
    terminal.setenv("COLUMNS", str(columns))
    lines = fitted_lines(HEADINGS, ROWS)
    assert max(map(len, lines)) <= columns
    assert "".join(lines).count("few") == 8


def test_where_it_fits_each_row_is_a_line(terminal: pytest.MonkeyPatch) -> None:
    terminal.setenv("COLUMNS", "200")
    assert len(fitted_lines(HEADINGS, ROWS)) == 1 + len(ROWS)


def test_a_block_has_the_name_above_and_nothing_for_an_empty_cell(terminal: pytest.MonkeyPatch) -> None:
    terminal.setenv("COLUMNS", "60")
    lines = fitted_lines(HEADINGS, ROWS)
    assert lines[:2] == ["first", "  found  1.25"]
    assert lines[-2:] == ["second-study", "  why    short"]


def test_a_pipe_gets_whole_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    assert len(fitted_lines(HEADINGS, ROWS)) == 1 + len(ROWS)
