"""Layers with loops of their own are Keras' layers: the same weights, numbers and gradients, whatever is masked."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from tests.workers.engine.training_helpers import losses
from tests.workers.worlds import regression
from workers import kernels
from workers.cells import CELLS
from workers.engine.training import Trainer
from workers.forecasting import keras_models
from workers.models import model
from workers.spec import TrialSpec

UNITS, FEATURES, LANES, WINDOW = 5, 2, 3, 6

Arrays = list[np.ndarray]


def rows() -> Iterator[TrialSpec]:
    """A trial of every row that has a fused layer, with each choice of its own fields, which are all yes or no."""
    for name, cell in CELLS.items():
        if cell.fused:
            for choice in product((True, False), repeat=len(cell.options)):
                options = dict(zip(cell.options, choice, strict=True))
                yield TrialSpec.model_validate({"cell": name, "units": UNITS, **options})


def named(spec: TrialSpec) -> str:
    return spec.cell if spec.reset_after else f"{spec.cell} before"


def slow_but(quick: Sequence[str], spec: TrialSpec) -> Sequence[pytest.MarkDecorator]:
    return () if named(spec) in quick else (pytest.mark.slow,)


@pytest.fixture(scope="module", params=list(rows()), ids=named)
def spec(request: pytest.FixtureRequest) -> TrialSpec:
    trial: TrialSpec = request.param
    return trial


class Pair:
    """A row's own layer and its fused one, with the same random weights."""

    def __init__(self, spec: TrialSpec, n_features: int = FEATURES, *, backwards: bool = False) -> None:
        self.n_states = CELLS[spec.cell].states
        self.own, self.fused = (
            model.recurrent(spec, 0, fused=fused, backwards=backwards, return_state=True) for fused in (False, True)
        )
        self.rng = np.random.default_rng(0)
        # What is divided by a deviation that chance made small has its rounding multiplied: 2e-4 in one draw of 1,500.
        self.rounding = 1e-3 if "LayerNorm" in spec.cell else 1e-5
        for layer in (self.own, self.fused):
            layer.build((None, None, n_features))
        self.own.set_weights([self.draw(*weight.shape) for weight in self.own.get_weights()])
        self.fused.set_weights(self.own.get_weights())

    def draw(self, *shape: int) -> np.ndarray:
        return self.rng.normal(size=shape).astype(np.float32)

    def agree(self, mask: np.ndarray, n_features: int = FEATURES) -> bool:
        """Whether outputs, states and all gradients of a random loss are the same."""
        given = [self.draw(*mask.shape, n_features), *(self.draw(len(mask), UNITS) for _ in range(self.n_states))]
        pull = [self.draw(*mask.shape, UNITS), *(self.draw(len(mask), UNITS) for _ in range(self.n_states))]
        fused, own = (results(layer, mask, given, pull) for layer in (self.fused, self.own))
        return same(fused, own, self.rounding)


def results(layer: keras.layers.Layer, mask: Any, given: Any, pull: Any) -> list[Any]:
    """Outputs and states, and the gradients for inputs, initial states and weights of their sum, weighted by `pull`."""
    x, *states = given = [tf.convert_to_tensor(values) for values in given]
    weights = [variable.value for variable in layer.trainable_variables]
    with tf.GradientTape() as tape:
        tape.watch(given)
        found = layer(x, mask=tf.convert_to_tensor(mask), initial_state=states, training=True)
        loss = tf.add_n([tf.reduce_sum(values * weight) for values, weight in zip(found, pull, strict=True)])
    return [*found, *tape.gradient(loss, [*given, *weights], unconnected_gradients="zero")]


def same(ours: Sequence[Any], theirs: Sequence[Any], rounding: float) -> bool:
    """Whether arrays are the same, pair by pair, but for rounding, as a part of the largest number."""
    return all(_alike(np.asarray(own), np.asarray(other), rounding) for own, other in zip(ours, theirs, strict=True))


def _alike(own: np.ndarray, other: np.ndarray, rounding: float) -> bool:
    near: bool = own.shape == other.shape and np.abs(own - other).max() <= rounding * np.abs(other).max() + 1e-6
    return near


