"""What is proposed in an arm's turn belongs to the arm, and arms get the same draws of the fields that they share."""

import hashlib
from collections import defaultdict
from typing import Any

import optuna
import pytest

from sweep.config.sections import StudyConfig
from sweep.config.space import Space
from sweep.core.trials import Trial
from sweep.study.proposals import Proposer
from sweep.study.trial_queue import TrialQueue
from sweep.study.versions import DRAWS
from tests.workers.worlds import sequences

TRAIN = sequences(400)
OF_THE_FIRST_RULE = "36a209dede1b7757"  # of the first twenty trials by version 0.1.0


def proposed(count: int, draws: int = DRAWS, **fields: Any) -> list[Trial]:
    """The first trials of a study by a rule of draws; every second of them does well."""
    config = StudyConfig.model_validate(
        {"name": "even", "data": {"kind": "task", "name": "random_labels"}, "trial": {"window": 10}, **fields}
    )
    space = Space(config.trial, config.space)
    proposer = Proposer(config, space, draws)
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


SHARED = ("cell", "batch_size", "learning_rate")


def drawn(trials: list[Trial]) -> dict[str, list[tuple[Any, ...]]]:
    """What each arm's trials have in the fields that arms share."""
    of_arms = by_arm(trials).items()
    return {arm: [tuple(getattr(trial.spec, name) for name in SHARED) for trial in own] for arm, own in of_arms}


def test_arms_get_the_same_draws_of_the_fields_that_they_share() -> None:
    trials = proposed(40, space=SPACE, sampler="random", trial={"window": 10, "batch_size": 2, "reset_interval": 4})
    draws = drawn(trials)
    assert len(draws) == 5
    assert len({str(each) for each in draws.values()}) == 1
    assert len(set(draws["decay"])) == 8
    intervals = {trial.spec.reset_interval for trial in by_arm(trials)["every_n_batches"]}
    assert len(intervals) > 4  # those that are another arm's at that batch size are drawn anew, and nothing else


@pytest.mark.parametrize("sampler", [{"kind": "tpe", "n_startup_trials": 12}, {"kind": "tpe", "n_startup_trials": 15}])
def test_a_sampler_that_learns_begins_with_the_same_draws_for_every_arm_in_whole_rounds(
    sampler: dict[str, Any],
) -> None:
    draws = drawn(proposed(25, space=SPACE, sampler=sampler))
    assert len({str(each[:3]) for each in draws.values()}) == 1
    assert len({str(each[3:]) for each in draws.values()}) > 1  # then it has learnt


def test_by_the_first_rule_random_trials_end_where_their_number_does() -> None:
    sampler = {"kind": "tpe", "n_startup_trials": 12}
    first, second = (drawn(proposed(15, draws, space=SPACE, sampler=sampler)) for draws in (1, 2))
    assert [each[:2] for each in first.values()][1:] == [each[:2] for each in second.values()][1:]
    alike = [len({each[2] for each in draws.values()}) for draws in (first, second)]
    assert alike[0] > alike[1] == 1


def test_where_no_setting_like_the_others_leads_to_an_arm_it_has_one_of_its_own() -> None:
    """Of 40 windows batches of 8 make 5 steps, for which no interval is short enough; of 2 most are."""
    space = {**SPACE, "reset_interval": {"low": 6, "high": 32}}
    trial = {"window": 10, "batch_size": 2, "reset_interval": 6}
    draws = drawn(proposed(40, space=space, sampler="random", trial=trial))
    own = draws.pop("every_n_batches")
    assert len({str(each) for each in draws.values()}) == 1
    alike = {
        batch_size: mine == theirs
        for mine, theirs in zip(own, draws["decay"], strict=True)
        for batch_size in theirs[1:2]
    }
    assert alike[2]
    assert not alike[8]


def digest(trials: list[Trial]) -> str:
    """A hash of what was drawn, to six digits."""
    names = (*SHARED, "reset_interval", "state_decay")
    values = [
        [f"{value:.6g}" if isinstance(value, float) else value for value in each]
        for each in ([trial.arm, *(getattr(trial.spec, name) for name in names)] for trial in trials)
    ]
    return hashlib.sha256(str(values).encode()).hexdigest()[:16]


@pytest.mark.parametrize("sampler", [{"kind": "tpe", "n_startup_trials": 20}, {"kind": "random"}])
def test_a_study_that_was_begun_by_the_first_rule_goes_on_by_it(sampler: dict[str, Any]) -> None:
    trial = {"window": 10, "batch_size": 2, "reset_interval": 4}
    first, second = (digest(proposed(20, draws, space=SPACE, sampler=sampler, trial=trial)) for draws in (1, 2))
    assert first == OF_THE_FIRST_RULE
    assert second != first


def test_another_seed_draws_otherwise() -> None:
    one, other = (proposed(8, space=SPACE, sampler="random", seed=seed) for seed in (0, 1))
    assert [trial.spec for trial in one] != [trial.spec for trial in other]


def test_what_is_proposed_does_not_depend_on_who_asked_before() -> None:
    assert [trial.spec for trial in proposed(15, space=SPACE)] == [
        trial.spec for trial in proposed(20, space=SPACE)[:15]
    ]
