"""Recurrent dropout is that of Keras' layers: the same masks, numbers and gradients, and in training alone."""

from typing import Any

import keras
import numpy as np
import pytest

from tests.workers.models.fused.test_fused import FEATURES, LANES, UNITS, WINDOW, named, results, rows, same
from workers.cells import CELLS
from workers.models import model
from workers.models.fused.recall import RecurrentDropout
from workers.signature import options
from workers.spec import TrialSpec

RATE = 0.4
Array = np.ndarray


def sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))


def simple_rnn(x: Array, h: Array, c: Array, weights: list[Array], masks: list[Array]) -> list[Array]:
    (w, u, b), (m,) = weights, masks
    return [np.tanh(x @ w + (h * m) @ u + b)]


def lstm(x: Array, h: Array, c: Array, weights: list[Array], masks: list[Array]) -> list[Array]:
    w, u, b = (np.split(each, 4, axis=-1) for each in weights)
    i, f, g, o = (x @ w[k] + (h * masks[k]) @ u[k] + b[k] for k in range(4))
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return [sigmoid(o) * np.tanh(c), c]


def gru(x: Array, h: Array, c: Array, weights: list[Array], masks: list[Array]) -> list[Array]:
    w, u, b = (np.split(each, 3, axis=-1) for each in weights)
    z, r = (sigmoid(x @ w[k] + (h * masks[k]) @ u[k] + b[k].reshape(-1, UNITS).sum(0)) for k in (0, 1))
    seen = h * masks[2]  # the part that is kept, z h, is of the whole state
    if b[2].ndim == 1:
        return [z * h + (1 - z) * np.tanh(x @ w[2] + (r * seen) @ u[2] + b[2])]
    return [z * h + (1 - z) * np.tanh(x @ w[2] + b[2][0] + r * (seen @ u[2] + b[2][1]))]


STEPS = {"SimpleRNN": simple_rnn, "LSTM": lstm, "GRU": gru}


class Dropping:
    """A fused layer with recurrent dropout, Keras' own of the same weights and seed, and random numbers for both."""

    def __init__(self, spec: TrialSpec) -> None:
        cell, rng = CELLS[spec.cell], np.random.default_rng(0)
        self.step, self.ours = STEPS[spec.cell], model.recurrent(spec, 0, fused=True, return_state=True)
        self.ours.hidden = self.hidden = RecurrentDropout(self.ours, cell.masks)
        self.hidden.rate.assign(RATE)
        how: dict[str, Any] = {"return_sequences": True, "return_state": True, "recurrent_dropout": RATE}
        self.theirs = getattr(keras.layers, cell.keras_name)(UNITS, **how, **options(spec))
        for layer in (self.ours, self.theirs):
            layer.build((None, None, FEATURES))
        self.ours.set_weights([rng.normal(size=weight.shape) for weight in self.ours.get_weights()])
        self.theirs.set_weights(self.ours.get_weights())
        shapes = [(LANES, WINDOW, FEATURES), *[(LANES, UNITS)] * cell.states]
        self.given = [rng.normal(size=shape).astype(np.float32) for shape in shapes]
        self.pull = [rng.normal(size=(LANES, WINDOW, UNITS)), *(rng.normal(size=(LANES, UNITS)) for _ in shapes[1:])]

    def seed(self) -> None:
        for layer in (self.ours, self.theirs):
            layer.cell.seed_generator.state.assign([7, 0])


@pytest.fixture(scope="module", params=[spec for spec in rows() if CELLS[spec.cell].masks], ids=named)
def dropping(request: pytest.FixtureRequest) -> Dropping:
    return Dropping(request.param)


def test_outputs_states_and_gradients_are_those_of_keras(dropping: Dropping) -> None:
    mask = np.array([[1, 1, 0, 1, 1, 1], [0, 1, 1, 1, 0, 0], [1, 1, 1, 1, 1, 1]], bool)
    pull = [values.astype(np.float32) for values in dropping.pull]
    dropping.seed()
    ours, theirs = (results(layer, mask, dropping.given, pull) for layer in (dropping.ours, dropping.theirs))
    assert same(ours, theirs, 1e-5)


def test_a_timestep_is_the_cell_s_equations_with_a_mask_for_each_sum(dropping: Dropping) -> None:
    x, *states = (values.astype(float) for values in dropping.given)
    dropping.seed()
    masks = [mask.numpy() for mask in dropping.hidden.masks(LANES)]
    weights = [weight.astype(float) for weight in dropping.ours.get_weights()]
    expected = dropping.step(x[:, 0], states[0], states[-1], weights, masks)
    dropping.seed()
    _, *after = dropping.ours(dropping.given[0][:, :1], initial_state=dropping.given[1:], training=True)
    assert [np.asarray(state) for state in after] == [pytest.approx(state, abs=1e-5) for state in expected]
    assert sorted(set(np.ravel(masks))) == pytest.approx([0, 1 / (1 - RATE)])


def test_in_evaluation_nothing_is_hidden_and_nothing_is_drawn(dropping: Dropping) -> None:
    dropping.seed()
    ours, theirs = (
        layer(dropping.given[0], initial_state=dropping.given[1:], training=False)
        for layer in (dropping.ours, dropping.theirs)
    )
    assert same(ours, theirs, 1e-5)
    assert dropping.hidden.seed_generator.state.numpy().tolist() == [7, 0]
