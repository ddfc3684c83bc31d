"""A trial with weighted classes is what Keras trains with these weights, and is scored without them."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from tests.workers.worlds import classification
from workers.data.class_weights import balanced
from workers.data.dataset import Dataset, prepare
from workers.data.splits import Split
from workers.engine.checkpoint import Checkpoint
from workers.engine.training import Trainer
from workers.plans import windows
from workers.plans.equivalence import canonical
from workers.spec import Segment, TrialSpec

pytestmark = pytest.mark.lengthy

N, WINDOW, LANES = 240, 5, 4
SIZES = {"units": 6, "window": WINDOW, "batch_size": LANES, "epochs": 3, "learning_rate": 0.02, "clip_norm": None}


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    """Three classes of which one is rare; a training part that 4 lanes of 12 windows of 5 fill without a remainder."""
    given = classification((400,)).given
    rare = np.where(np.arange(400) % 9 == 0, 2, given.targets).astype(np.int32)
    whole = prepare(replace(given, targets=rare, n_classes=3), Split())
    return replace(whole, train=replace(whole.train, stop=np.array([N])))


def trained(trainer: Trainer, **fields: object) -> tuple[TrialSpec, Segment]:
    spec = canonical(TrialSpec.model_validate({**SIZES, "stateful": False, **fields}), trainer.dataset.train)
    return spec, trainer.train(spec, 3, seconds=1e9)


@pytest.mark.slow
def test_its_weights_are_those_of_model_fit_with_these_sample_weights(dataset: Dataset) -> None:
    trainer = Trainer(dataset)
    spec, segment = trained(trainer, class_weight="balanced")
    of_class = balanced(dataset.timeline.targets[:N], 3)
    offset = windows.lanes(windows.windows(dataset.train, WINDOW), LANES).offset.reshape(-1, 1) + np.arange(WINDOW)
    head = keras.layers.Dense(3)
    recurrent = keras.layers.LSTM(spec.units, return_sequences=True)
    model = keras.Sequential([keras.Input(batch_shape=(LANES, WINDOW, 1)), recurrent, head])
    model.set_weights(trainer.initial_weights(spec, seed=3))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(spec.learning_rate), loss)
    targets = dataset.timeline.targets[offset]
    fit = {"batch_size": LANES, "epochs": spec.epochs, "shuffle": False, "verbose": 0}
    model.fit(dataset.timeline.features[offset], targets, sample_weight=of_class[targets], **fit)
    ours = Checkpoint.from_bytes(segment.checkpoint).variables[: len(model.get_weights())]
    for own, known in zip(ours, model.get_weights(), strict=True):
        np.testing.assert_allclose(own, known, atol=2e-5)
    unweighted = trained(trainer)[1]
    assert segment.reports[0].metrics["validation/loss"] > unweighted.reports[0].metrics["validation/loss"]
    assert segment.reports[-1].metrics["train/loss"] > unweighted.reports[-1].metrics["train/loss"]