@pytest.fixture(scope="module")
def pair(spec: TrialSpec) -> Pair:
    return Pair(spec)


SIZES = st.tuples(st.integers(1, 3), st.integers(1, 5))


@settings(max_examples=10)  # of both layers step by step, which takes long
@given(mask=st_numpy.arrays(bool, SIZES))
def test_outputs_states_and_gradients_are_those_of_the_stock_layer(pair: Pair, mask: np.ndarray) -> None:
    assert pair.agree(mask)


@pytest.mark.parametrize("n_features", [1, 3])
def test_they_are_with_other_numbers_of_features(spec: TrialSpec, n_features: int) -> None:
    assert Pair(spec, n_features).agree(np.array([[1, 1, 0, 1], [0, 1, 1, 1]], bool), n_features)


def test_a_layer_that_reads_backwards_is_one_that_reads_what_is_turned_round(spec: TrialSpec, pair: Pair) -> None:
    backwards, mask = Pair(spec, backwards=True), np.array([[1, 1, 0, 1], [1, 1, 1, 0], [0, 0, 0, 0]], bool)
    assert backwards.agree(mask)
    x, *states = pair.draw(3, 4, FEATURES), *(pair.draw(3, UNITS) for _ in range(pair.n_states))
    for ahead, back in ((pair.own, backwards.own), (pair.fused, backwards.fused)):
        back.set_weights(ahead.get_weights())
        expected = ahead(x[:, ::-1], mask=tf.constant(mask[:, ::-1]), initial_state=states)
        assert same(back(x, mask=tf.constant(mask), initial_state=states), expected, pair.rounding)


def masks() -> Iterator[np.ndarray]:
    """Holes at random, among them rows without a timestep that counts; all; none."""
    rng = np.random.default_rng(0)
    for share in (0.3, 0.6, 0.9, 1.0, 0.0):
        yield rng.random((LANES, WINDOW)) < share


@pytest.mark.lengthy
def test_they_are_so_when_compiled(pair: Pair) -> None:
    given = [pair.draw(LANES, WINDOW, FEATURES), *(pair.draw(LANES, UNITS) for _ in range(pair.n_states))]
    pull = [pair.draw(LANES, WINDOW, UNITS), *(pair.draw(LANES, UNITS) for _ in range(pair.n_states))]
    fused, own = (
        tf.function(lambda mask, layer=layer: results(layer, mask, given, pull), jit_compile=True)
        for layer in (pair.fused, pair.own)
    )
    for mask in map(tf.constant, masks()):
        assert same(fused(mask), own(mask), pair.rounding)


@pytest.mark.lengthy
def test_in_evaluation_outputs_and_states_are_the_same(pair: Pair) -> None:
    x, *states = pair.draw(LANES, WINDOW, FEATURES), *(pair.draw(LANES, UNITS) for _ in range(pair.n_states))
    fused, own = (tf.function(layer, jit_compile=True) for layer in (pair.fused, pair.own))
    for mask in map(tf.constant, masks()):
        found = [layer(x, mask=mask, initial_state=states, training=False) for layer in (fused, own)]
        assert same(found[0], found[1], pair.rounding)


def test_without_a_mask_all_timesteps_count(pair: Pair) -> None:
    x = pair.draw(LANES, WINDOW, FEATURES)
    for bare, masked in zip(pair.fused(x), pair.fused(x, mask=tf.ones((LANES, WINDOW), bool)), strict=True):
        assert (bare.numpy() == masked.numpy()).all()


def test_shapes_that_are_not_known_beforehand_are_left_to_the_stock_layer(pair: Pair) -> None:
    unknown = tf.function(pair.fused, input_signature=[tf.TensorSpec((None, None, FEATURES))])
    x = pair.draw(LANES, WINDOW, FEATURES)
    assert same(unknown(x), pair.own(x), pair.rounding)


