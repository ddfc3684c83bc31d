"""A model of the user's own goes on from its states, or is refused by the name of the layer that cannot."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops

from tests.workers.own_models import CAUSAL, CODE, LSTM, MIXED
from workers.data.code_files import Code
from workers.data.embeddings import Embedding
from workers.errors import DataError
from workers.models import model as models
from workers.models import own_models
from workers.models.streamed import carrying, own_classes, with_states
from workers.spec import TrialSpec

FEATURES, OUTPUTS, ROWS, LENGTH = 3, 2, 2, 23
MODELS = [LSTM, MIXED, CAUSAL]


def net(path: str, code: Code = CODE) -> keras.Model:
    keras.utils.set_random_seed(0)
    return own_models.network(TrialSpec(model=path), FEATURES, OUTPUTS, code=code)


def sequence(length: int = LENGTH) -> Any:
    return np.random.default_rng(0).normal(size=(ROWS, length, FEATURES)).astype(np.float32)


@pytest.mark.lengthy
@pytest.mark.parametrize("path", MODELS)
@pytest.mark.parametrize("window", [1, 4, LENGTH, 32])
def test_in_windows_with_its_states_carried_on_it_puts_out_what_it_puts_out_of_the_whole(
    path: str, window: int
) -> None:
    own, x = net(path), sequence()
    rebuilt = with_states(own, fused=False).model
    states = [np.zeros((ROWS, state.shape[-1]), np.float32) for state in rebuilt.inputs[2:]]
    found = []
    for begin in range(0, LENGTH, window):
        part = x[:, begin : begin + window]
        padded = np.full((ROWS, window, FEATURES), 9, np.float32)
        padded[:, : part.shape[1]] = part
        y, *states = rebuilt([padded, np.tile(np.arange(window) < part.shape[1], (ROWS, 1)), *states])
        states = [np.asarray(state) for state in states]
        found.append(np.asarray(y)[:, : part.shape[1]])
    assert np.concatenate(found, axis=1) == pytest.approx(np.asarray(own(x)), abs=1e-6)


@pytest.mark.parametrize("path", MODELS)
def test_the_fused_layers_compute_what_those_of_keras_do(path: str) -> None:
    own, x = net(path), sequence()
    fused = with_states(own, fused=True).model
    states = [np.zeros((ROWS, state.shape[-1]), np.float32) for state in fused.inputs[2:]]
    y, *_ = fused([x, np.ones((ROWS, LENGTH), bool), *states])
    assert np.asarray(y) == pytest.approx(np.asarray(own(x)), abs=1e-6)


def test_those_of_keras_with_options_that_the_fused_ones_lack_stay() -> None:
    x = keras.Input((None, 2))
    hidden = layers.LSTM(3, return_sequences=True, dropout=0.1, name="dropping")(x)
    hidden = layers.GRU(3, return_sequences=True, activation="relu", name="other")(hidden)
    rebuilt = with_states(keras.Model(x, layers.LSTM(3, return_sequences=True, name="usual")(hidden)), fused=True).model
    names = {layer.name: type(layer).__name__ for layer in rebuilt.layers}
    assert (names["dropping"], names["other"], names["usual"]) == ("LSTM", "GRU", "FusedLSTM")


@pytest.mark.parametrize("path", MODELS)
def test_pieces_that_come_one_after_another_are_read_as_one_until_the_state_is_reset(path: str) -> None:
    own, x = net(path), sequence()[:1]
    fixed = keras.Input(batch_shape=(1, None, FEATURES))
    streaming = carrying(keras.Model(fixed, own.call(fixed)))
    whole = np.asarray(own(x))
    for _ in range(2):
        found = [np.asarray(streaming.model(x[:, begin : begin + 5])) for begin in range(0, LENGTH, 5)]
        assert np.concatenate(found, axis=1) == pytest.approx(whole, abs=1e-6)
        for layer in streaming.model.layers:
            if hasattr(layer, "reset_state"):
                layer.reset_state()


def test_states_are_as_large_as_each_layer_says() -> None:
    sizes = {
        path: [state.shape[-1] for state in with_states(net(path), fused=True).model.inputs[2:]] for path in MODELS
    }
    assert sizes == {LSTM: [32, 32], MIXED: [4, 7, 7, 3], CAUSAL: [2 * FEATURES, 4, 2 * 4]}


def test_categories_are_looked_up_before_the_model_reads_them() -> None:
    category = Embedding("kind", 1, 6, 2)
    model = models.build(TrialSpec(model=LSTM), 7, 1, embeddings=[category], code=CODE)
    kernels = {variable.path: tuple(variable.shape) for variable in model.trainable_variables}
    assert kernels["embedding_1/kernel"] == (5, 2)
    assert [shape for path, shape in kernels.items() if path.endswith("lstm_cell/kernel")] == [(4, 128)]


def test_what_keras_does_not_know_by_itself_is_told_it() -> None:
    assert own_classes(net(LSTM).layers) == {}
    assert [*own_classes(net(MIXED).layers)] == ["mine>Squeeze"]


def recurrent(units: int = 4, **options: Any) -> layers.Layer:
    return layers.GRU(units, **{"return_sequences": True, **options})


def called_twice(x: Any) -> Any:
    layer = layers.GRU(4, return_sequences=True, name="shared")
    return layer(layer(x))


def with_last_state(x: Any) -> Any:
    out, state = recurrent(return_state=True)(x)
    return recurrent()(out, initial_state=state)


REFUSED: list[tuple[Callable[[Any], Any], str]] = [
    (layers.Bidirectional(recurrent()), r"bidirectional\w* \(Bidirectional\) reads a window from its end too"),
    (recurrent(go_backwards=True), r"gru\w* \(GRU\) reads a window from its end"),
    (lambda x: layers.RepeatVector(2)(recurrent(return_sequences=False)(x)), r"\(GRU\) puts out the last timestep"),
    (lambda x: layers.MultiHeadAttention(1, 2)(x, x), r"\(MultiHeadAttention\) attends to all timesteps"),
    (lambda x: layers.Attention()([x, x]), r"\(Attention\) attends to all timesteps"),
    (lambda x: layers.Add()([x, layers.GlobalAveragePooling1D(keepdims=True)(x)]), r"Pooling1D\) pools over"),
    (layers.BatchNormalization(), r"\(BatchNormalization\) has statistics over timesteps; keras.layers.LayerN"),
    (layers.GroupNormalization(1), r"\(GroupNormalization\) has statistics over timesteps"),
    (layers.Conv1D(2, 3, padding="same"), r"\(Conv1D\) .* \(padding='same'\); a convolution that goes on"),
    (layers.SeparableConv1D(2, 3, padding="same"), r"\(SeparableConv1D\) reads timesteps that are not there"),
    (lambda x: layers.UpSampling1D(2)(layers.Conv1D(2, 1, strides=2)(x)), r"\(Conv1D\) leaves timesteps out"),
    (layers.Lambda(lambda x: 2 * x), r"\(Lambda\) may do anything, and cannot be saved safely"),
    (
        layers.RNN([layers.GRUCell(2), layers.GRUCell(3)], return_sequences=True),
        r"\(RNN\) has a list of cells, whose state Keras cannot reset; give each",
    ),
    (called_twice, r"shared \(GRU\) is called 2 times, and carries one state; give each call"),
    (layers.Masking(), r"\(Masking\) takes timesteps away"),
    (with_last_state, r"layer gru\w* \(GRU\) of the model is given its initial_state; the study's reset policy"),
    (lambda x: recurrent()(x, mask=ops.any(x != 0, axis=-1)), r"is given its mask; masks are ours"),
]


@pytest.mark.parametrize(("part", "said"), REFUSED, ids=[said[:24] for _, said in REFUSED])
def test_a_layer_that_cannot_go_on_is_named(
    part: Callable[[Any], Any], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(n_features: int, n_outputs: int) -> keras.Model:
        x = keras.Input((None, n_features))
        return keras.Model(x, layers.Dense(n_outputs)(part(recurrent()(x))))

    monkeypatch.setattr(own_models, "loaded", lambda *_: build)
    with pytest.raises(DataError, match=said):
        with_states(net("my:build"), fused=True)


FORMS = [
    ("return None", "my:build returned a NoneType, and not a functional model, keras.Model(inputs, outputs)"),
    ("return Own()", "my:build returned a keras.Model with a call of its own, and not a functional model"),
    (
        "x = keras.Input((12, a)); return keras.Model(x, layers.Dense(b)(x))",
        "my:build returned a model that reads (None, 12, 3); it should read keras.Input((None, 3)), a batch of windows",
    ),
    (
        "x = keras.Input((None, a)); return keras.Model(x, layers.Dense(b)(x)[:, -1])",
        "puts out (None, 2); it should put out (None, None, 2), of each timestep what is forecast",
    ),
    (
        "x = keras.Input((None, a)); return keras.Model([x, keras.Input((1,))], layers.Dense(b)(x))",
        "my:build returned a model that reads (None, None, 3) and (None, 1); it should read",
    ),
]


@pytest.mark.parametrize(("body", "said"), FORMS, ids=[said[:40] for _, said in FORMS])
def test_what_is_no_model_of_windows_is_refused_with_its_shapes(body: str, said: str) -> None:
    text = f"import keras\nfrom keras import layers\nclass Own(keras.Model): pass\ndef build(a, b):\n    {body}\n"
    with pytest.raises(DataError) as refused:
        net("my:build", {"my.py": text})
    assert said in refused.value.message


def test_inputs_and_outputs_may_be_lists_of_one() -> None:
    text = (
        "import keras\nfrom keras import layers as l\n"
        "def build(a, b):\n"
        "    x = keras.Input((None, a))\n"
        "    return keras.Model([x], [l.Dense(b)(l.GRU(4, return_sequences=True)(x))])\n"
    )
    own = net("my:build", {"my.py": text})
    assert np.asarray(own.call(keras.ops.convert_to_tensor(sequence()))).shape == (ROWS, LENGTH, OUTPUTS)


def test_a_sequential_model_that_was_not_built_yet_is_built() -> None:
    text = (
        "import keras\nfrom keras import layers as l\n"
        "def build(a, b): return keras.Sequential([l.LSTM(4, return_sequences=True), l.Dense(b)])\n"
    )
    assert net("my:build", {"my.py": text}).output_shape == (None, None, OUTPUTS)
