"""The ledger: what is asked, what is refused, and what a second launch finds."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sweep.config.sections import StudyConfig
from sweep.core.errors import ServiceUnavailable, StudyChanged
from sweep.core.trials import best_first
from sweep.execution.fakes import FakeTrainer, floor
from sweep.study import PRUNERS, SAMPLERS, proposals
from tests.sweep.worlds import RECORD, STUDY, open_study, run
from workers.objective import EPOCHS_TRAINED
from workers.plans.equivalence import canonical
from workers.spec import Segment, TrialSpec


@pytest.mark.parametrize("sampler", sorted(SAMPLERS))
def test_every_sampler_proposes_only_what_applies(tmp_path: Path, sampler: str) -> None:
    text = STUDY.replace("learning_rate: {low: 1e-4, high: 1e-2, log: true}", "batch_size: [2, 4]")
    study = open_study(tmp_path, f"sampler={sampler}", "budget.trials=8", text=text)
    run(study)
    for trial, _ in study:
        assert trial.canonical == canonical(trial.spec, RECORD.train)
        assert ("reset_policy" in trial.spec.parameters) == trial.spec.stateful


@pytest.mark.parametrize("pruner", sorted(PRUNERS))
def test_every_pruner_runs_a_study_to_its_end(tmp_path: Path, pruner: str) -> None:
    numbers = "{kind: percentile, percentile: 50}" if pruner == "percentile" else pruner
    study = open_study(tmp_path, f"pruner={numbers}")
    run(study)
    assert len(list(study)) == 12


@pytest.mark.parametrize("pruner", sorted(PRUNERS))
def test_every_pruner_runs_a_study_whose_trials_stop_early(tmp_path: Path, pruner: str) -> None:
    numbers = "{kind: percentile, percentile: 50}" if pruner == "percentile" else pruner
    study = open_study(tmp_path, f"pruner={numbers}", "trial.patience=2", "trial.epochs=9")
    run(study, [StopsEarly()])
    states = [outcome.state for _, outcome in study]
    assert len(states) == 12
    assert "complete" in states


class StopsEarly(FakeTrainer):
    """Stops some trials after three of nine epochs, others after six."""

    def train(self, spec: TrialSpec, *args: Any, **options: Any) -> Segment:
        stops = 3 if spec.cell == "GRU" else 6
        segment = super().train(spec.model_copy(update={"epochs": stops}), *args, **options)
        final = {**(segment.final or {}), EPOCHS_TRAINED: float(stops)}
        return replace(segment, final=final if segment.finished else None)


def test_hyperband_knows_how_many_epochs_there_may_be_although_the_first_trial_stopped_early() -> None:
    fields: dict[str, Any] = {"name": "x", "data": {"kind": "task", "name": "random_labels"}, "pruner": "hyperband"}
    trial = {"epochs": 30, "patience": 3}
    for more, known in (({}, "auto"), ({"trial": trial}, 30), ({"space": {"patience": [None, 3]}}, 40)):
        config = StudyConfig.model_validate(fields | more)
        assert proposals._pruner_options(config)["max_resource"] == known


@pytest.mark.parametrize("field", ["patience", "clip_norm"])
def test_a_configuration_without_a_number_that_is_searched_in_a_range_can_be_enqueued(
    tmp_path: Path, field: str
) -> None:
    low, high = (2, 9) if field == "patience" else (0.5, 2.0)
    study = open_study(
        tmp_path, f"space.{field}={{low: {low}, high: {high}}}", f"enqueue=[{{{field}: null}}]", "budget.trials=4"
    )
    run(study)
    values = [getattr(trial.spec, field) for trial, _ in study]
    assert values[0] is None
    assert all(low <= value <= high for value in values[1:])


def test_the_same_seed_proposes_the_same_trials_however_often_it_is_interrupted(tmp_path: Path) -> None:
    specs = []
    for name, cuts in (("whole", []), ("cut", [4, 9])):
        folder = tmp_path / name
        folder.mkdir()
        for trials in [*cuts, 12]:
            run(open_study(folder, f"budget.trials={trials}"))
        specs.append([trial.spec for trial, _ in open_study(folder)])
    assert specs[0] == specs[1]


def test_a_larger_budget_continues_and_a_finished_study_has_nothing_to_do(tmp_path: Path) -> None:
    run(open_study(tmp_path))
    again = open_study(tmp_path)
    run(again)
    assert len(list(again)) == 12
    more = open_study(tmp_path, "budget.trials=15", "pruner=median", "workers.count=7")
    run(more)
    assert len(list(more)) == 15


@pytest.mark.parametrize(
    "change",
    ["seed=2", "trial.units=64", "space.cell=[LSTM]", "sampler=random", "objective.at=last", "data.seed=1"],
)
def test_a_study_that_asks_something_else_is_refused_with_the_difference(tmp_path: Path, change: str) -> None:
    run(open_study(tmp_path, "budget.trials=1"))
    with pytest.raises(StudyChanged, match=re.split("[.=]", change)[0]) as refused:
        open_study(tmp_path, change)
    assert "new name" in str(refused.value)


def test_enqueued_configurations_come_first_by_name_and_once(tmp_path: Path) -> None:
    enqueue = "enqueue=[{name: default, stateful: false, shuffle: true}, {cell: SimpleRNN, units: 3}]"
    run(open_study(tmp_path, enqueue, "budget.trials=4"))
    first, second, *others = open_study(tmp_path, enqueue)
    assert first[0].name == "0 default"
    assert first[0].arm == "stateless-shuffled"
    assert (second[0].spec.cell, second[0].spec.units) == ("SimpleRNN", 3)
    assert not any(trial.label for trial, _ in others)


def test_the_best_trial_is_the_one_with_the_lowest_loss(tmp_path: Path) -> None:
    study = open_study(tmp_path)
    run(study)
    assert study.best is not None
    trial, outcome = study.best
    assert outcome.value == min(o.value for _, o in study if o.value is not None)
    assert outcome.value == pytest.approx(floor(trial.spec, trial.seed) + 1 / 5)


@pytest.mark.parametrize("objective", ["{metric: validation/rmse}", "{metric: validation/rmse, goal: maximize}"])
def test_the_best_trial_is_the_best_as_deployed_whatever_the_objective(tmp_path: Path, objective: str) -> None:
    study = open_study(tmp_path, f"objective={objective}")
    run(study)
    assert study.best is not None
    assert study.best.outcome.error_deployed == min(outcome.error_deployed for _, outcome in study)


@pytest.mark.parametrize("objective", ["{}", "{metric: validation/rmse, goal: maximize}"])
def test_a_trial_improves_on_those_before_it_if_it_is_the_best_of_them(tmp_path: Path, objective: str) -> None:
    study = open_study(tmp_path, f"objective={objective}", "budget.trials=8", "seed=2")
    run(study)
    runs = sorted(study, key=lambda each: each.trial.number)
    firsts = (best_first(runs[: n + 1], study.objective)[0] for n in range(len(runs)))
    expected = dict.fromkeys((each.trial.number, each.outcome.as_deployed(study.objective)) for each in firsts)
    assert study.improvements == list(expected)
    assert len(study.improvements) > 1


@pytest.mark.parametrize(
    ("storage", "says"),
    [
        ("sqlite:////proc/nowhere/sweep.db", "unable to open database file"),
        ("postgresql+psycopg://me:secret@127.0.0.1:1/x", "connection"),
    ],
)
def test_a_ledger_that_cannot_be_opened_is_named_without_its_password(tmp_path: Path, storage: str, says: str) -> None:
    with pytest.raises(ServiceUnavailable, match=says) as error:
        open_study(tmp_path, f"storage={storage}")
    assert "secret" not in str(error.value)
