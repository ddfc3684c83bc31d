"""What is printed to be pasted works when it is pasted, with or without an environment that is activated."""

import subprocess
import sys
from pathlib import Path

import pytest

from sweep.core.commands import command

BIN = Path(sys.executable).parent


def test_in_an_activated_environment_a_program_goes_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(BIN), prepend=":")
    assert command("sweep", "sync", "study.yaml") == "sweep sync study.yaml"


def test_elsewhere_by_its_path_and_it_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.chdir(tmp_path)
    line = command("sweep", "--help")
    assert line == f"{BIN}/sweep --help"
    done = subprocess.run(line, shell=True, capture_output=True, text=True, check=True)
    assert "Usage" in done.stdout


def test_below_the_working_directory_by_the_shorter_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.chdir(BIN.parent.parent)
    assert command("mlflow", "ui") == f"{BIN.parent.name}/bin/mlflow ui"


def test_another_program_of_that_name_on_the_path_is_not_meant(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "sweep").write_text("#!/bin/sh\n")
    (tmp_path / "sweep").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert command("sweep") != "sweep"


def test_what_a_shell_would_take_apart_is_quoted() -> None:
    assert command("no-such-program", "a b", "c;d") == "no-such-program 'a b' 'c;d'"
