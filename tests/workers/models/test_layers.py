"""The cells that stock Keras layers lack, and GRU as it was first written: each is its paper's equations."""

import math
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.cases import shown
from tests.workers.engine.training_helpers import losses, train
from tests.workers.worlds import regression
from workers.engine.checkpoint import Checkpoint
from workers.engine.evaluation import Evaluator
from workers.engine.training import Trainer
from workers.forecasting import keras_models
from workers.forecasting.package import STREAMING
from workers.models import model
from workers.spec import TrialSpec

Array = np.ndarray
UNITS, WINDOW, LANES, FEATURES = 6, 5, 4, 2


def sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))


def normalised(x: Array) -> Array:
    return np.asarray((x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5))


def gru_reset_before(x: Array, states: list[Array], weights: list[Array]) -> list[Array]:
    """Cho et al. 2014, equations 5 to 8: the reset gate acts on the state before the recurrent product."""
    (h,), (w, u, b) = states, weights
    (wz, wr, wh), (uz, ur, uh), (bz, br, bh) = (np.split(v, 3, axis=-1) for v in (w, u, b))
    z, r = sigmoid(x @ wz + h @ uz + bz), sigmoid(x @ wr + h @ ur + br)
    return [z * h + (1 - z) * np.tanh(x @ wh + (r * h) @ uh + bh)]


