"""What is said on a terminal breaks between words at its width; a pipe gets it as it is."""

import fcntl
import io
import os
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TextIO

import pytest

from sweep.core import log
from sweep.core.patience import said_if_slow
from sweep.core.terminal import say
from sweep.core.wrapped import as_read, columns, fitting

SAID = f"note: {' '.join(['configuration'] * 20)}"
ALIGNED = "arm        seeds  mean"  # blanks within a line that fits stay as they are
Opened = Callable[[int], TextIO]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    """Opens a terminal of so many columns."""
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    with ExitStack() as opened:

        def of(width: int) -> TextIO:
            ours, theirs = os.openpty()
            opened.callback(os.close, ours)
            fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
            return opened.enter_context(os.fdopen(theirs, "w"))

        yield of


class Shown(io.StringIO):
    """A terminal of the size that COLUMNS says."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_is_as_wide_as_it_is_and_no_wider_than_an_exported_number(
    terminal: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert columns(terminal(66)) == 66
    assert columns(terminal(0)) == 80  # which was never told its size
    assert columns(io.StringIO()) is None
    monkeypatch.setenv("COLUMNS", "50")
    assert (columns(terminal(66)), columns(terminal(44))) == (50, 44)


@pytest.mark.parametrize("width", [40, 66, 100, 300])
def test_a_line_that_a_terminal_would_break_is_broken_between_words(terminal: Opened, width: int) -> None:
    lines = as_read(f"{SAID}\n  {ALIGNED}", terminal(width)).split("\n")
    assert max(map(len, lines)) <= min(width, 120)
    assert " ".join(line.strip() for line in lines[:-1]) == SAID
    assert [line[:2].isspace() for line in lines[:2]] == [False, True]
    assert lines[-1] == f"  {ALIGNED}"


def test_what_follows_is_indented_below_its_own_line() -> None:
    assert fitting("  a word and another word and a third word", 40).split("\n")[1].startswith("    ")


def test_a_word_that_is_longer_than_a_line_stays_whole() -> None:
    path = "/".join(["folder"] * 20)
    assert path in fitting(f"the report is in {path}", 40).split()


def test_what_is_said_on_stderr_is_broken_on_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log.configure("study", "text")
    log.logger.warning(SAID)
    say(SAID, err=True)
    assert capsys.readouterr().err == f"{SAID}\n{SAID}\n"
    shown = Shown()
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(sys, "stderr", shown)
    log.logger.warning(SAID)
    say(SAID, err=True)
    log.configure("study", "json")
    log.logger.warning(SAID)
    log.logger.handlers.clear()
    lines = shown.getvalue().replace("\x1b[1;33mnote\x1b[0m", "note").splitlines()
    assert lines[:-1] == fitting(SAID, 60).split("\n") * 2
    assert SAID in lines[-1]


def test_what_is_waited_for_is_broken_too(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Shown()
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(sys, "stderr", shown)
    monkeypatch.setattr("sweep.core.patience.PATIENCE_SECONDS", 0.0)
    log.configure("study", "text")
    with said_if_slow(SAID):
        while not shown.getvalue():
            time.sleep(0.01)
    log.logger.handlers.clear()
    assert max(map(len, shown.getvalue().splitlines())) <= 60


def test_a_command_stays_in_one_line_so_that_it_works_when_pasted() -> None:
    command = "`sweep launch a-study-of-a-long-name.yaml --set trial.units=64`"
    assert f"\n  {command}\n" in fitting(f"this says first why it could not go on; {command} goes on from there", 60)
