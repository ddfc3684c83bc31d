"""Why a model does as it does: how far back its predictions reach, and how full its state is."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _pytest.mark.structures import ParameterSet

from tests.workers.worlds import classification, regression
from workers.cells import CELLS
from workers.data.dataset import Dataset, prepare
from workers.data.sources.tasks import LagCopy
from workers.engine.diagnostics import Predictions, diagnose, influence
from workers.engine.training import Trainer
from workers.plans import epochs
from workers.plans.deployment import Feed
from workers.spec import TrialSpec

pytestmark = pytest.mark.lengthy

LENGTHS = (70, 33, 91, 58, 12, 66)
ARMS: dict[str, dict[str, Any]] = {
    "stateless": {"stateful": False},
    "burn-in": {"stateful": False, "burn_in": 2},
    "every_n_batches": {"reset_policy": "every_n_batches", "reset_interval": 2},
    "every_sequence": {"reset_policy": "every_sequence"},
    "never": {"reset_policy": "never"},
    "random": {"reset_policy": "random"},
    "decay": {"reset_policy": "decay"},
}


@pytest.fixture(scope="module")
def record() -> Trainer:
    return Trainer(regression((3000,)))


def spec(**fields: object) -> TrialSpec:
    usual = {"units": 6, "window": 5, "batch_size": 4, "epochs": 1, "learning_rate": 0.01}
    return TrialSpec.model_validate({**usual, **fields})


def found(trainer: Trainer, trial: TrialSpec, *weights: np.ndarray) -> dict[str, float]:
    """What is found with these weights, or with fresh ones."""
    program = trainer.program(trial)
    program.reset(weights or trainer.initial_weights(trial, 0), 0)
    test, train = trainer.dataset.test, trainer.dataset.train
    plans = epochs.evaluation_plans(trial, test, train, Feed.of(trainer.dataset.timeline))
    scored = plans["matched"] if trial.stateful else epochs.sliding_plan(trial, test, plans["cold"].plan.lanes)
    return diagnose(trial, program, scored, trainer.dataset)


def delay(steps: int) -> list[np.ndarray]:
    """A SimpleRNN that keeps the first feature for so many steps, and nothing else; its output is the oldest."""
    kernel, recurrent, head = np.zeros((2, 6)), np.zeros((6, 6)), np.zeros((6, 1))
    kernel[0, 0] = 0.01  # so small that tanh is a straight line
    for unit in range(steps):
        recurrent[unit, unit + 1] = 1
    head[steps] = 1
    return [kernel, recurrent, np.zeros(6), head, np.zeros(1)]


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("steps", [0, 1, 3])
@pytest.mark.representative
def test_a_model_that_shows_what_it_saw_d_steps_ago_has_a_horizon_of_d_and_the_present(
    record: Trainer, arm: str, steps: int
) -> None:
    metrics = found(record, spec(cell="SimpleRNN", **ARMS[arm]), *delay(steps))
    assert metrics["influence_horizon"] == steps + 1


def test_without_recurrent_weights_only_the_present_counts(record: Trainer) -> None:
    trial = spec(cell="SimpleRNN", reset_policy="never")
    weights = record.initial_weights(trial, 0)
    assert found(record, trial, weights[0], 0 * weights[1], *weights[2:])["influence_horizon"] == 1


@pytest.mark.parametrize(("arm", "most"), [("stateless", 5), ("burn-in", 5), ("every_n_batches", 10)])
def test_a_model_cannot_reach_further_back_than_its_state_is_carried(record: Trainer, arm: str, most: int) -> None:
    metrics = found(record, spec(**ARMS[arm]))
    assert metrics["influence_tried"] == most
    assert metrics["influence_horizon"] == most  # fresh LSTMs forget slowly


def test_where_all_that_was_tried_is_not_enough_the_horizon_is_one_more(record: Trainer) -> None:
    """Units that only add up forget nothing."""
    trial = spec(cell="SimpleRNN", reset_policy="never")
    metrics = found(record, trial, np.full((2, 6), 1e-4), np.eye(6), np.zeros(6), np.ones((6, 1)), np.zeros(1))
    assert metrics["influence_tried"] >= 50
    assert metrics["influence_horizon"] == metrics["influence_tried"] + 1


def test_a_sequence_is_all_the_past_there_is() -> None:
    trainer = Trainer(regression((20,) * 300))
    assert found(trainer, spec(reset_policy="every_sequence"))["influence_tried"] == 20


def cells_in_arms() -> Iterator[ParameterSet]:
    """Each cell in each arm; one cell an arm is quick."""
    cells = tuple(CELLS)
    for (i, arm), (j, cell) in product(enumerate(ARMS), enumerate(cells)):
        yield pytest.param(arm, cell, marks=() if j == i % len(cells) else pytest.mark.slow)


@pytest.mark.sampled(8)
@pytest.mark.parametrize(("arm", "cell"), list(cells_in_arms()))
def test_every_cell_and_arm_has_a_horizon(record: Trainer, cell: str, arm: str) -> None:
    metrics = found(record, spec(cell=cell, **ARMS[arm]))
    assert 1 <= metrics["influence_horizon"] <= metrics["influence_tried"] + 1
    assert metrics["state_norm"] > 0


@pytest.mark.parametrize("dataset", [regression(LENGTHS, by="time"), classification(LENGTHS), regression((60,))])
def test_short_and_many_sequences_and_classes_do_too(dataset: Dataset) -> None:
    trainer = Trainer(dataset)
    for fields in ARMS.values():
        assert found(trainer, spec(**fields)).get("influence_horizon", 1) >= 1


HALF, FULL, EMPTY = np.repeat([9.0, 0.0], 3), np.full(6, 9.0), np.zeros(6)
DRIVEN = {  # biases that drive half of the units to their limit, and let gates pass it on
    "SimpleRNN": HALF,
    "LSTM": np.concatenate([FULL, FULL, HALF, FULL]),
    "GRU": np.stack([np.concatenate([-FULL, EMPTY, HALF]), np.zeros(18)]),
}


@pytest.mark.parametrize("cell", DRIVEN)
def test_saturation_is_the_part_of_the_units_that_are_at_their_limit(record: Trainer, cell: str) -> None:
    trial = spec(cell=cell, reset_policy="never")
    kernel, recurrent, _, *head = record.initial_weights(trial, 0)
    metrics = found(record, trial, 0 * kernel, 0 * recurrent, DRIVEN[cell], *head)
    assert metrics["saturation"] == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("cell", [name for name, row in CELLS.items() if row.bounded is None])
def test_a_state_without_limits_cannot_be_saturated(record: Trainer, cell: str) -> None:
    assert "saturation" not in found(record, spec(cell=cell))


def test_ages_with_too_few_predictions_are_not_judged() -> None:
    used = Predictions(np.arange(100), np.full(100, 50), np.arange(100.0)[:, None])
    less = Predictions(np.arange(100), np.repeat([1, 2], [90, 10]), np.zeros((100, 1)))
    assert list(influence(used, [less]).ages) == [1]


def test_what_has_no_more_past_says_nothing_about_it() -> None:
    used = Predictions(np.arange(100), np.full(100, 3), np.arange(100.0)[:, None])
    same = Predictions(np.arange(100), np.repeat([2, 3], 50), np.arange(100.0)[:, None])
    assert list(influence(used, [same]).ages) == [2]


def test_a_change_is_measured_by_the_predictions_own_spread() -> None:
    values = np.random.default_rng(0).normal(size=(1000, 2))
    used = Predictions(np.arange(1000), np.full(1000, 9), values)
    less = Predictions(np.arange(1000), np.ones(1000, int), values + 0.1)
    assert influence(used, [less]).changes[0] == pytest.approx(0.1, rel=0.05)


def test_what_a_trained_model_uses_is_found() -> None:
    """Copy the bit of three timesteps ago."""
    task = LagCopy(lag=3)
    trainer = Trainer(prepare(task.load(Path()), task.split))
    trial = TrialSpec(units=32, batch_size=32, window=5, learning_rate=0.01, epochs=6)
    segment = trainer.train(trial, 0, seconds=1e9, test=True)
    assert segment.test is not None
    assert segment.test.metrics["test/influence_horizon"] == 4


def test_a_single_lane_that_carries_has_no_others_past_to_be_given() -> None:
    trainer = Trainer(regression((300,)))
    assert "influence_horizon" not in found(trainer, spec(reset_policy="never"))
    assert "influence_horizon" in found(trainer, spec(stateful=False))
