"""`sweep status`: what the ledger says of a study that somebody else runs."""

import json
from pathlib import Path
from typing import Any

import pytest

from sweep.cli.main import main
from sweep.config.study_file import load
from sweep.core.trials import Outcome, Trial
from sweep.execution.fakes import FakeTrainer
from sweep.execution.protocols import Callback
from sweep.launch.data import load_data
from sweep.launch.standing import Standing, Training
from sweep.study import Study
from sweep.study.storage.lease import Lease
from tests.sweep.worlds import run, study_file

HALFWAY = Standing(
    study="traffic-6h",
    state="running",
    led="led by pid 12 on node for 3 min",
    search={"complete": 6, "pruned": 2, "failed": 1, "running": 1},
    budget=24,
    made=5,
    needed=39,
    training=[Training("9 GRU never b16", "search", 3, 16)],
    best="trial 4 GRU every_epoch b16: rmse 612 vehicles/h on validation",
    verdict="",
)


def test_a_study_that_runs_is_told_line_by_line() -> None:
    assert HALFWAY.as_text() == (
        "traffic-6h: running, led by pid 12 on node for 3 min\n"
        "  search      9 of 24 trials (2 pruned, 1 failed)\n"
        "  comparison  5 of 39 runs\n"
        "  best        trial 4 GRU every_epoch b16: rmse 612 vehicles/h on validation\n"
        "  training    9 GRU never b16, epoch 4 of 16"
    )
    told = HALFWAY.as_json()
    assert told["training"] == [{"name": "9 GRU never b16", "stage": "search", "epochs": 3, "of": 16}]
    assert told["verdict"] is None


class _Looking(Callback):
    """Asks how far the study is when its second trial has ended."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.told: dict[str, Any] = {}

    def on_trial_end(self, trial: Trial, outcome: Outcome) -> None:
        if trial.number == 1:
            self._capsys.readouterr()
            assert main(["status", "study.yaml", "--json"]) == 0
            self.told = json.loads(self._capsys.readouterr().out)


def test_another_process_tells_how_far_a_study_is_while_it_runs_and_how_it_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    file = load(study_file(tmp_path), ["budget.trials=4"])
    lease, looking = Lease(file.config.storage, file.config.name), _Looking(capsys)
    lease.acquire()
    with Study.open(file.config, load_data(file), lease) as study:
        run(study, [FakeTrainer()], [looking])
        study.end("finished")
    lease.release()
    assert looking.told["state"] == "running"
    assert looking.told["led"].startswith("led by pid ")
    assert sum(looking.told["search"].values()) >= 2
    assert looking.told["budget"] == 4
    assert main(["status", "study.yaml"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("small: finished\n  search      4 of 4 trials")
    assert "  best        trial " in said


def test_a_study_that_was_never_launched_is_said_to_be_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    study_file(tmp_path)
    assert main(["status", "study.yaml"]) == 65
    assert "small" in capsys.readouterr().err
