"""What a terminal shows while a study runs: each trial's line once and for good, and one footer below them."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from pathlib import Path

import pytest

from sweep.launch.reflow import CUTTING
from tests.sweep.launch.breaking_terminal import Screen, texts

TRIALS = 60
# Draws far oftener than a launch does, while every trial ends at once.
PROGRAM = f"""
import sys
import threading
from collections import Counter
from pathlib import Path
from sweep.comparison.measure import Measure
from sweep.core import log
from sweep.launch import live, progress
from tests.sweep.worlds import open_study, run

live.DRAWN_SECONDS = 0.001
log.configure("small", "text")
study = open_study(Path(sys.argv[1]), "budget.trials={TRIALS}")
asked_by = set()
def total():  # of what this thread changes, which no other may look at meanwhile
    asked_by.add(threading.current_thread())
    return {TRIALS}
beside = "a forecast without a network, whose name alone would take more than eighty columns of any terminal: 646"
with progress.Progress(study.config, Measure("rmse"), total, Counter(), beside=beside) as shown:
    run(study, callbacks=[shown])
assert asked_by == {{threading.main_thread()}}
print("the end", file=sys.stderr)
"""
TOKEN = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|\r|\n|[^\x1b\r\n]+")


def in_terminal(program: str, folder: Path, columns: int, resized: Mapping[bytes, int] = {}) -> str:
    """What the program writes on a terminal that is so wide; resized: to how many columns once a text was written."""
    ours, theirs = pty.openpty()
    widths = dict(resized)
    resize(theirs, columns)
    environ = os.environ | {"TERM": "xterm-256color", "PYTHONPATH": os.pathsep.join(sys.path)}
    for name in ("NO_COLOR", *CUTTING):
        environ.pop(name, None)
    with subprocess.Popen([sys.executable, "-c", program, str(folder)], stderr=theirs, env=environ) as process:
        os.close(theirs)
        said = b""
        try:
            while part := os.read(ours, 65536):
                said += part
                for text in [text for text in widths if text in said]:
                    resize(ours, widths.pop(text))
                    process.send_signal(signal.SIGWINCH)
        except OSError:  # how Linux says that nobody has the other end any more
            pass
        finally:
            os.close(ours)
        assert process.wait() == 0
    return said.decode()


def resize(terminal: int, columns: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 200, columns, 0, 0))


def screen(said: str) -> list[str]:
    """The lines that stand there in the end, those that scrolled away included."""
    lines, row, column = [""], 0, 0
    for token in TOKEN.finditer(said):
        text, kind = token[0], token[2]
        if text == "\r":
            column = 0
        elif text == "\n":
            row += 1
            lines += [""] * (row == len(lines))
        elif kind == "A":
            row -= int(token[1] or 1)
        elif kind == "K":
            lines[row] = ""
        elif not kind:
            lines[row] = lines[row][:column].ljust(column) + text + lines[row][column + len(text) :]
            column += len(text)
    return [line.rstrip() for line in lines]


@pytest.mark.parametrize("columns", [80, 200])
def test_every_trial_keeps_its_line_and_the_footer_goes(columns: int, tmp_path: Path) -> None:
    said = in_terminal(PROGRAM, tmp_path, columns)
    *lines, last = filter(None, screen(said))
    assert last == "the end"
    assert [line.partition("] ")[0] for line in lines] == [f"[{n}/{TRIALS}" for n in range(1, TRIALS + 1)]
    assert "searching" in said
    assert said.rindex("\x1b[?25h") > said.rindex("\x1b[?25l"), "the cursor stays hidden"


def test_after_a_resize_no_line_is_broken_and_none_is_left_behind(tmp_path: Path) -> None:
    said = in_terminal(PROGRAM, tmp_path, 200, {b"[15/": 80, b"[40/": 200})
    *lines, last = filter(None, screen(said))
    assert last == "the end"
    assert [line.partition("] ")[0] for line in lines] == [f"[{n}/{TRIALS}" for n in range(1, TRIALS + 1)]
    drawn = [token[0] for token in TOKEN.finditer(said) if not token[2] and not token[0].startswith("[")]
    assert any("best: " in text for text in drawn)
    assert max(len(line) for line in re.split(r"[\r\n]", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", said))) <= 80


PHASES = """
import time
from sweep.core import log
from sweep.launch import live

live.DRAWN_SECONDS = 0.001
log.configure("small", "text")
with live.phase("starting Ray"):
    time.sleep(0.1)
    log.logger.info("a line meanwhile")
    time.sleep(0.1)
"""


def test_a_phase_before_the_search_is_shown_and_goes(tmp_path: Path) -> None:
    said = in_terminal(PHASES, tmp_path, 80)
    assert "starting Ray  0:00" in said
    assert list(filter(None, screen(said))) == ["a line meanwhile"]
    assert said.rindex("\x1b[?25h") > said.rindex("\x1b[?25l"), "the cursor stays hidden"


def test_elsewhere_than_on_a_terminal_a_phase_says_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", PHASES], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "a line meanwhile\n")


WIDTHS = (100, 40, 20, 33, 100, 25, 80)
# It resizes its own terminal, between two draws, so that what was drawn at which width is no matter of speed.
NARROWED = f"""
import fcntl, os, struct, sys, termios, time
from sweep.core import log
from sweep.launch.footer import Progressing, UnderWay, footer
from sweep.launch.live import LiveFooter
from tests.sweep.launch.breaking_terminal import RESIZED

trials = [UnderWay("7 GRU every_n_batches(2) b16", 9, 16, "rmse 690.1 vehicles/h"), UnderWay("a name " * 20, 0, 16, "")]
now = Progressing("searching", 5, 4, 9, time.monotonic(), trials, "3 GRU b16, rmse 656.2 vehicles/h", "seasonal: 646.1")
log.configure("small", "text")
shown = LiveFooter(lambda: footer(now))
with shown:
    for columns in {WIDTHS}:
        with log.undisturbed():
            fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack("HHHH", 200, columns, 0, 0))
            os.write(2, (RESIZED % columns).encode())
        log.logger.info("wide %d", columns)
        with log.undisturbed():
            shown._live.refresh()
    with log.undisturbed():
        os.write(2, (RESIZED % columns).encode())
print("the end", file=sys.stderr)
"""


@pytest.mark.parametrize("columns", ["", "200"])
def test_where_a_terminal_breaks_lines_as_it_becomes_narrower_none_is_left_behind(
    columns: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)  # of a shell that exports it, and knows nothing of a resize
    screen = Screen(120).show(in_terminal(NARROWED, tmp_path, 120))
    lines = [f"wide {width}" for width in WIDTHS]
    assert screen.lines == [*lines, "the end"]
    for number, rows in enumerate(screen.seen[1:], 1):
        logged, drawn = texts(rows)[:number], rows[number:]
        assert logged == lines[:number]
        assert [row.text for row in drawn if row.broken] == [], f"the footer wraps at {WIDTHS[number - 1]} columns"
        starts = [text.split()[0] for text in texts(drawn)]
        assert starts in (["searching", "7", "a", "best:"], ["searching", "9/16", "compiling", "best:"]), starts
