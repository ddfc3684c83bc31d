"""What is wrong with a command line is said in a line, as the other errors are, and where its help is."""

import io
import sys

import click
import pytest

from sweep.core import colours
from sweep.core.errors import WrongUsage
from sweep.core.guard import guarded


@click.command(help="Try it. CONFIG is the study file, such as study.yaml. OUT is written.")
@click.argument("config")
@click.argument("out", required=False)
@click.option("--trials", "-t", type=int)
@click.option("--log-format", type=click.Choice(["text", "json"]))
@click.option("--part", type=click.FloatRange(0, 1))
@click.option("--seed")
def command(**given: object) -> int:
    if given["config"] == "odd":
        raise click.UsageError("--seed: is odd")
    return 0


HELP = "`sweep try --help` says what it takes"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "CONFIG is missing: the study file, such as study.yaml"),
        (["a", "--trial", "1"], "--trial: no such option; did you mean --trials?"),
        (["a", "-x"], "-x: no such option"),
        (["a", "b", "c"], "got unexpected extra argument (c)"),
        (["a", "--trials", "many"], "--trials: 'many' is no whole number"),
        (["a", "-t", "many"], "--trials: 'many' is no whole number"),
        (["a", "--part", "many"], "--part: 'many' is no number"),
        (["a", "--part", "2"], "--part: 2.0 is not in the range 0<=x<=1"),
        (["a", "--trials"], "option '--trials' requires an argument"),
        (["a", "--log-format", "xml"], "--log-format: 'xml' is not one of 'text', 'json'"),
        (["odd"], "--seed: is odd"),
        (["a", "b", "http://me:secret@host"], "got unexpected extra argument (http://host)"),
        (["a", "\x1b[2J", "\x1b[2J"], "got unexpected extra argument (\\x1b[2J)"),
    ],
)
def test_it_is_a_line_and_where_the_help_is(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guarded(command, "sweep try", arguments) == WrongUsage.exit_code == 2
    assert capsys.readouterr() == ("", f"{says}\n{HELP}\n")


def test_on_a_terminal_it_has_severity_and_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    guarded(command, "sweep try", ["a", "--trial", "1"])
    severity = colours.coloured("error: ", colours.ERROR)
    assert terminal.getvalue() == f"{severity}--trial: no such option; did you mean --trials?\n{HELP}\n"