def layer_norm_lstm(x: Array, states: list[Array], weights: list[Array]) -> list[Array]:
    (h, c), (w, u, b, w_gain, u_gain, c_gain, c_shift) = states, weights
    i, f, g, o = np.split(w_gain * normalised(x @ w) + u_gain * normalised(h @ u) + b, 4, axis=-1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return [sigmoid(o) * np.tanh(c_gain * normalised(c) + c_shift), c]


def min_gru(x: Array, states: list[Array], weights: list[Array]) -> list[Array]:
    (h,), (w, b) = states, weights
    z, candidate = np.split(x @ w + b, 2, axis=-1)
    return [(1 - sigmoid(z)) * h + sigmoid(z) * candidate]


def min_lstm(x: Array, states: list[Array], weights: list[Array]) -> list[Array]:
    (h,), (w, b) = states, weights
    f, i, candidate = np.split(x @ w + b, 3, axis=-1)
    f, i = sigmoid(f), sigmoid(i)
    return [f / (f + i) * h + i / (f + i) * candidate]


def ind_rnn(x: Array, states: list[Array], weights: list[Array]) -> list[Array]:
    (h,), (w, u, b) = states, weights
    return [np.maximum(0, x @ w + np.clip(u, -1, 1) * h + b)]


def lru(x: Array, states: list[Array], weights: list[Array]) -> list[Array]:
    decay, angle, scale, b_real, b_imaginary, *_ = weights
    eigenvalue = np.exp(-np.exp(decay) + 1j * np.exp(angle))
    s = eigenvalue * (states[0] + 1j * states[1]) + np.exp(scale) * (x @ (b_real + 1j * b_imaginary))
    return [s.real, s.imag]


def lru_shown(x: Array, states: list[Array], weights: list[Array]) -> Array:
    c_real, c_imaginary, past, gate, bias = weights[5:]
    y = ((states[0] + 1j * states[1]) @ (c_real + 1j * c_imaginary)).real + x @ past
    y = y * (1 + np.vectorize(math.erf)(y / 2**0.5)) / 2
    return np.asarray(y * sigmoid(y @ gate + bias))


def first_state(x: Array, states: list[Array], weights: list[Array]) -> Array:
    return states[0]


def slstm(x: Array, states: list[Array], weights: list[Array]) -> list[Array]:
    """Without the stabilizer: c and n are exp(m) times what the layer keeps."""
    (h, c, n, m), (w, u, b) = states, weights
    i, f, g, o = np.split(x @ w + h @ u + b, 4, axis=-1)
    whole = [np.exp(m) * kept for kept in (c, n)]
    c, n = sigmoid(f) * whole[0] + np.exp(i) * np.tanh(g), sigmoid(f) * whole[1] + np.exp(i)
    m = np.where(whole[1] == 0, i, np.maximum(np.log(sigmoid(f)) + m, i))
    return [sigmoid(o) * c / n, c / np.exp(m), n / np.exp(m), m]


STEPS: dict[str, tuple[dict[str, object], Callable[..., list[Array]]]] = {
    "GRU, reset_after: false": ({"cell": "GRU", "reset_after": False}, gru_reset_before),
    "LayerNormLSTM": ({"cell": "LayerNormLSTM"}, layer_norm_lstm),
    "MinGRU": ({"cell": "MinGRU"}, min_gru),
    "MinLSTM": ({"cell": "MinLSTM"}, min_lstm),
    "IndRNN": ({"cell": "IndRNN"}, ind_rnn),
    "LRU": ({"cell": "LRU"}, lru),
    "SLSTM": ({"cell": "SLSTM"}, slstm),
}
SHOWN: dict[str, Callable[..., Array]] = {"LRU": lru_shown}  # of other cells the output is the first state


class World:
    """A cell's model on random numbers: weights, three of five timesteps valid in the last lane, and some state."""

    def __init__(self, name: str, fused: bool) -> None:
        fields, self.step = STEPS[name]
        self.shown: Callable[..., Array] = SHOWN.get(name, first_state)
        self.spec = TrialSpec.model_validate({"units": UNITS, **fields})
        self.model = model.build(self.spec, FEATURES, 1, fused=fused)
        rng = np.random.default_rng(0)
        self.model.set_weights([rng.normal(size=w.shape).astype(np.float32) for w in self.model.get_weights()])
        self.x = rng.normal(size=(LANES, WINDOW, FEATURES)).astype(np.float32)
        self.end = np.array([5, 5, 5, 3])
        self.states = [rng.normal(size=(LANES, UNITS)).astype(np.float32) for _ in self.model.inputs[2:]]
        if name == "SLSTM":  # whose third state is a sum of exponentials
            self.states[2] = np.exp(self.states[2])
        self.compiled = tf.function(self.model, jit_compile=True)

    def run(self, end: Array) -> tuple[Array, list[Array]]:
        """(y, states) by the compiled model, timesteps from `end` on masked."""
        y, *states = self.compiled([self.x, np.arange(WINDOW) < end[:, None], *self.states])
        return y.numpy(), [state.numpy() for state in states]


@pytest.fixture(scope="module", params=list(product(sorted(STEPS), (False, True))))
def world(request: pytest.FixtureRequest) -> World:
    return World(*request.param)


def by_hand(world: World) -> tuple[Array, list[Array]]:
    """(y, states) in plain NumPy, in double precision, lane by lane as far as it goes."""
    *weights, head, shift = [w.astype(np.float64) for w in world.model.get_weights()]
    y, ends = np.zeros((LANES, WINDOW, 1)), [np.zeros((LANES, UNITS)) for _ in world.states]
    for lane in range(LANES):
        states = [state[lane].astype(np.float64) for state in world.states]
        for t in range(world.end[lane]):
            x = world.x[lane, t].astype(np.float64)
            states = world.step(x, states, weights)
            y[lane, t] = world.shown(x, states, weights) @ head + shift
        for kept, state in zip(ends, states, strict=True):
            kept[lane] = state
    return y, ends


def test_the_compiled_cell_is_its_papers_equations(world: World) -> None:
    y, states = world.run(world.end)
    expected, ends = by_hand(world)
    valid = np.arange(WINDOW) < world.end[:, None]
    assert y[valid] == pytest.approx(expected[valid], abs=1e-5)
    assert all(a == pytest.approx(b, abs=1e-5) for a, b in zip(states, ends, strict=True))


def test_masked_timesteps_keep_the_state_bit_for_bit(world: World) -> None:
    _, states = world.run(np.zeros(LANES, int))
    assert all((after == before).all() for after, before in zip(states, world.states, strict=True))


def test_what_is_masked_does_not_show_in_the_state(world: World) -> None:
    _, before = world.run(world.end)
    world.x[3, 3:] = 1e6
    _, after = world.run(world.end)
    assert all((a == b).all() for a, b in zip(after, before, strict=True))


def test_a_gru_has_a_program_for_each_place_of_its_reset_gate_and_other_cells_have_one() -> None:
    trainer = Trainer(regression((60,)))
    for cell in ("GRU", "MinGRU"):
        for reset_after in (True, False):
            trainer.program(TrialSpec(cell=cell, reset_after=reset_after, units=2))
    assert len(trainer._programs) == 3


class Trained:
    """A worker, two layers of a cell trained on it for two epochs, and the model to deploy."""

    def __init__(self, name: str) -> None:
        sizes = {"units": UNITS, "layers": 2, "window": WINDOW, "batch_size": LANES, "epochs": 2}
        self.spec = TrialSpec.model_validate({**sizes, **STEPS[name][0], "reset_policy": "every_epoch"})
        whole = regression((200,))
        self.dataset = replace(whole, validation=replace(whole.train, stop=np.array([100])))
        self.trainer = Trainer(self.dataset)
        self.checkpoint = train(self.trainer, self.spec)[1].checkpoint

    def features(self) -> Array:
        """(100, 2) the validation part as it was before scaling."""
        scaling = self.dataset.scaling
        return self.dataset.timeline.features[:100] * scaling.feature_scale + scaling.feature_mean

    def errors(self) -> Array:
        """(100,) the engine's errors in the validation part, its state carried, in units of the targets' scale."""
        program, saved = self.trainer.program(self.spec), Checkpoint.from_bytes(self.checkpoint)
        program.restore([*saved.best, *saved.variables[len(saved.best) :]])
        scored = Evaluator(self.spec, self.dataset.validation, self.dataset).score(program, "carried").scored
        return np.asarray(scored.statistics[:, 0] ** 0.5)


@pytest.fixture(scope="module", params=shown(sorted(STEPS)))
def trained(request: pytest.FixtureRequest) -> Trained:
    return Trained(request.param)


@pytest.mark.lengthy
def test_a_saved_model_streams_what_the_engine_carries(trained: Trained, tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    path.write_bytes(keras_models.keras_files(trained.spec, trained.dataset, trained.checkpoint)[STREAMING])
    loaded, x = keras.models.load_model(path, safe_mode=True), trained.features()
    predicted = np.concatenate([loaded.predict_on_batch(x[None, at : at + 5])[0] for at in range(0, 100, 5)])
    scaling = trained.dataset.scaling
    scaled = (predicted - scaling.target_mean) / scaling.target_scale
    assert np.abs(scaled - trained.dataset.timeline.targets[:100])[:, 0] == pytest.approx(trained.errors(), abs=1e-5)


def test_a_trained_cell_gives_the_same_losses_in_segments_of_any_size(trained: Trained) -> None:
    assert losses(trained.trainer, trained.spec, seconds=0.0) == losses(trained.trainer, trained.spec)


@pytest.mark.lengthy
def test_importing_the_cells_is_all_that_loading_a_saved_model_needs(tmp_path: Path) -> None:
    dataset, spec = regression((60,)), TrialSpec(cell="MinGRU", units=2)
    weights = Trainer(dataset).initial_weights(spec, 0)
    keras_models.deployable(spec, dataset, weights, streaming=True).save(tmp_path / "model.keras")
    code = "import sys, keras, workers.models.layers; keras.models.load_model(sys.argv[1], safe_mode=True)"
    loaded = subprocess.run([sys.executable, "-c", code, tmp_path / "model.keras"], check=False, capture_output=True)
    assert loaded.returncode == 0, loaded.stderr.decode()
