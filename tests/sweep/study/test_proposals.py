"""What is proposed in an arm's turn belongs to the arm, and arms get the same draws of the fields that they share."""

from collections import defaultdict
from typing import Any

import optuna
import pytest

from sweep.config.sections import StudyConfig
from sweep.config.space import Space
from sweep.core.trials import Trial
from sweep.study.proposals import Proposer
from sweep.study.trial_queue import TrialQueue
from tests.workers.worlds import sequences

TRAIN = sequences(400)


def proposed(count: int, **fields: Any) -> list[Trial]:
    """The first trials of a study; every second of them does well."""
    config = StudyConfig.model_validate(
        {"name": "even", "data": {"kind": "task", "name": "random_labels"}, "trial": {"window": 10}, **fields}
    )
    space = Space(config.trial, config.space)
    proposer = Proposer(config, space)
    queue = TrialQueue(config, space, TRAIN, proposer)
    trials: list[Trial] = []
    while len(trials) < count and (trial := queue.next(trials)):
        trials.append(trial)
        proposer.tell(trial.number, optuna.trial.TrialState.COMPLETE, [float(trial.number % 2)])
    return trials


def by_arm(trials: list[Trial]) -> dict[str, list[Trial]]:
    found = defaultdict(list)
    for trial in trials:
        found[trial.arm].append(trial)
    return dict(found)


SPACE = {
    "stateful": [True, False],
    "reset_policy": ["every_n_batches", "every_epoch", "decay"],
    "reset_interval": {"low": 2, "high": 32},
    "state_decay": {"low": 0.1, "high": 0.9},
    "shuffle": [True, False],
    "cell": ["LSTM", "GRU"],
    "batch_size": [2, 4, 8],
    "learning_rate": {"low": 1e-4, "high": 1e-2, "log": True},
}


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_an_interval_that_is_another_arm_at_that_batch_size_is_not_asked_for(sampler: str) -> None:
    arms = by_arm(proposed(40, space=SPACE, sampler=sampler))
    assert {arm: len(trials) for arm, trials in arms.items()} == dict.fromkeys(
        ("every_n_batches", "every_epoch", "decay", "stateless", "stateless-shuffled"), 8
    )
    steps = {2: 20, 4: 10, 8: 5}  # of an epoch of 40 windows
    assert all(trial.spec.reset_interval < steps[trial.spec.batch_size] for trial in arms["every_n_batches"])


def test_arms_get_the_same_draws_of_the_fields_that_they_share() -> None:
    arms = by_arm(proposed(20, space=SPACE, sampler="random"))
    shared = ("cell", "batch_size", "learning_rate")
    draws = {arm: [[getattr(trial.spec, name) for name in shared] for trial in trials] for arm, trials in arms.items()}
    free = draws.pop("every_n_batches")  # some draws lead to another arm here, and are made anew
    assert len({str(each) for each in draws.values()}) == 1
    assert any(each in draws["decay"] for each in free)
    assert len({str(each) for each in draws["decay"]}) == 4


def test_another_seed_draws_otherwise() -> None:
    one, other = (proposed(8, space=SPACE, sampler="random", seed=seed) for seed in (0, 1))
    assert [trial.spec for trial in one] != [trial.spec for trial in other]


def test_what_is_proposed_does_not_depend_on_who_asked_before() -> None:
    assert [trial.spec for trial in proposed(15, space=SPACE)] == [
        trial.spec for trial in proposed(20, space=SPACE)[:15]
    ]
