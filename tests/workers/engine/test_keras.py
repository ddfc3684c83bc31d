"""The engine computes what Keras computes: losses of model.fit, predictions of the exported model."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from _pytest.mark.structures import ParameterSet

from tests.cases import shown
from tests.workers.engine.training_helpers import train
from tests.workers.worlds import regression
from workers.data.dataset import Dataset
from workers.engine.checkpoint import Checkpoint
from workers.engine.evaluation import Evaluator
from workers.engine.training import Trainer
from workers.forecasting import keras_models
from workers.forecasting.package import BATCH
from workers.models import model as models
from workers.optimizers import OPTIMIZERS
from workers.plans import windows
from workers.spec import TrialSpec

pytestmark = pytest.mark.lengthy

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


@pytest.mark.sampled(6)
@pytest.mark.parametrize(("cell", "layers", "arm"), list(combined()))
def test_three_epochs_lose_what_model_fit_loses(
    trainer: Trainer, cell: str, layers: int, arm: dict[str, object]
) -> None:
    spec = spec_of(cell, layers, arm)
    reports, _ = train(trainer, spec, seed=3)
    ours = [report.metrics["train/loss"] for report in reports]
    assert ours == pytest.approx(fit_losses(spec, trainer), rel=1e-4)


@pytest.mark.lengthy
@pytest.mark.representative
def test_clipping_is_keras_global_clipnorm(trainer: Trainer) -> None:
    spec = spec_of("LSTM", 1, ARMS[2]).model_copy(update={"clip_norm": 0.05})
    reports, _ = train(trainer, spec, seed=3)
    clipped = keras.optimizers.Adam(spec.learning_rate, global_clipnorm=0.05)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras.optimizers, "Adam", lambda rate: clipped)
        assert [r.metrics["train/loss"] for r in reports] == pytest.approx(fit_losses(spec, trainer), rel=1e-4)


WRITTEN: list[tuple[dict[str, object], Callable[[], keras.optimizers.Optimizer]]] = [  # as a Keras user writes them
    ({"optimizer": "adam"}, lambda: keras.optimizers.Adam(RATE)),
    ({"optimizer": "rmsprop"}, lambda: keras.optimizers.RMSprop(RATE)),
    ({"optimizer": "rmsprop", "momentum": 0.5}, lambda: keras.optimizers.RMSprop(RATE, momentum=0.5)),
    ({"optimizer": "sgd"}, lambda: keras.optimizers.SGD(RATE)),
    ({"optimizer": "sgd", "momentum": 0.9}, lambda: keras.optimizers.SGD(RATE, momentum=0.9)),
    (
        {"optimizer": "sgd", "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
        lambda: keras.optimizers.SGD(RATE, momentum=0.9, nesterov=True, weight_decay=0.1),
    ),
    ({"optimizer": "adam", "weight_decay": 0.3}, lambda: keras.optimizers.AdamW(RATE, weight_decay=0.3)),
    ({"optimizer": "adamw"}, lambda: keras.optimizers.AdamW(RATE)),
    ({"optimizer": "nadam", "weight_decay": 0.1}, lambda: keras.optimizers.Nadam(RATE, weight_decay=0.1)),
    ({"optimizer": "nadam"}, lambda: keras.optimizers.Nadam(RATE)),
    ({"optimizer": "adamax"}, lambda: keras.optimizers.Adamax(RATE)),
    ({"optimizer": "adagrad"}, lambda: keras.optimizers.Adagrad(RATE)),
    ({"optimizer": "lion"}, lambda: keras.optimizers.Lion(RATE)),
]
RATE = 0.01
QUICK = (5,)  # of these


def named(case: tuple[dict[str, object], object]) -> str:
    return " ".join(map(str, case[0].values()))


def test_every_optimizer_is_compared_with_keras() -> None:
    assert {fields["optimizer"] for fields, _ in WRITTEN} == set(OPTIMIZERS)


@pytest.mark.parametrize(("fields", "written"), WRITTEN, ids=map(named, WRITTEN))
@pytest.mark.representative
def test_an_optimizer_makes_the_steps_of_keras_own_to_the_digit(
    fields: dict[str, object], written: Callable[[], keras.optimizers.Optimizer]
) -> None:
    spec = TrialSpec.model_validate({"learning_rate": 0.5, **fields})
    draws = np.random.default_rng(0).normal(size=(6, 2, 4, 3)).astype(np.float32)
    found = []
    for made in (models.optimizer(spec), written()):
        variables = [keras.Variable(draws[0, 0]), keras.Variable(draws[0, 1])]
        made.build(variables)
        if made.learning_rate != RATE:
            models.set_rates(made, spec.model_copy(update={"learning_rate": RATE}))
        for gradients in draws[1:]:
            made.apply([tf.constant(each) for each in gradients], variables)
        found.append([variable.numpy() for variable in variables])
    np.testing.assert_array_equal(found[0], found[1])


@pytest.mark.sampled(4)  # that each makes Keras' steps is shown above
@pytest.mark.parametrize(
    ("fields", "written"),
    [
        pytest.param(*case, id=named(case), marks=() if number in QUICK else pytest.mark.slow)
        for number, case in enumerate(WRITTEN)
    ],
)
def test_an_optimizer_trains_as_in_model_fit(
    trainer: Trainer, fields: dict[str, object], written: Callable[[], keras.optimizers.Optimizer]
) -> None:
    spec = spec_of("GRU", 1, ARMS[0]).model_copy(update=fields)
    reports, _ = train(trainer, spec, seed=3)
    made = written()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras.optimizers, "Adam", lambda rate: made)
        assert [r.metrics["train/loss"] for r in reports] == pytest.approx(fit_losses(spec, trainer), rel=1e-4)


def test_a_schedule_trains_as_in_model_fit(trainer: Trainer) -> None:
    spec = spec_of("GRU", 1, ARMS[0]).model_copy(update={"learning_rate_schedule": "cosine", "decay_floor": 0.1})
    reports, _ = train(trainer, spec, seed=3)
    schedule = keras.optimizers.schedules.CosineDecay(spec.learning_rate, 3 * N // WINDOW // LANES, 0.1)
    made = keras.optimizers.Adam(schedule)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras.optimizers, "Adam", lambda rate: made)
        assert [r.metrics["train/loss"] for r in reports] == pytest.approx(fit_losses(spec, trainer), rel=1e-4)
    last = float(schedule(3 * N // WINDOW // LANES - 1))
    assert reports[-1].metrics["learning_rate"] == pytest.approx(last, rel=1e-5)


def test_another_weight_decay_or_schedule_compiles_nothing_anew(trainer: Trainer) -> None:
    fields = {"optimizer": "adamw", "weight_decay": 0.1, "epochs": 1, "learning_rate_schedule": "cosine"}
    spec = spec_of("LSTM", 1, ARMS[0]).model_copy(update=fields)
    train(trainer, spec)
    before = dict(trainer.traces)
    train(trainer, spec.model_copy(update={"weight_decay": 0.4, "learning_rate": 0.1}))
    train(trainer, spec.model_copy(update={"learning_rate_schedule": "step", "warmup_epochs": 0.2}))
    assert dict(trainer.traces) == before


@pytest.mark.parametrize("cell", shown(["LSTM", "SimpleRNN", "GRU"]))
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
