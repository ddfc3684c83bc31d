"""How a budget falls on arms: as the search deals it out, and said where chance would choose an arm's setting."""

from collections import Counter
from typing import Any

import pytest

from sweep.config.sections import StudyConfig
from sweep.config.turns import (
    FEW,
    compared_arms,
    configurations_of_arms,
    described,
    short_of_configurations,
    trials_of_arms,
)
from sweep.core.trials import is_twin
from tests.sweep.study.test_proposals import SPACE, proposed
from tests.workers.worlds import regression

ARMS = 5  # of SPACE
DATA = regression((800,))


def config(trials: int, **fields: Any) -> StudyConfig:
    given = {"name": "turns", "data": {"kind": "task", "name": "random_labels"}, "trial": {"window": 10}}
    return StudyConfig.model_validate({**given, "space": SPACE, "budget": {"trials": trials}, **fields})


@pytest.mark.parametrize(
    ("trials", "fields"),
    [
        (3, {}),
        (13, {}),
        (13, {"enqueue": [{"stateful": False, "shuffle": True}, {"stateful": True, "reset_policy": "decay"}]}),
        (11, {"compare": {"placebo": True}}),
        (7, {"enqueue": [{"stateful": True, "reset_policy": "never"}]}),
    ],
)
def test_a_search_gives_each_arm_as_many_trials_as_was_said(trials: int, fields: dict[str, Any]) -> None:
    made = Counter(trial.arm for trial in proposed(trials, space=SPACE, sampler="random", **fields))
    assert trials_of_arms(config(trials, **fields), DATA.train) == made


def test_it_is_said_how_many_configurations_each_arm_gets() -> None:
    for trials, said in (
        (10, "10 trials over 5 arms are 2 configurations each"),
        (12, "12 trials over 5 arms are 2 to 3 configurations each"),
        (5, "5 trials over 5 arms are 1 configuration each"),
    ):
        study = config(trials)
        assert described(study, configurations_of_arms(study, DATA)) == said


def test_too_few_for_an_arm_are_warned_of_with_the_budget_that_is_enough() -> None:
    said = short_of_configurations(config(ARMS * FEW - 1), DATA)
    assert said.startswith("19 trials over 5 arms are 3 to 4 configurations each: too few")
    assert said.endswith("budget.trials: 20 gives each 4")
    assert short_of_configurations(config(ARMS * FEW), DATA) == ""


def test_an_arm_of_which_there_are_no_more_configurations_has_enough() -> None:
    space = {"stateful": [True, False], "cell": ["LSTM", "GRU"]}
    study = config(24, space=space, trial={"window": 10, "reset_policy": "every_epoch"})
    assert set(configurations_of_arms(study, DATA).values()) == {2}
    assert short_of_configurations(study, DATA) == ""
    assert short_of_configurations(config(3, space=space, trial={"window": 10, "reset_policy": "every_epoch"}), DATA)


def test_what_the_user_enqueued_alone_is_no_search_that_could_fall_short() -> None:
    enqueued = [{"stateful": False, "shuffle": True}, {"stateful": True, "reset_policy": "every_epoch"}]
    assert short_of_configurations(config(2, space={}, enqueue=enqueued), DATA) == ""


@pytest.mark.parametrize("fields", [{"compare": None}, {"space": {"units": [8, 16]}}])
def test_where_nothing_is_compared_nothing_is_said(fields: dict[str, Any]) -> None:
    study = config(5, **fields)
    assert compared_arms(study, DATA) == []
    assert configurations_of_arms(study, DATA) == {}
    assert short_of_configurations(study, DATA) == ""


def test_twins_are_no_arms_that_are_compared() -> None:
    study = config(11, compare={"placebo": True})
    assert any(map(is_twin, trials_of_arms(study, DATA.train)))
    assert len(compared_arms(study, DATA)) == ARMS
