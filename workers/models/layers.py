"""Recurrent layers that Keras lacks. Keras loads a saved model that has any of them once this file is imported."""

from collections.abc import Sequence
from typing import Any, Self

import keras
import tensorflow as tf
from keras import ops

from workers.models import elementwise, slstm  # noqa: F401 (so that Keras knows their layers)
from workers.models.initial import forget_bias

registered = keras.saving.register_keras_serializable(package="workers")


@registered
class LayerNormLSTMCell(keras.layers.Layer):  # type: ignore[misc]  # Keras ships no types
    """A step of the layer-normalised LSTM: Ba, Kiros & Hinton 2016 (arXiv 1607.06450), equations 20 to 22.

        i, f, g, o = LN(x W) + LN(h U) + b         each LN over all 4 units, with a gain
        c' = sigmoid(f) c + sigmoid(i) tanh(g)
        h' = sigmoid(o) tanh(LN(c'))               with a gain and a shift

    b stands for the paper's two shifts and bias, which only ever occur as their sum. As in Keras' LSTM, the forget
    gate's begins at 1. LN(x W) takes the inputs' common size away: of a single input only the sign is left.
    """

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.state_size = [units, units]
        self.output_size = units

    def build(self, input_shape: Sequence[int | None]) -> None:
        """input_shape: (batch, features)."""
        units = self.units
        self.kernel = self.add_weight(shape=(input_shape[-1], 4 * units), name="kernel")
        self.recurrent_kernel = self.add_weight(
            shape=(units, 4 * units), initializer="orthogonal", name="recurrent_kernel"
        )
        self.bias = self.add_weight(shape=(4 * units,), initializer=forget_bias, name="bias")
        self.kernel_gain = self.add_weight(shape=(4 * units,), initializer="ones", name="kernel_gain")
        self.recurrent_gain = self.add_weight(shape=(4 * units,), initializer="ones", name="recurrent_gain")
        self.state_gain = self.add_weight(shape=(units,), initializer="ones", name="state_gain")
        self.state_shift = self.add_weight(shape=(units,), initializer="zeros", name="state_shift")

    def call(self, inputs: Any, states: Sequence[Any]) -> tuple[Any, list[Any]]:
        """(batch, features), [h, c] each (batch, units) -> h', [h', c']."""
        h, c = states
        written = self.kernel_gain * _normalised(ops.matmul(inputs, self.kernel))
        recalled = self.recurrent_gain * _normalised(ops.matmul(h, self.recurrent_kernel))
        i, f, g, o = ops.split(written + recalled + self.bias, 4, axis=-1)
        c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
        h = ops.sigmoid(o) * ops.tanh(self.state_gain * _normalised(c) + self.state_shift)
        return h, [h, c]

    def get_config(self) -> dict[str, Any]:
        """The arguments that from_config builds the layer from."""
        return {**super().get_config(), "units": self.units}


def layer_norm_lstm(units: int, **options: Any) -> keras.layers.RNN:
    """(batch, timesteps, features) -> (batch, timesteps, units) or as keras.layers.RNN's options say; state [h, c]."""
    return keras.layers.RNN(LayerNormLSTMCell(units), **options)


@registered
class MinGRUCell(keras.layers.Layer):  # type: ignore[misc]
    """The two projections of MinGRU, of the input alone."""

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = self.state_size = self.output_size = units
        self.supports_masking = True  # MinGRU masks the gates

    def build(self, input_shape: Sequence[int | None]) -> None:
        """input_shape: (batch, features)."""
        self.kernel = self.add_weight(shape=(input_shape[-1], 2 * self.units), name="kernel")
        self.bias = self.add_weight(shape=(2 * self.units,), initializer="zeros", name="bias")

    def call(self, inputs: Any) -> tuple[Any, Any]:
        """(..., features) -> update gate z and candidate, each (..., units)."""
        z, candidate = ops.split(ops.matmul(inputs, self.kernel) + self.bias, 2, axis=-1)
        return ops.sigmoid(z), candidate

    def get_config(self) -> dict[str, Any]:
        """The arguments that from_config builds the layer from."""
        return {**super().get_config(), "units": self.units}


@registered
class MinGRU(keras.layers.RNN):  # type: ignore[misc]
    """The minimal GRU: Feng et al. 2024, "Were RNNs all we needed?" (arXiv 2410.01201), section 3.1.

        z = sigmoid(x W + b),  candidate = x V + d,  h' = (1 - z) h + z candidate

    Neither gate reads the state, so both are computed for all timesteps at once and only the last equation is looped
    over. (batch, timesteps, features) -> (batch, timesteps, units), or (batch, units) unless return_sequences; with
    return_state also the state (batch, units). A masked timestep leaves the state as it is.
    """

    def __init__(
        self,
        units: int,
        *,
        return_sequences: bool = False,
        return_state: bool = False,
        stateful: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            MinGRUCell(units, name="cell"),
            return_sequences=return_sequences,
            return_state=return_state,
            stateful=stateful,
            **kwargs,
        )

    def inner_loop(
        self, sequences: Any, initial_state: Sequence[Any], mask: Any, training: bool = False
    ) -> tuple[Any, Any, list[Any]]:
        """The last output (batch, units), all outputs (batch, timesteps, units) and the states, as keras.layers.RNN.

        sequences: (batch, timesteps, features); initial_state: one state (batch, units); mask: (batch, timesteps).
        """
        z, candidate = self.cell(sequences)
        if mask is not None:
            z = ops.where(mask[..., None], z, 0.0)
        gates = [ops.swapaxes(gate, 0, 1) for gate in (1 - z, z * candidate)]
        if self.go_backwards:
            gates = [ops.flip(gate, 0) for gate in gates]
        # ops.associative_scan does not compile under XLA on a processor
        states = tf.scan(lambda h, gate: gate[0] * h + gate[1], gates, initial_state[0])
        return states[-1], ops.swapaxes(states, 0, 1), [states[-1]]

    def get_config(self) -> dict[str, Any]:
        """The arguments that from_config builds the layer from."""
        options = ("return_sequences", "return_state", "stateful", *(["go_backwards"] * self.go_backwards))
        base = keras.layers.Layer.get_config(self)
        return {**base, "units": self.cell.units, **{name: getattr(self, name) for name in options}}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """The layer of these arguments, those of get_config."""
        return cls(**config)


def _normalised(values: Any) -> Any:
    """Mean 0 and variance 1 over the last axis."""
    mean, variance = ops.moments(values, axes=[-1], keepdims=True)
    return (values - mean) * ops.rsqrt(variance + EPSILON)


EPSILON = 1e-5
