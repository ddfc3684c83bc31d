"""Networks as Keras' examples have them, written anew: each is taken, or refused by the layer it is for."""

import re
from collections.abc import Callable
from typing import Any

import keras
import pytest
from keras import layers, ops

from workers.engine import own_model
from workers.engine.own_model import Sizes, refuse
from workers.errors import DataError
from workers.models import own_models

pytestmark = pytest.mark.lengthy

SIZES = Sizes(6, 2)
Part = Callable[[Any], Any]


def lstm(units: int = 8, **options: Any) -> layers.Layer:
    return layers.LSTM(units, **{"return_sequences": True, **options})


def stacked_with_residuals(x: Any) -> Any:
    hidden = layers.Dense(8)(x)
    for _ in range(3):
        hidden = layers.Add()([hidden, layers.Dropout(0.1)(lstm()(hidden))])
    return layers.LayerNormalization()(hidden)


def convolutions_before_an_lstm(x: Any) -> Any:
    for filters in (8, 4):
        x = layers.LeakyReLU()(layers.Conv1D(filters, 3, padding="causal")(x))
    return lstm()(x)


def embedded_letters(x: Any) -> Any:
    return layers.GRU(8, return_sequences=True)(layers.Embedding(6, 4)(ops.argmax(x, axis=-1)))


def normalised_gru(x: Any) -> Any:
    hidden = layers.GRU(8, return_sequences=True, reset_after=False, recurrent_initializer="glorot_uniform")(x)
    return layers.Activation("gelu")(layers.LayerNormalization(epsilon=1e-6)(hidden))


def temporal_convolutions(x: Any) -> Any:
    """Bai, Kolter & Koltun 2018: dilated causal convolutions with residuals, and no recurrent layer at all."""
    hidden = layers.Conv1D(4, 1)(x)
    for dilation in (1, 2, 4):
        read = layers.Conv1D(4, 2, padding="causal", dilation_rate=dilation, activation="relu")(hidden)
        hidden = hidden + layers.SpatialDropout1D(0.1)(read)
    return hidden


def two_branches(x: Any) -> Any:
    slow, fast = lstm(4, name="slow")(x[..., :3]), layers.GRU(3, return_sequences=True)(x[..., 3:])
    gate = layers.Dense(4, "sigmoid")(fast)
    return layers.Concatenate()([slow * gate, fast])


def of_each_timestep(x: Any) -> Any:
    noisy = layers.GaussianNoise(0.1)(layers.TimeDistributed(layers.Dense(5, "tanh"))(x))
    return layers.SimpleRNN(6, return_sequences=True, activation="relu")(noisy)


def with_dropout_within(x: Any) -> Any:
    return lstm(dropout=0.2, recurrent_dropout=0.2)(lstm(use_bias=False)(x))


def cells_in_layers(x: Any) -> Any:
    return layers.RNN(layers.LSTMCell(4), return_sequences=True)(
        layers.RNN(layers.GRUCell(3), return_sequences=True)(x)
    )


def with_the_last_timestep(x: Any) -> Any:
    return lstm(return_sequences=False, name="reader")(x)


def both_ways(x: Any) -> Any:
    return layers.Bidirectional(lstm(), name="both")(x)


def encoder_and_decoder(x: Any) -> Any:
    _, h, c = lstm(return_state=True, name="encoder")(x)
    return lstm(name="decoder")(x, initial_state=[h, c])


def attending(x: Any) -> Any:
    read = lstm()(x)
    return layers.MultiHeadAttention(2, 4, name="attention")(read, read, use_causal_mask=True)


def normalised_convolutions(x: Any) -> Any:
    return lstm()(layers.BatchNormalization(name="norm")(layers.Conv1D(4, 3, padding="causal")(x)))


def pooled_convolutions(x: Any) -> Any:
    return lstm()(layers.MaxPooling1D(2, name="pool")(layers.Conv1D(4, 3, padding="causal")(x)))


def centred_convolutions(x: Any) -> Any:
    return lstm()(layers.Conv1D(4, 3, padding="same", name="smooth")(x))


def positions(x: Any) -> Any:
    """What a Transformer adds: where in the window a timestep is."""
    where = ops.cumsum(ops.ones_like(x[..., :1]), axis=1)
    return lstm()(layers.Concatenate()([x, where]))


TAKEN: list[Part] = [
    stacked_with_residuals,
    convolutions_before_an_lstm,
    embedded_letters,
    normalised_gru,
    temporal_convolutions,
    two_branches,
    of_each_timestep,
    with_dropout_within,
    cells_in_layers,
]
REFUSED: list[tuple[Part, str]] = [
    (with_the_last_timestep, r"its layer reader \(LSTM\) puts out the last timestep"),
    (both_ways, r"its layer both \(Bidirectional\) reads a window from its end"),
    (encoder_and_decoder, r"the layer decoder \(LSTM\) of the model is given its initial_state"),
    (attending, r"its layer attention \(MultiHeadAttention\) attends to all timesteps"),
    (normalised_convolutions, r"its layer norm \(BatchNormalization\) has statistics over timesteps"),
    (pooled_convolutions, r"its layer pool \(MaxPooling1D\) pools over the timesteps"),
    (centred_convolutions, r"its layer smooth \(Conv1D\) reads timesteps that are not there"),
    (positions, "what Cumsum computes at a timestep depends on others of its window"),
]


@pytest.fixture
def refusal(monkeypatch: pytest.MonkeyPatch) -> Callable[[Part], str]:
    """What is wrong with a model that has this part; empty if nothing is."""

    def refusal(part: Part) -> str:
        def build(n_features: int, n_outputs: int) -> keras.Model:
            x = keras.Input((None, n_features))
            return keras.Model(x, layers.Dense(n_outputs)(part(x)))

        for module in (own_models, own_model):
            monkeypatch.setattr(module, "loaded", lambda *_: build)
        try:
            refuse("my_models:build", {}, SIZES)
        except DataError as error:
            return error.message
        return ""

    return refusal


@pytest.mark.parametrize("part", TAKEN, ids=lambda part: part.__name__)
def test_it_is_taken(refusal: Callable[[Part], str], part: Part) -> None:
    assert refusal(part) == ""


@pytest.mark.parametrize(("part", "said"), REFUSED, ids=lambda part: getattr(part, "__name__", ""))
def test_it_is_refused_by_the_layer_that_cannot_go_on(refusal: Callable[[Part], str], part: Part, said: str) -> None:
    assert re.search(said, refusal(part))
