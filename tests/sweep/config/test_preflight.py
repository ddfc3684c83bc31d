"""What is said of a study that works, but is probably not meant."""

from typing import Any

import pytest

from sweep.config import preflight
from sweep.config.sections import StudyConfig
from tests.sweep.worlds import RECORD
from tests.workers.worlds import regression


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
