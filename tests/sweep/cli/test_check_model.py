"""`sweep check-model`: whether a function builds a model whose state can be carried, said as a launch says it."""

from pathlib import Path

import pytest

from sweep.cli.main import main
from sweep.launch import own_code
from tests.workers.own_models import CODE, MIXED


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in CODE.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.lengthy
def test_a_model_is_said_to_be_one_with_its_files(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["check-model", MIXED, "--folder", str(folder), "--inputs", "4", "--outputs", "2"]) == 0
    said = "my_models:mixed builds a model whose state can be carried. Its code: my_blocks.py, my_models.py\n"
    assert capfd.readouterr().out == said


def test_what_is_wrong_is_one_message(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        own_code,
        "found",
        lambda wanted: {model: f"{model}: not of {wanted.sizes} {wanted.classes}" for model in wanted.models},
    )
    monkeypatch.chdir(folder)
    for model, code, said in (
        (MIXED, 65, "my_models:mixed: not of (7, 5) True"),
        ("absent:build", 65, "absent:build: there is no module absent of Python source"),
        ("build", 2, "build: is no import path, such as my_models:build"),
    ):
        assert main(["check-model", model, "--inputs", "7", "--outputs", "5", "--classes"]) == code
        assert said in capsys.readouterr().err
