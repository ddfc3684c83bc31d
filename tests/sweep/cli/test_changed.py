"""Commands about a study take the fields that its launch was given."""

from pathlib import Path

import pytest

from sweep.cli.main import main
from sweep.config.study_file import load
from sweep.execution.fakes import FakeTrainer
from sweep.launch.data import load_data
from sweep.study import Study
from tests.sweep.worlds import NoLease, run, study_file

CHANGED = ["--set", "space.cell=[LSTM]", "--set", "budget.trials=3"]


@pytest.fixture
def searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A study that asks another question than its file, since its launch was told so."""
    monkeypatch.chdir(tmp_path)
    file = load(study_file(tmp_path), CHANGED[1::2])
    with Study.open(file.config, load_data(file), NoLease()) as study:
        run(study, [FakeTrainer()])


@pytest.mark.parametrize("command", ["report", "status"])
def test_a_study_that_was_launched_with_changed_fields_is_told_with_the_same(
    command: str, searched: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "study.yaml"]) == 65
    assert "space" in capsys.readouterr().err
    assert main([command, "study.yaml", *CHANGED]) == 0


@pytest.mark.parametrize("command", [["reproduce"], ["sync"], ["doctor"]])
def test_a_field_that_there_is_not_is_refused_by_name(
    command: list[str], searched: None, capsys: pytest.CaptureFixture[str]
) -> None:
    number = ["0"] if command == ["reproduce"] else []
    assert main([*command, "study.yaml", *number, "--set", "budget.trails=3"]) == 65
    assert "--set budget.trails" in capsys.readouterr().err
