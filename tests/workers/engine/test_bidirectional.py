"""Windows read both ways: what Keras' Bidirectional computes, and nothing forecast with a later timestep."""

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.cases import shown
from tests.workers.engine.training_helpers import losses, train
from tests.workers.worlds import regression
from workers.cells import CELLS
from workers.engine.evaluation import Evaluator
from workers.engine.training import Trainer
from workers.models import model as models
from workers.objective import Objective
from workers.plans import epochs
from workers.spec import TrialSpec

pytestmark = pytest.mark.lengthy

WINDOW, LANES, UNITS = 5, 4, 6
SIZES = {"units": UNITS, "window": WINDOW, "batch_size": LANES, "epochs": 1, "learning_rate": 0.01, "clip_norm": None}


def both_ways(**fields: object) -> TrialSpec:
    return TrialSpec.model_validate({**SIZES, "stateful": False, "bidirectional": True, **fields})


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    """Of a training part of 80 timesteps that all have a whole window behind them."""
    whole = regression((200,))
    cut = replace(whole.train, start=np.array([WINDOW - 1]), stop=np.array([WINDOW + 79]))
    return Trainer(replace(whole, train=cut), Objective("validation/loss_deployed"))


def keras_model(spec: TrialSpec, weights: list[Any]) -> keras.Sequential:
    """The model that a user of Keras writes."""
    directions = [
        keras.layers.Bidirectional(
            getattr(keras.layers, spec.cell)(spec.units, return_sequences=number < spec.layers - 1)
        )
        for number in range(spec.layers)
    ]
    model = keras.Sequential([keras.Input((WINDOW, 2)), *directions, keras.layers.Dense(1)])
    model.set_weights(weights)
    return model


def windows(trainer: Trainer, spec: TrialSpec) -> tuple[Any, Any]:
    """The inputs of every window of an epoch in the order of training, and the target of each one's last timestep."""
    data, timeline = trainer.dataset, trainer.dataset.timeline
    offset = epochs.training_plan(spec, data.train, 0, 0).offset.reshape(-1, 1)
    return timeline.features[offset + np.arange(WINDOW)], timeline.targets[offset[:, 0] + WINDOW - 1]


@pytest.mark.lengthy
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", [name for name, cell in CELLS.items() if cell.keras_name])
@pytest.mark.representative
def test_losses_and_gradients_of_a_batch_are_those_of_keras_bidirectional(
    trainer: Trainer, cell: str, layers: int
) -> None:
    spec = both_ways(cell=cell, layers=layers)
    weights = trainer.initial_weights(spec, seed=3)
    ours, theirs = models.build(spec, 2, 1, fused=True), keras_model(spec, weights)
    ours.set_weights(weights)
    x, y = (tf.constant(values[:16]) for values in windows(trainer, spec))
    zeros = [tf.zeros((16, UNITS)) for _ in ours.inputs[2:]]
    both: list[Any] = [
        (ours, lambda: ours([x, tf.ones(x.shape[:2], bool), *zeros], training=True)[0][:, -1]),
        (theirs, lambda: theirs(x, training=True)),
    ]
    found = []
    for model, forward in both:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(forward() - y))
        found.append([loss, *tape.gradient(loss, [variable.value for variable in model.trainable_variables])])
    for own, other in zip(*found, strict=True):
        assert np.asarray(own) == pytest.approx(np.asarray(other), rel=1e-5, abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(("cell", "layers"), shown([("LSTM", 2), ("GRU", 1), ("SimpleRNN", 2)]))
def test_an_epoch_loses_what_model_fit_loses(trainer: Trainer, cell: str, layers: int) -> None:
    spec = both_ways(cell=cell, layers=layers)
    (report,), _ = train(trainer, spec, seed=3)
    model = keras_model(spec, trainer.initial_weights(spec, seed=3))
    model.compile(keras.optimizers.Adam(spec.learning_rate), "mse")
    x, y = windows(trainer, spec)
    history = model.fit(x, y, batch_size=LANES, shuffle=False, verbose=0)
    scale = float(trainer.dataset.scaling.target_scale[0]) ** 2
    assert report.metrics["train/loss"] == pytest.approx(history.history["loss"][0] * scale, rel=1e-5)


def test_every_score_is_of_windows_at_their_last_timestep_and_nothing_is_carried(trainer: Trainer) -> None:
    spec = both_ways(layers=2)
    (report,), last = train(trainer, spec, seed=3)
    of_epoch = {report.metrics[f"validation/{name}"] for name in ("loss", "loss_cold", "loss_deployed")}
    assert len(of_epoch) == 1
    test = trainer.train(spec, 3, last.checkpoint, test=True).test
    assert test is not None
    assert not any("carried" in name for name in [*report.metrics, *test.metrics, *(last.final or {})] if "/" in name)
    assert test.metrics["test/loss"] == test.metrics["test/loss_cold"] == test.metrics["test/loss_deployed"]
    assert np.isnan(test.positions["matched"][:-1]).all()
    assert 1 <= test.metrics["test/influence_horizon"] <= WINDOW + 1
    assert 0 <= test.metrics["test/saturation"] <= 1


def test_no_output_depends_on_a_later_timestep(trainer: Trainer) -> None:
    """The inputs of the second half of the validation part are others: what is forecast before stays, bit for bit."""
    spec, data = both_ways(layers=2), trainer.dataset
    before = int(data.validation.lengths[0]) // 2
    at = int(data.validation.start[0]) + before
    features = data.timeline.features.copy()
    features[at:] += 3
    shifted = Trainer(replace(data, timeline=replace(data.timeline, features=features)))
    found = []
    for each in (trainer, shifted):
        program = each.program(spec)
        program.reset(trainer.initial_weights(spec, seed=3), 0)
        found.append(Evaluator(spec, data.validation, each.dataset).outputs(program))
    assert (found[0][:before] == found[1][:before]).all()
    assert (found[0][before:] != found[1][before:]).any(axis=-1).all()


@pytest.mark.slow
def test_the_size_of_a_segment_never_changes_a_result(trainer: Trainer) -> None:
    spec = both_ways(shuffle=True, dropout=0.2, recurrent_dropout=0.2, epochs=2)
    assert losses(trainer, spec, seconds=0.0) == losses(trainer, spec)
