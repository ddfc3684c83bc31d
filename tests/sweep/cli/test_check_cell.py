"""`sweep check-cell`: whether a class is a cell, said as a launch says it."""

from pathlib import Path

import pytest

from sweep.cli.main import main
from sweep.launch import own_code
from tests.workers.own_cells import CODE, KEEPER


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in CODE.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_cell_is_said_to_be_one_with_its_files(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["check-cell", KEEPER, "--folder", str(folder), "--units", "3"]) == 0
    assert capfd.readouterr().out == "my_cells:Keeper is a cell. Its code: my_cells.py, my_gates.py\n"


def test_what_is_wrong_is_one_message(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        own_code, "found", lambda wanted: {cell: f"{cell}: not of {wanted.units}" for cell in wanted.code}
    )
    monkeypatch.chdir(folder)
    for cell, code, said in (
        (KEEPER, 65, "my_cells:Keeper: not of 8"),
        ("absent:Cell", 65, "absent:Cell: there is no module absent of Python source"),
        ("LSTM", 2, "LSTM: is no import path, such as my_cells:PeepholeLSTM"),
    ):
        assert main(["check-cell", cell]) == code
        assert said in capsys.readouterr().err