def test_weights_are_those_of_the_stock_layer_from_their_names_to_their_first_values(spec: TrialSpec) -> None:
    made = []
    for fused in (False, True):
        keras.utils.set_random_seed(7)
        made.append(model.build(spec.model_copy(update={"layers": 2}), FEATURES, 1, fused=fused).trainable_variables)
    for own, ours in zip(*made, strict=True):
        assert own.name == ours.name
        assert (own.numpy() == ours.numpy()).all()


class Window:
    """A compiled fused model on random numbers."""

    def __init__(self, spec: TrialSpec) -> None:
        self.model = model.build(spec, FEATURES, 1, fused=True)
        rng = np.random.default_rng(0)
        self.x = rng.normal(size=(LANES, WINDOW, FEATURES)).astype(np.float32)
        self.states = [rng.normal(size=(LANES, UNITS)).astype(np.float32) for _ in self.model.inputs[2:]]
        self.compiled = tf.function(self.model, jit_compile=True)

    def run(self, length: int, valid: int) -> Arrays:
        """The outputs of the first `valid` of so many timesteps, and the states after them."""
        mask = np.repeat(np.arange(length)[None] < valid, LANES, axis=0)
        y, *states = self.compiled([self.x[:, :length], mask, *self.states])
        return [y.numpy()[:, :valid], *(state.numpy() for state in states)]


@pytest.fixture(scope="module")
def window(spec: TrialSpec) -> Window:
    return Window(spec)


@pytest.mark.lengthy
def test_a_partly_masked_window_is_a_shorter_one_bit_for_bit(window: Window) -> None:
    longer, shorter = window.run(WINDOW, valid=4), window.run(4, valid=4)
    assert all((a == b).all() for a, b in zip(longer, shorter, strict=True))


def test_a_masked_window_keeps_the_states_bit_for_bit(window: Window) -> None:
    _, *after = window.run(WINDOW, valid=0)
    assert all((a == b).all() for a, b in zip(after, window.states, strict=True))


SIZE = {"window": 5, "batch_size": 4, "epochs": 3, "learning_rate": 0.01, "reset_policy": "every_epoch"}
QUICK = ("LSTM", "MinGRU")


@pytest.mark.parametrize("trial", [pytest.param(row, id=named(row), marks=slow_but(QUICK, row)) for row in rows()])
@pytest.mark.lengthy
def test_a_training_gives_the_losses_of_stock_layers(trial: TrialSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = regression((70, 33, 91, 58, 12, 66), by="sequence", validation=0.2, test=0.2)
    trial = trial.model_copy(update={**SIZE, "layers": 2 if trial.cell == "LSTM" else 1})
    ours = losses(Trainer(dataset), trial)
    monkeypatch.setitem(CELLS, trial.cell, CELLS[trial.cell]._replace(fused=""))
    theirs = losses(Trainer(dataset), trial)
    assert np.array(ours) == pytest.approx(np.array(theirs), rel=1e-5)  # three epochs enlarge what rounds otherwise


def recurrent_layers(model: keras.Model) -> list[type]:
    return [type(layer) for layer in model.layers if isinstance(layer, keras.layers.RNN)]


def test_the_engine_trains_with_them_exports_without_them_and_leaves_large_ones_on_a_gpu_to_cudnn(
    spec: TrialSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = regression((60,))
    trainer = Trainer(dataset)
    stock = [type(model.recurrent(spec, 0))]
    assert recurrent_layers(trainer.program(spec).model) == [type(model.recurrent(spec, 0, fused=True))] != stock
    exported = keras_models.deployable(spec, dataset, trainer.initial_weights(spec, 0), streaming=True)
    assert recurrent_layers(exported) == stock
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [kind])
    small = Trainer(dataset).program(spec).model
    assert recurrent_layers(small) != stock
    assert not any(getattr(layer, "use_cudnn", False) for layer in small.layers)
    monkeypatch.setattr(kernels, "LEAST_UNITS", spec.units)
    is_cudnn_s = kernels.on_gpu(spec).cudnn
    assert (recurrent_layers(Trainer(dataset).program(spec).model) == stock) == is_cudnn_s
