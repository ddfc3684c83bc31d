"""The engine computes what Keras computes: losses of model.fit, predictions of the exported model."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path

import keras
import numpy as np
import pytest
from _pytest.mark.structures import ParameterSet

from tests.workers.engine.training_helpers import train
from tests.workers.worlds import regression
from workers.data.dataset import Dataset
from workers.engine.checkpoint import Checkpoint
from workers.engine.evaluation import Evaluator
from workers.engine.training import Trainer
from workers.forecasting import keras_models
from workers.forecasting.package import BATCH
from workers.plans import windows
from workers.spec import TrialSpec

CELLS = ("SimpleRNN", "LSTM", "GRU")
ARMS: tuple[dict[str, object], ...] = (
    {"stateful": False},
    {"reset_policy": "every_batch"},
    {"reset_policy": "every_epoch"},
)
N, WINDOW, LANES = 240, 5, 4


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    """A training part of 240 timesteps, which 4 lanes of 12 windows of 5 fill without a remainder."""
    whole = regression((400,))
    one = replace(whole.train, stop=np.array([N]))
    return replace(whole, train=one)


@pytest.fixture(scope="module")
def trainer(dataset: Dataset) -> Trainer:
    return Trainer(dataset)


def spec_of(cell: str, layers: int, arm: Mapping[str, object]) -> TrialSpec:
    sizes = {"units": 16, "window": WINDOW, "batch_size": LANES, "epochs": 3, "learning_rate": 0.01}
    return TrialSpec.model_validate({**sizes, **arm, "cell": cell, "layers": layers, "clip_norm": None})


def keras_model(spec: TrialSpec, trainer: Trainer) -> keras.Sequential:
    """The model a Keras user writes, with the engine's initial weights."""
    recurrent = [
        getattr(keras.layers, spec.cell)(spec.units, return_sequences=True, stateful=spec.stateful)
        for _ in range(spec.layers)
    ]
    head = keras.layers.Dense(1)
    model = keras.Sequential([keras.Input(batch_shape=(LANES, WINDOW, 2)), *recurrent, head])
    model.set_weights(trainer.initial_weights(spec, seed=3))
    model.compile(keras.optimizers.Adam(spec.learning_rate), "mse")
    return model


class Resets(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
    """The obvious callback: reset every recurrent layer where the policy says."""

    def __init__(self, policy: str) -> None:
        super().__init__()
        self.policy = policy

    def reset(self) -> None:
        for layer in self.model.layers:
            if isinstance(layer, keras.layers.RNN) and layer.stateful:
                layer.reset_state()

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
        self.reset()

    def on_train_batch_begin(self, batch: int, logs: object = None) -> None:
        if self.policy == "every_batch":
            self.reset()


def fit_losses(spec: TrialSpec, trainer: Trainer) -> list[float]:
    """Keras' losses on the same batches, row i of each continuing row i of the one before; in the targets' units."""
    offset = windows.lanes(windows.windows(trainer.dataset.train, WINDOW), LANES).offset.reshape(-1, 1) + np.arange(
        WINDOW
    )
    timeline = trainer.dataset.timeline
    model = keras_model(spec, trainer)
    history = model.fit(
        timeline.features[offset],
        timeline.targets[offset],
        batch_size=LANES,
        epochs=spec.epochs,
        shuffle=False,
        verbose=0,
        callbacks=[Resets(spec.reset_policy)],
    )
    scale = float(trainer.dataset.scaling.target_scale[0]) ** 2
    return [loss * scale for loss in history.history["loss"]]


def combined() -> Iterator[ParameterSet]:
    """Each cell with each number of layers in each arm; those are quick in which each of them appears once."""
    for (i, cell), layers, (j, arm) in product(enumerate(CELLS), (1, 2), enumerate(ARMS)):
        marks = () if i == j and layers == 1 + i % 2 else pytest.mark.slow
        yield pytest.param(cell, layers, arm, marks=marks, id=f"{cell}-{layers}-{arm.get('reset_policy', 'stateless')}")


@pytest.mark.parametrize(("cell", "layers", "arm"), list(combined()))
def test_three_epochs_lose_what_model_fit_loses(
    trainer: Trainer, cell: str, layers: int, arm: dict[str, object]
) -> None:
    spec = spec_of(cell, layers, arm)
    reports, _ = train(trainer, spec, seed=3)
    ours = [report.metrics["train/loss"] for report in reports]
    assert ours == pytest.approx(fit_losses(spec, trainer), rel=1e-4)


def test_clipping_is_keras_global_clipnorm(trainer: Trainer) -> None:
    spec = spec_of("LSTM", 1, ARMS[2]).model_copy(update={"clip_norm": 0.05})
    reports, _ = train(trainer, spec, seed=3)
    clipped = keras.optimizers.Adam(spec.learning_rate, global_clipnorm=0.05)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras.optimizers, "Adam", lambda rate: clipped)
        assert [r.metrics["train/loss"] for r in reports] == pytest.approx(fit_losses(spec, trainer), rel=1e-4)


