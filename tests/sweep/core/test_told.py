"""An error is told in plain lines, and on a terminal with severity and colour."""

import io
import re

import pytest

from sweep.core import colours, log
from sweep.core.errors import ConfigError, Interrupted, Mistake, ServiceUnavailable, Span, SweepError
from sweep.core.told import Look, look_of, told

WRONG = ConfigError(
    Mistake("trial.units: should be a whole number, not 'x'", "study.yaml", Span(4, 10, 1), "  units: x"),
    Mistake("is odd", "study.yaml", Span(9)),
    "--set seed: should be a whole number",
)
PLAIN = """\
study.yaml:4:10: trial.units: should be a whole number, not 'x'
  4 |   units: x
    |          ^
study.yaml:9: is odd
--set seed: should be a whole number"""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def bare(text: str) -> str:
    return re.sub(r"\x1b\[[\d;]*m", "", text)


def test_elsewhere_than_on_a_terminal_it_is_plain() -> None:
    assert told(WRONG, Look()) == PLAIN
    assert told(ServiceUnavailable("nobody is there"), Look()) == "nobody is there"


def test_as_text_each_mistake_is_one_line_without_its_column() -> None:
    assert str(WRONG).splitlines() == [
        "study.yaml:4: trial.units: should be a whole number, not 'x'",
        "study.yaml:9: is odd",
        "--set seed: should be a whole number",
    ]


def test_a_terminal_gets_severity_and_colour() -> None:
    shown = told(WRONG, Look(80, terminal=True, colours=True))
    assert bare(shown) == told(WRONG, Look(80, terminal=True))
    assert bare(shown) == re.sub("^(?=study|--set)", "error: ", PLAIN, flags=re.MULTILINE)
    assert shown.startswith(f"\x1b[{colours.ERROR}merror: \x1b[0mstudy.yaml:4:10: ")
    assert f"\x1b[{colours.ERROR}m         ^\x1b[0m" in shown


def test_what_the_user_did_is_no_error() -> None:
    assert told(Interrupted("the same command continues"), Look(80, terminal=True)) == "the same command continues"


MESSAGE = " ".join(["word"] * 40)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ConfigError(Mistake(MESSAGE, "study.yaml", Span(4))), f"error: study.yaml:4: {MESSAGE}"),
        (ServiceUnavailable(MESSAGE), f"error: {MESSAGE}"),
        (Interrupted(MESSAGE), MESSAGE),
    ],
)
def test_on_a_terminal_a_long_message_is_broken_between_words(error: SweepError, said: str) -> None:
    lines = told(error, Look(80, terminal=True)).splitlines()
    assert max(map(len, lines)) <= 80
    assert " ".join(line.strip() for line in lines) == said
    assert told(error, Look(80)) == said.removeprefix("error: ")


def test_what_a_terminal_would_obey_is_written_out() -> None:
    wrong = ConfigError(Mistake("no \x1b[2J", "study.yaml", Span(1, 1, 1), "\x1b[2J"))
    assert "\x1b" not in told(wrong, Look(80, terminal=True))


@pytest.mark.parametrize(("variable", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colours_can_be_refused(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert look_of(Terminal()) == Look(80, terminal=True, colours=True)
    assert look_of(io.StringIO()) == Look(80)
    monkeypatch.setenv(variable, value)
    assert look_of(Terminal()) == Look(80, terminal=True)


def test_a_note_has_its_colour_on_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert colours.by_severity("note: a row", io.StringIO()) == "note: a row"
    assert colours.by_severity("note: a row", Terminal()) == f"\x1b[{colours.NOTE}mnote\x1b[0m: a row"
    assert colours.by_severity("trial 3: note: a row", Terminal()) == "trial 3: note: a row"
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    log.configure("study", "text")
    log.logger.warning("note: a row")
    log.logger.handlers.clear()
    assert terminal.getvalue() == f"\x1b[{colours.NOTE}mnote\x1b[0m: a row\n"
