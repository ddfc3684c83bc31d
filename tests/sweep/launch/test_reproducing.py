"""`sweep reproduce`: what is said, and what cannot be trained again."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

import sweep
from sweep.cli.main import main
from sweep.config.study_file import load
from sweep.core.trials import Trial
from sweep.execution.fakes import FakeTrainer
from sweep.launch.data import load_data
from sweep.launch.reproducing import Reproduced
from sweep.study import Study
from sweep.study.reproduced import Difference
from tests.sweep.launch.test_launch import STUDY
from tests.sweep.worlds import NoLease, run, study_file
from workers.spec import TrialSpec

TRIAL = Trial(7, TrialSpec(), TrialSpec(), "key", seed=1)


def test_a_trial_that_is_the_same_is_said_to_be_so_in_a_line() -> None:
    said = Reproduced(TRIAL, 16, 0.0, []).as_text()
    assert said.startswith("7 LSTM every_sequence b16, first trained at 1970-01-01")
    assert said.endswith("16 epochs and every score again, to the last bit")


def test_the_first_and_the_largest_difference_are_named_and_the_first_few_listed() -> None:
    found = [Difference("epoch 2", "train/loss", 2.0, 2.5), Difference("epoch 3", "train/loss", 1.0, 3.0)] * 4
    lines = Reproduced(TRIAL, 16, 0.0, found).as_text().splitlines()
    assert "other numbers, first epoch 2: train/loss; by at most 2 of what is recorded" in lines[0]
    assert "(train/loss, epoch 3)" in lines[0]
    assert lines[1] == "  epoch 2: train/loss 2.5, recorded 2.0"
    assert lines[6] == "  and 3 others"
    assert "round otherwise" in lines[7]


@pytest.fixture
def searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A study of twelve trials, in the working directory."""
    monkeypatch.chdir(tmp_path)
    file = load(study_file(tmp_path))
    with Study.open(file.config, load_data(file), NoLease()) as study:
        run(study, [FakeTrainer()])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["99"], "small has no trial 99: these are 0 to 11"),
        (["0", "--comparison"], "small has no run of the comparison 0: there is none"),
    ],
)
def test_a_number_that_no_trial_has_is_refused(
    arguments: list[str], message: str, searched: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["reproduce", "study.yaml", *arguments]) == 1
    assert message in capsys.readouterr().err


def test_a_study_that_is_not_in_the_ledger_is_said_to_be_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    study_file(tmp_path)
    assert main(["reproduce", "study.yaml", "0"]) == 65
    assert "small" in capsys.readouterr().err


@pytest.mark.slow
def test_a_trial_and_a_run_of_the_comparison_are_the_same_again_and_a_changed_ledger_is_not(
    real_services: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("study.yaml").write_text(STUDY)
    sweep.open("study.yaml", {"budget.trials": 3}).run()
    capsys.readouterr()
    asked: list[list[str]] = [["0"], ["1", "--comparison"]]
    for arguments in asked:
        assert main(["reproduce", "study.yaml", *arguments, "--json"]) == 0
        said: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert (said["same"], said["epochs"], said["others"]) == (True, 3, [])
    with sqlite3.connect("sweep.db") as ledger:
        where = "stage = 'search' AND trial = 0 AND epoch = 1"
        [(text,)] = ledger.execute(f"SELECT metrics FROM sweep_epochs WHERE {where}")
        changed = {**json.loads(text), "train/loss": 1.0}
        ledger.execute(f"UPDATE sweep_epochs SET metrics = ? WHERE {where}", [json.dumps(changed)])
    ledger.close()
    assert main(["reproduce", "study.yaml", "0"]) == 1
    assert "other numbers, first epoch 2: train/loss" in capsys.readouterr().out