@pytest.mark.parametrize("optimizer", [pytest.param("rmsprop", marks=pytest.mark.slow), "sgd"])
def test_optimizers_are_keras_own(trainer: Trainer, optimizer: str) -> None:
    spec = spec_of("GRU", 1, ARMS[0]).model_copy(update={"optimizer": optimizer})
    reports, _ = train(trainer, spec, seed=3)
    kind = {"rmsprop": keras.optimizers.RMSprop, "sgd": keras.optimizers.SGD}[optimizer]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras.optimizers, "Adam", kind)
        assert [r.metrics["train/loss"] for r in reports] == pytest.approx(fit_losses(spec, trainer), rel=1e-4)


@pytest.mark.parametrize("cell", [pytest.param("SimpleRNN", marks=pytest.mark.slow), "LSTM", "GRU"])
def test_the_exported_model_streams_what_the_engine_carries(trainer: Trainer, cell: str) -> None:
    """Batch size 1, fed in windows from the record's beginning: every timestep's error is the engine's."""
    dataset = replace(trainer.dataset, validation=replace(trainer.dataset.train, stop=np.array([100])))
    spec, warm = spec_of(cell, 2, ARMS[2]), Trainer(dataset)
    _, last = train(warm, spec)
    best = Checkpoint.from_bytes(last.checkpoint).best
    streamed = keras_models.deployable(spec, dataset, best, streaming=True)
    raw, targets = in_own_units(dataset)
    predicted = np.concatenate([streamed.predict_on_batch(raw[None, at : at + 5])[0] for at in range(0, 100, 5)])
    warm.program(spec).restore([*best, *Checkpoint.from_bytes(last.checkpoint).variables[len(best) :]])
    scored = Evaluator(spec, dataset.validation, dataset).score(warm.program(spec), "carried").scored
    errors = scored.statistics[:, 0] ** 0.5
    assert np.abs(predicted - targets)[:, 0] / dataset.scaling.target_scale == pytest.approx(errors, abs=1e-5)


def in_own_units(dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """(features, targets) of the first 100 timesteps as they were before scaling."""
    scaling, timeline = dataset.scaling, dataset.timeline
    features = timeline.features[:100] * scaling.feature_scale + scaling.feature_mean
    return features, timeline.targets[:100] * scaling.target_scale + scaling.target_mean


def test_a_saved_model_is_read_back_as_it_was(trainer: Trainer, tmp_path: Path) -> None:
    spec = spec_of("LSTM", 1, ARMS[0])
    _, last = train(trainer, spec)
    (tmp_path / "model.keras").write_bytes(keras_models.keras_files(spec, trainer.dataset, last.checkpoint)[BATCH])
    loaded = keras.models.load_model(tmp_path / "model.keras")
    weights = Checkpoint.from_bytes(last.checkpoint).best
    fresh = keras_models.deployable(spec, trainer.dataset, weights, streaming=False)
    x = np.random.default_rng(0).normal(size=(3, 7, 2)).astype(np.float32)
    assert (loaded.predict_on_batch(x) == fresh.predict_on_batch(x)).all()
