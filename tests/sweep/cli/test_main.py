"""The console script: a table of commands, imported when they run, and one way to end."""

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from sweep.cli import main as console
from sweep.cli.main import COMMANDS, main

GREETING = """
import click
from sweep.core.errors import ServiceUnavailable

@click.command()
@click.argument("name")
@click.option("--times", type=int, default=1)
def greet(name, times):
    if name == "nobody":
        raise ServiceUnavailable("nobody is there")
    if name == "ctrl-c":
        raise KeyboardInterrupt
    if name == "nothing":
        raise EOFError
    click.echo(f"hello {name} " * times)
    return 3
"""
HEAVY = {"numpy", "pydantic", "sqlalchemy", "optuna", "ray", "mlflow", "pandas", "scipy", "matplotlib", "rich"}


@pytest.fixture
def greet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command of the user's own: a file, and one row."""
    (tmp_path / "greeting.py").write_text(GREETING)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "greeting", raising=False)
    monkeypatch.setitem(COMMANDS, "greet", ("greeting:greet", "Say hello."))


def test_a_new_command_touches_one_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "greeting.py").write_text(GREETING)
    monkeypatch.syspath_prepend(tmp_path)
    before = {name: dict(value) for name, value in vars(console).items() if isinstance(value, dict) and name.isupper()}
    monkeypatch.setitem(COMMANDS, "greet", ("greeting:greet", "Say hello."))
    touched = [
        f"{name}[{key!r}]"
        for name, table in before.items()
        for key, row in vars(console)[name].items()
        if table.get(key) != row
    ]
    assert main(["greet", "you", "--times", "2"]) == 3
    assert capsys.readouterr().out == "hello you hello you \n"
    assert main(["--help"]) == 0
    assert re.search(r"greet +Say hello\.", capsys.readouterr().out)
    assert main(["greeet", "you"]) == 2
    assert "did you mean greet?" in capsys.readouterr().err
    with capsys.disabled():
        click.echo(f"\na new command: {len(touched)} row, {', '.join(touched)}, beside its own file")
    assert len(touched) == 1


@pytest.mark.parametrize("name", COMMANDS)
def test_every_row_names_a_command(name: str) -> None:
    module, _, attribute = COMMANDS[name][0].partition(":")
    assert isinstance(getattr(import_module(module), attribute), click.Command)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_on_stdout(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith(f"Usage: sweep {name} ")
    assert said.err == ""


def test_without_arguments_the_help_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    said = capsys.readouterr()
    assert [line.split()[0] for line in said.out.splitlines()[-len(COMMANDS) - 1 :] if line[2] != " "] == list(COMMANDS)
    assert said.err == ""


@pytest.mark.parametrize("arguments", [["--help"], ["lanuch"], ["list", "--help"], ["doctor"]])
def test_help_and_wrong_usage_load_none_of_the_libraries_that_take_long(arguments: list[str]) -> None:
    program = f"import sys; from sweep.cli.main import main; main({arguments}); print(*sys.modules, file=sys.stderr)"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert HEAVY.isdisjoint(ended.stderr.splitlines()[-1].split())


def test_an_unknown_command_ends_with_2_and_suggests_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lanuch"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "lanuch" in said.err
    assert "launch" in said.err


@pytest.mark.usefixtures("greet")
@pytest.mark.parametrize(
    "wrong",
    [["greet"], ["greet", "you", "--tim", "2"], ["greet", "you", "--times"], ["greet", "you", "me"], ["--loud"]],
)
def test_wrong_usage_ends_with_2_and_a_message_and_no_option_is_abbreviated(
    wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(wrong) == 2
    said = capsys.readouterr()
    assert said.out == ""
    message, help_is = said.err.splitlines()
    says = (
        "NAME is missing",
        "--tim: no such option",
        "option '--times' requires",
        "got unexpected",
        "--loud: no such",
    )
    assert message.startswith(says)
    assert help_is == f"`sweep{' greet' if wrong[0] == 'greet' else ''} --help` says what it takes"


@pytest.mark.usefixtures("greet")
def test_an_error_of_the_sweeps_own_is_its_message_and_its_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["greet", "nobody"]) == 69
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "nobody is there\n")


@pytest.mark.usefixtures("greet")
def test_ctrl_c_ends_with_130_and_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["greet", "ctrl-c"]) == 130
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "")


@pytest.mark.usefixtures("greet")
def test_what_nobody_expects_is_neither_hidden_nor_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["greet", "nothing"]) == 70
    assert "EOFError" in capsys.readouterr().err


def test_what_follows_two_dashes_is_the_launchers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from sweep.execution.cluster import jobs  # noqa: PLC0415  (Ray takes seconds to import)

    sent: list[str] = []
    monkeypatch.setattr(jobs, "jobs", lambda _: [])
    monkeypatch.setattr(jobs, "submit", lambda address, study, name, command, folder: sent.append(command))
    study = tmp_path / "study.yaml"
    study.write_text("name: mine\ndata: {kind: task, name: random_labels}\n")
    assert main(["submit", str(study), "--address", "http://head:8265", "--", "--trials", "7", "--json"]) == 0
    assert sent == ["python -m sweep.launch study.yaml --trials 7 --json"]
