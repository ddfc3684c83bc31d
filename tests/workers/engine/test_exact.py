"""Scores are those of a model that is fed everything from its beginning: lanes may make them fast, never wrong."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.cases import shown
from tests.workers.worlds import regression, sums
from workers.data.dataset import Dataset, prepare
from workers.data.sources.tasks import FirstBit
from workers.data.splits import Split
from workers.data.timeline import Sequences
from workers.engine.evaluation import Evaluator
from workers.engine.program import Program
from workers.engine.training import Trainer
from workers.forecasting import keras_models
from workers.plans.equivalence import training
from workers.plans.policies import POLICIES
from workers.plans.seeds import stream
from workers.spec import TrialSpec

pytestmark = pytest.mark.lengthy

RAGGED = (700, 90, 400, 12, 5, 300, 33, 260)
OWN: dict[str, dict[str, Any]] = {
    "every_n_batches": {"reset_interval": 40},
    "random": {"reset_probability": 0.03},
    "decay": {"state_decay": 0.999},
}


def panel(**split: object) -> Dataset:
    """Groups whose sequences lie between each other's, with targets three timesteps ahead, some of them missing."""
    timeline = sums(RAGGED)
    scored = np.random.default_rng(1).random(len(timeline.scored)) < 0.8
    mixed = replace(timeline, groups=np.array([3, 1, 3, 1, 1, 0, 3, 0]), scored=scored, horizon=3)
    return prepare(mixed, Split.model_validate(split))


WORLDS: dict[str, Callable[[], Dataset]] = {
    "one record": lambda: regression((1400,), validation=0.5, test=0.1),
    "sequences with a past": lambda: regression(RAGGED, by="time", validation=0.5, test=0.1),
    "whole sequences": lambda: regression(RAGGED, by="sequence", validation=0.6, test=0.1),
    "few of many short sequences": lambda: regression((7, 12, 20) * 40, by="sequence", validation=0.2, test=0.3),
    "groups in time": lambda: panel(by="time", validation=0.4, test=0.3),
    "groups, whole sequences": lambda: panel(by="sequence", validation=0.4, test=0.3),
}


@pytest.fixture(scope="module", params=shown(list(WORLDS), 2))
def trainer(request: pytest.FixtureRequest) -> Trainer:
    return Trainer(WORLDS[request.param]())


def spec(policy: str = "every_sequence", **fields: object) -> TrialSpec:
    usual = {"units": 4, "window": 5, "batch_size": 2, "reset_policy": policy, **OWN.get(policy, {})}
    return TrialSpec.model_validate({**usual, **fields})


def remembering(trainer: Trainer, trial: TrialSpec) -> Program:
    """A program whose cell keeps nearly all of its state at each timestep, for hundreds of them."""
    weights = trainer.initial_weights(trial, 0)
    units, bias = trial.units, 2
    if trial.cell == "LSTM":  # the gates i, f, c, o
        weights[bias][units : 2 * units] = 6
    else:  # of GRU the gates z, r, h
        weights[bias][:, :units] = 3
    return programmed(trainer, trial, weights)


def programmed(trainer: Trainer, trial: TrialSpec, weights: Sequence[np.ndarray] | None = None) -> Program:
    program = trainer.program(trial)
    program.reset(weights or trainer.initial_weights(trial, 0), 0)
    return program


def fed_whole(program: Program, trial: TrialSpec, dataset: Dataset, mode: str = "matched") -> np.ndarray:
    """(time,) squared errors of a model that is fed all that there is, a window after the other."""
    timeline, window = dataset.timeline, trial.window
    model = tf.function(program.model)
    found = np.full(len(timeline.features), np.nan)
    for group in [None] if timeline.groups is None else np.unique(timeline.groups):
        states = program.zero_states(1)
        for start, stop in whole_sequences(dataset, group):
            for position, at in enumerate(range(start, stop, window)):
                end = min(window, stop - at)
                x = np.zeros((1, window, timeline.features.shape[1]), np.float32)
                x[0, :end] = timeline.features[at : at + end]
                keep = survives(trial, dataset.train, position) if mode == "matched" else position > 0
                given = [np.float32(keep) * state for state in states]
                y, *states = model([tf.constant(x), tf.constant(np.arange(window)[None] < end), *given])
                found[at : at + end] = np.square(y.numpy()[0, :end] - timeline.targets[at : at + end])[:, 0]
    return found


