"""A place that the user names and that cannot be written to is told in a line, before any work is done for it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sweep.cli.main import main
from sweep.core.errors import CannotWrite

PLACES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "a file where a folder should be": (
        lambda folder: folder / "file" / "new.csv",
        "Not a directory; a file is where a folder should be; name another place",
    ),
    "a long name": (lambda folder: folder / f"{'x' * 300}.csv", "File name too long; give it a shorter name"),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    (tmp_path / "folder.csv").mkdir()
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == CannotWrite.exit_code
    (line,) = capsys.readouterr().err.splitlines()
    return line


OUT: dict[str, tuple[Callable[[Path], Path], str]] = {
    **PLACES,
    "a missing folder": (
        lambda folder: folder / "missing" / "new.csv",
        "No such file or directory; make its folder, or name another place",
    ),
    "a folder": (lambda folder: folder / "folder.csv", "Is a directory; it is a folder; name a file in it"),
}


@pytest.mark.parametrize("place", OUT)
def test_of_forecasts(folder: Path, capsys: pytest.CaptureFixture[str], place: str) -> None:
    path, says = OUT[place]
    out = path(folder)
    line = told(capsys, "predict", "glucose", "rows.csv", "--out", str(out))
    assert line == f"--out {out}: cannot be written: {says}"


@pytest.mark.parametrize("place", PLACES)
def test_of_an_export(folder: Path, capsys: pytest.CaptureFixture[str], place: str) -> None:
    path, says = PLACES[place]
    to = path(folder)
    line = told(capsys, "export", "glucose", "--to", str(to))
    assert line == f"--to {to}: cannot be written: {says}"
