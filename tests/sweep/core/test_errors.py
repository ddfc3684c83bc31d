"""The drawn tree of errors is complete, and each exit code has one owner."""

import ast
import importlib
import pkgutil
import re
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import sweep
from sweep.core import errors
from sweep.core.guard import guarded
from tests.paths import ROOT

DRAWN = dict(re.findall(r"^\W*(\w+) +(\d+)   ", errors.__doc__ or "", re.MULTILINE))


def subclasses(kind: type[errors.SweepError]) -> Iterator[type[errors.SweepError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from subclasses(each)


def test_the_tree_has_every_error_with_its_exit_code() -> None:
    for module in pkgutil.walk_packages(sweep.__path__, "sweep."):
        if module.name.startswith(("sweep.core.", "sweep.config.")):
            importlib.import_module(module.name)
    assert {kind.__name__: str(kind.exit_code) for kind in subclasses(errors.SweepError)} == DRAWN


def test_every_class_that_is_an_error_for_the_user_stands_in_errors() -> None:
    names = DRAWN.keys()
    bases = {
        path.name
        for path in ROOT.glob("sweep/**/*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and names & {ast.unparse(base).rpartition(".")[2] for base in node.bases}
    }
    assert bases == {"errors.py"}


def ends_with(node: ast.AST) -> list[object]:
    """The constants that a statement returns, or with which it ends the process."""
    if isinstance(node, ast.Return):
        values = [node.value]
    elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("exit"):
        values = [*node.args]
    else:
        values = []
    return [value.value for value in values if isinstance(value, ast.Constant)]


def test_no_other_module_writes_an_exit_code_down() -> None:
    codes = {int(code) for code in DRAWN.values()} - {1}
    ending = {
        path.name
        for path in ROOT.glob("sweep/**/*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if codes & set(ends_with(node))
    }
    assert ending == set()


@pytest.mark.parametrize("kind", list(subclasses(errors.SweepError)), ids=lambda kind: kind.__name__)
def test_a_command_that_fails_says_why_and_ends_in_the_errors_code(
    kind: type[errors.SweepError], capsys: pytest.CaptureFixture[str]
) -> None:
    @click.command
    def command() -> int:
        raise kind("the disk is full")

    assert guarded(command, "sweep try", []) == kind.exit_code
    assert capsys.readouterr().err == "the disk is full\n"


def test_to_end_it_in_place_of_an_answer_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    @click.command()
    def command() -> int:
        raise click.Abort

    assert guarded(command, "sweep try", []) == errors.Interrupted.exit_code
    assert capsys.readouterr().err == ""


class Unspeakable(BaseException):
    """Of a user's own program: it is no Exception, and cannot be told."""

    def __str__(self) -> str:
        raise ZeroDivisionError


UNFORESEEN: list[tuple[BaseException, str]] = [
    (RuntimeError("out of\npatience"), "RuntimeError: out of"),
    (MemoryError(), "MemoryError: no message"),
    (Unspeakable(), "Unspeakable: its message cannot be told"),
    (ValueError("at postgresql://sweep:secret@host/db"), "ValueError: at postgresql://host/db"),
    (ValueError("\x1b[31mred"), "ValueError: \\x1b[31mred"),
]


@pytest.mark.parametrize(("error", "told"), UNFORESEEN, ids=[told for _, told in UNFORESEEN])
def test_what_nobody_has_foreseen_is_a_line_and_a_file(
    error: BaseException,
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    @click.command
    def command() -> int:
        raise error

    monkeypatch.chdir(tmp_path)
    assert guarded(command, "sweep try", []) == errors.Unforeseen.exit_code
    first, second = capsys.readouterr().err.splitlines()
    assert first == f"sweep try failed, which nobody has foreseen: {told}"
    (written,) = (tmp_path / "artifacts").iterdir()
    assert second == f"The details are in artifacts/{written.name}."
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert "Traceback" in written.read_text()
    assert "secret" not in written.read_text()


def test_where_the_working_directory_takes_no_file_the_details_go_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @click.command
    def command() -> int:
        raise RuntimeError

    monkeypatch.chdir(tmp_path)
    (tmp_path / "artifacts").touch()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    guarded(command, "sweep try", [])
    assert f"The details are in {tmp_path}/error-" in capsys.readouterr().err


def test_commands_print_by_what_is_safe_to_print_alone() -> None:
    printing = {path.name for path in ROOT.glob("sweep/**/*.py") if "click.echo" in path.read_text(encoding="utf-8")}
    assert printing == {"terminal.py"}


def test_ctrl_c_ends_in_the_code_of_an_interrupted_command() -> None:
    @click.command
    def command() -> int:
        raise KeyboardInterrupt

    assert guarded(command, "sweep try", []) == errors.Interrupted.exit_code