def whole_sequences(dataset: Dataset, group: int | None) -> Iterator[tuple[int, int]]:
    """Where each of a group's sequences, or of all, begins and ends."""
    for number, (start, stop) in enumerate(zip(dataset.timeline.starts, dataset.timeline.stops, strict=True)):
        if dataset.timeline.groups is None or dataset.timeline.groups[number] == group:
            yield int(start), int(stop)


def survives(trial: TrialSpec, train: Sequences, position: int) -> float:
    """How much of the state survives into a sequence's window of this number, as the documentation has it."""
    through: float = position > 0 or not training(trial, train).one_sequence_a_lane
    rules: dict[str, Callable[[], float]] = {
        "every_batch": lambda: 0,
        "every_n_batches": lambda: position % trial.reset_interval != 0,
        "every_sequence": lambda: position > 0,
        "every_epoch": lambda: through,
        "never": lambda: through,
        "random": lambda: stream(0, "evaluation", 0).random(position + 1)[-1] >= trial.reset_probability,
        "decay": lambda: trial.state_decay,
    }
    return float(rules[trial.reset_policy]())


class Both(NamedTuple):
    """(n_scored,) squared errors as scored on lanes and fed whole, of which timesteps; and the passes it took."""

    time: np.ndarray
    scored: np.ndarray
    expected: np.ndarray
    passes: int
    lanes: int


def both(program: Program, trial: TrialSpec, dataset: Dataset, mode: str = "matched") -> Both:
    evaluator = Evaluator(trial, dataset.validation, dataset)
    scored, passes = evaluator.score(program, mode)
    expected = fed_whole(program, trial, dataset, mode)[scored.time]
    return Both(scored.time, scored.statistics[:, 0], expected, passes, evaluator.plans[mode].plan.lanes)


def is_exact(found: Both, dataset: Dataset) -> bool:
    """Whether every timestep and their mean are those of a model fed whole, in no more passes than there are lanes."""
    alike = np.allclose(found.scored, found.expected, rtol=1e-4, atol=1e-5)
    means = found.scored.mean(dtype=np.float64), found.expected.mean(dtype=np.float64)
    every = np.array_equal(found.time, dataset.scored_timesteps(dataset.validation))
    return every and alike and bool(np.isclose(*means, rtol=1e-6, atol=0)) and found.passes <= found.lanes


@pytest.mark.parametrize(("policy", "cell"), list(zip(POLICIES, 4 * ["LSTM", "GRU"], strict=False)))
def test_a_model_that_remembers_is_scored_as_if_fed_everything_from_its_beginning(
    trainer: Trainer, policy: str, cell: str
) -> None:
    trial = spec(policy, cell=cell)
    assert is_exact(both(remembering(trainer, trial), trial, trainer.dataset), trainer.dataset)


WINDOWED: list[Any] = [
    ("every_epoch", 12, {}),
    *(
        pytest.param(*each, marks=pytest.mark.slow)
        for each in (
            ("every_epoch", 1, {}),
            ("every_epoch", 60, {}),
            ("every_n_batches", 1, {"reset_interval": 130}),
            ("every_n_batches", 60, {"reset_interval": 3}),
            ("random", 1, {"reset_probability": 0.01}),
            ("random", 60, {"reset_probability": 0.4}),
            ("decay", 12, {}),
        )
    ),
]


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("policy", "window", "fields"), WINDOWED)
@pytest.mark.representative
def test_whatever_the_window(trainer: Trainer, policy: str, window: int, fields: dict[str, Any]) -> None:
    trial = spec(policy, window=window, **fields)
    program = remembering(trainer, trial)
    assert is_exact(both(program, trial, trainer.dataset), trainer.dataset)
    assert is_exact(both(program, trial, trainer.dataset, "carried"), trainer.dataset)


