"""What is said of a study that works, but is probably not meant."""

from typing import Any

import pytest

from sweep.config import preflight
from sweep.config.sections import StudyConfig
from tests.sweep.worlds import RECORD
from tests.workers.worlds import regression
from workers.data.dataset import Dataset

SEQUENCES = regression([50] * 30)


def warnings(**fields: Any) -> list[str]:
    given = {"name": "x", "data": {"kind": "task", "name": "random_labels"}, **fields}
    return preflight.warnings(StudyConfig.model_validate(given), RECORD)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"trial": {"epochs": 5, "patience": 5}}, True),
        ({"trial": {"epochs": 5}, "space": {"patience": [None, 7]}}, True),
        ({"trial": {"epochs": 5, "patience": 4}}, False),
        ({"trial": {"epochs": 5}, "space": {"patience": {"low": 3, "high": 9}}}, False),
        ({"trial": {"patience": 7}, "space": {"epochs": [5, 9]}}, False),
    ],
)
def test_a_patience_that_stops_no_trial_is_told(fields: dict[str, Any], said: bool) -> None:
    assert any("stops no trial before its end" in warning for warning in warnings(**fields)) == said


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"trial": {"class_weight": "balanced"}}, "trial.class_weight"),
        ({"space": {"class_weight": [None, "balanced"]}}, "space.class_weight"),
        ({"enqueue": [{"class_weight": "balanced"}]}, "enqueue"),
    ],
)
def test_weights_of_classes_are_refused_where_targets_are_numbers(fields: dict[str, Any], field: str) -> None:
    given = {"name": "x", "data": {"kind": "task", "name": "random_labels"}, **fields}
    (problem,) = preflight.problems(StudyConfig.model_validate(given), regression((60,)))
    assert problem.message == "class_weight: balanced is for classes, and the targets are numbers"
    assert problem.field == field


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"trial": {"epochs": 5, "warmup_epochs": 5.0}}, True),
        ({"trial": {"epochs": 5}, "space": {"warmup_epochs": {"low": 0.0, "high": 7.5}}}, True),
        ({"trial": {"epochs": 5, "warmup_epochs": 4.5}}, False),
        ({"trial": {"epochs": 5}, "space": {"warmup_epochs": [0.0, 1.0]}}, False),
        ({}, False),
    ],
)
def test_a_warm_up_that_does_not_end_is_told(fields: dict[str, Any], said: bool) -> None:
    assert any("learning rate only rises" in warning for warning in warnings(**fields)) == said


@pytest.mark.parametrize(
    ("origins", "window", "dataset", "said"),
    [
        (2, 12, RECORD, None),
        (3, 12, RECORD, "3 origins leave a stretch of 20 scored timesteps; it takes 30, or nothing can be told of it"),
        (2, 40, RECORD, "2 origins leave a stretch of 30 scored timesteps; it takes 40, a window"),
        (2, 12, SEQUENCES, "cannot be cut into 2 stretches of time: sequences that are held back whole have no order"),
    ],
)
def test_origins_that_cannot_be_cut_or_tell_too_little_are_refused(
    origins: int, window: int, dataset: Dataset, said: str | None
) -> None:
    given = {"name": "x", "data": {"kind": "task", "name": "random_labels"}, "trial": {"window": window}}
    config = StudyConfig.model_validate({**given, "compare": {"origins": origins}})
    found = [problem for problem in preflight.problems(config, dataset) if problem.field == "compare.origins"]
    assert len(found) == (said is not None)
    assert all(said in problem.message for problem in found if said)
