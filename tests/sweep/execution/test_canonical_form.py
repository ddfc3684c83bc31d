"""The canonical form is computed once, when a trial is proposed; workers are handed it."""

from pathlib import Path

import pytest

from sweep.execution.fakes import FakeTrainer
from sweep.study import comparison_runs, trial_queue
from tests.sweep.worlds import RECORD, STUDY, open_study, run
from workers.data.timeline import Sequences
from workers.plans import equivalence
from workers.spec import TrialSpec


def test_workers_train_the_canonical_form(tmp_path: Path) -> None:
    trainer, study = FakeTrainer(), open_study(tmp_path)
    run(study, [trainer])
    forms = [equivalence.canonical(spec, RECORD.train) for spec in trainer.trained]
    assert trainer.trained == forms
    assert any(trial.spec != trial.canonical for trial, _ in study)  # of which the test would say nothing otherwise


def test_a_trial_is_made_canonical_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[TrialSpec] = []

    def counted(spec: TrialSpec, train: Sequences) -> TrialSpec:
        asked.append(spec)
        return equivalence.canonical(spec, train)

    monkeypatch.setattr(trial_queue, "canonical", counted)
    study = open_study(tmp_path, text=STUDY)
    run(study)
    assert asked == [trial.spec for trial, _ in study]
    assert not hasattr(comparison_runs, "canonical")