@pytest.mark.parametrize("policy", ["every_epoch", "never"])
def test_a_model_that_was_trained_with_a_sequence_in_each_lane_begins_each_at_zero(policy: str) -> None:
    trainer, trial = Trainer(regression((300,) * 4, by="time", validation=0.3)), spec(policy, batch_size=4)
    found = both(remembering(trainer, trial), trial, trainer.dataset)
    assert is_exact(found, trainer.dataset)
    carried = both(remembering(trainer, trial), trial, trainer.dataset, "carried")
    assert np.array_equal(found.scored, carried.scored)


def test_a_switch_that_is_set_once_is_traced_to_the_sequences_beginning(trainer: Trainer) -> None:
    """From zero state, any timestep would set it; whichever way, nothing later moves it."""
    trial = spec(cell="SimpleRNN", units=2)
    switches = [[[2.0, -2.0], [0, 0]], [[10.0, 0], [0, 10.0]], [0.0, 0.0], [[1.0], [0.5]], [0.0]]
    program = programmed(trainer, trial, [np.array(values) for values in switches])
    assert is_exact(both(program, trial, trainer.dataset), trainer.dataset)


def test_a_model_that_forgets_takes_one_pass(trainer: Trainer) -> None:
    trial = spec("every_epoch", cell="SimpleRNN")
    weights = trainer.initial_weights(trial, 0)
    program = programmed(trainer, trial, [weights[0], 0.5 * weights[1], *weights[2:]])
    found = both(program, trial, trainer.dataset)
    assert is_exact(found, trainer.dataset)
    assert found.passes == 1


def test_a_sequences_first_bit_is_remembered_to_the_end_of_400_timesteps() -> None:
    """A SimpleRNN of one unit: the first bit sets it to 1 or -1, and nothing later moves it."""
    task = FirstBit(sequence_length=(400, 400))
    trainer = Trainer(prepare(task.load(Path()), task.split))
    trial = spec(cell="SimpleRNN", units=1, window=12)
    latch = [[[2.0]], [[10.0]], [0.0], [[-1.0, 1.0]], [0.0, 0.0]]
    program = programmed(trainer, trial, [np.array(values) for values in latch])
    scored = Evaluator(trial, trainer.dataset.validation, trainer.dataset).score(program, "matched").scored
    assert scored.statistics[:, 1].all()  # a hit at every timestep


STREAMED = [("LSTM", "every_sequence"), ("GRU", "never"), ("LSTM", "every_n_batches"), ("GRU", "random")]


@pytest.mark.parametrize(("cell", "policy"), shown(STREAMED))
def test_scores_are_those_of_the_exported_model_that_is_fed_the_whole_file(cell: str, policy: str) -> None:
    """On sequences ten times as long as the lanes' warm-up."""
    dataset = regression((2200, 1700), by="time", validation=0.4, test=0.1)
    trainer, trial = Trainer(dataset), spec(policy, cell=cell)
    program = remembering(trainer, trial)
    predicted = streamed(keras_models.deployable(trial, dataset, program.weights, streaming=True), trial, dataset)
    scaling, timesteps = dataset.scaling, dataset.scored_timesteps(dataset.validation)
    errors = (predicted - scaling.target_mean) / scaling.target_scale - dataset.timeline.targets
    scored, passes = Evaluator(trial, dataset.validation, dataset).score(program, "matched")
    assert passes > 1
    assert scored.statistics[:, 0] == pytest.approx(np.square(errors)[timesteps, 0], rel=1e-3, abs=1e-5)


def streamed(model: keras.Model, trial: TrialSpec, dataset: Dataset) -> np.ndarray:
    """(time, n_targets) what a streaming model predicts of the whole file, in pieces from reset to reset."""
    features = dataset.timeline.features * dataset.scaling.feature_scale + dataset.scaling.feature_mean
    resets = [
        at
        for start, stop in whole_sequences(dataset, None)
        for position, at in enumerate(range(start, stop, trial.window))
        if at == 0 or survives(trial, dataset.train, position) == 0
    ]
    found = []
    for start, stop in pairwise([*resets, len(features)]):
        model.get_layer("recurrent_0").reset_state()
        found.append(model.predict_on_batch(features[None, start:stop])[0])
    return np.concatenate(found)
