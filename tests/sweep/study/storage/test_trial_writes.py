"""What is written to Optuna's tables is what Optuna itself would have written, in a transaction of the caller's."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState, create_trial
from sqlalchemy.engine import Connection

from sweep.study.storage import trial_writes
from sweep.study.storage.optuna_storage import close_storage, create_study, open_storage

pytestmark = pytest.mark.representative


@pytest.fixture
def storage(url: str) -> Iterator[RDBStorage]:
    storage = open_storage(url)
    yield storage
    close_storage(storage)


def proposed(number: int) -> FrozenTrial:
    """A trial as the proposer hands it to the ledger."""
    distributions: dict[str, BaseDistribution] = {
        "learning_rate": FloatDistribution(1e-4, 1.0, log=True),
        "cell": CategoricalDistribution(["LSTM", "GRU"]),
        "batch_size": IntDistribution(8, 32, step=8),
    }
    parameters = {"learning_rate": 0.5, "cell": "GRU", "batch_size": 16}
    trial = create_trial(state=TrialState.RUNNING, params=parameters, distributions=distributions, **NOTED)
    trial.number = number
    trial.datetime_start = datetime(2026, 3, 29, 1, 30, 0, 5)  # noqa: DTZ001  (Optuna's are local, and do not say so)
    return trial


def begin(storage: RDBStorage) -> int:
    """A trial that runs; its id."""
    study = create_study(storage, "small", "minimize")
    return storage.create_new_trial(study, create_trial(state=TrialState.RUNNING))


def written(storage: RDBStorage, write: Callable[[Connection, int], object]) -> FrozenTrial:
    """A new trial after these writes."""
    trial = begin(storage)
    with storage.engine.begin() as connection:
        write(connection, trial)
    return storage.get_trial(trial)


VALUES = {0: 2.5, 1: float("nan"), 2: float("inf"), 3: -float("inf")}
NOTES: dict[str, Any] = {"completed_rung_0": 0.5, "text": "Kälte", "list": [1, None]}
NOTED: dict[str, Any] = {"user_attrs": {"trial": {"arm": "never"}}, "system_attrs": {"fixed_params": {"x": 1}}}


def test_a_trial_begins_as_it_would_by_optuna(storage: RDBStorage) -> None:
    study = create_study(storage, "small", "minimize")
    by_optuna = storage.get_trial(storage.create_new_trial(study, proposed(0)))
    with storage.engine.begin() as connection:
        trial_id = trial_writes.begin(connection, study, proposed(1))
    by_hand = storage.get_trial(trial_id)
    for name in ("state", "params", "distributions", "user_attrs", "system_attrs", "datetime_start", "values"):
        assert getattr(by_hand, name) == getattr(by_optuna, name), name
    assert list(by_hand.params) == list(by_optuna.params)
    assert [by_optuna.number, by_hand.number] == [0, 1]


def test_a_trial_of_a_number_that_is_there_does_not_begin_again(storage: RDBStorage) -> None:
    study = create_study(storage, "small", "minimize")
    with storage.engine.begin() as connection:
        first = trial_writes.begin(connection, study, proposed(0))
    with storage.engine.begin() as connection:
        assert trial_writes.begin(connection, study, proposed(0)) == first
    assert len(storage.get_all_trials(study)) == 1


def test_intermediate_values_are_those_that_optuna_reads(storage: RDBStorage) -> None:
    trial = written(storage, lambda connection, id_: trial_writes.add_intermediate_values(connection, id_, VALUES))
    assert str(trial.intermediate_values) == str(VALUES)


def test_a_step_keeps_the_value_it_has(storage: RDBStorage) -> None:
    def write(connection: Connection, trial: int) -> None:
        trial_writes.add_intermediate_values(connection, trial, {0: 1.0})
        trial_writes.add_intermediate_values(connection, trial, {0: 2.0, 1: 3.0})

    assert written(storage, write).intermediate_values == {0: 1.0, 1: 3.0}


def test_what_is_noted_is_set_anew(storage: RDBStorage) -> None:
    def write(connection: Connection, trial: int) -> None:
        trial_writes.set_user_attributes(connection, trial, {"text": "earlier"})
        trial_writes.set_user_attributes(connection, trial, NOTES)
        trial_writes.set_system_attributes(connection, trial, {"text": "earlier"})
        trial_writes.set_system_attributes(connection, trial, NOTES)

    trial = written(storage, write)
    assert (trial.user_attrs, trial.system_attrs) == (NOTES, NOTES)


def test_nothing_to_write_is_no_error(storage: RDBStorage) -> None:
    def write(connection: Connection, trial: int) -> None:
        trial_writes.add_intermediate_values(connection, trial, {})
        trial_writes.set_user_attributes(connection, trial, {})

    assert written(storage, write).intermediate_values == {}


@pytest.mark.parametrize("value", [0.0, 1e-300, float("inf"), -float("inf")])
def test_a_trial_ends_as_it_would_by_optuna(storage: RDBStorage, value: float) -> None:
    by_hand = written(storage, lambda connection, id_: trial_writes.end(connection, id_, TrialState.COMPLETE, [value]))
    other = begin(storage)
    storage.set_trial_state_values(other, TrialState.COMPLETE, [value])
    by_optuna = storage.get_trial(other)
    assert (by_hand.state, by_hand.values) == (by_optuna.state, by_optuna.values)
    assert by_hand.datetime_complete
    assert by_optuna.datetime_complete
    assert abs((by_hand.datetime_complete - by_optuna.datetime_complete).total_seconds()) < 600  # no other time zone


def test_a_trial_keeps_how_it_first_ended(storage: RDBStorage) -> None:
    def write(connection: Connection, trial: int) -> None:
        assert trial_writes.end(connection, trial, TrialState.COMPLETE, [1.0])
        assert not trial_writes.end(connection, trial, TrialState.FAIL, None)
        assert not trial_writes.end(connection, trial, TrialState.COMPLETE, [2.0])

    trial = written(storage, write)
    assert (trial.state, trial.value) == (TrialState.COMPLETE, 1.0)


def test_of_a_transaction_that_is_rolled_back_nothing_is_written(storage: RDBStorage) -> None:
    trial = begin(storage)
    with storage.engine.connect() as connection:
        trial_writes.add_intermediate_values(connection, trial, VALUES)
        trial_writes.end(connection, trial, TrialState.COMPLETE, [1.0])
        connection.rollback()
    assert storage.get_trial(trial).state == TrialState.RUNNING
    assert storage.get_trial(trial).intermediate_values == {}
