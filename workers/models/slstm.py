"""The sLSTM. Keras loads a saved model that has it once workers.models.layers is imported, which imports this file."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from workers.models.initial import forget_bias

NOTHING = -1e30  # whose exponential is 0


@keras.saving.register_keras_serializable(package="workers")
class SLSTMCell(keras.layers.Layer):  # type: ignore[misc]  # Keras ships no types
    """A step of the sLSTM with one head: Beck et al. 2024, "xLSTM" (arXiv 2405.04517), equations 8 to 17.

        i, f, g, o = x W + h U + b
        m' = max(log sigmoid(f) + m, i)                         at the beginning, where n is 0: i
        i, f = exp(i - m'), exp(log sigmoid(f) + m - m')
        c' = f c + i tanh(g),  n' = f n + i,  h' = sigmoid(o) c' / n'

    The input gate is exponential, the forget gate a sigmoid, which is one of the paper's two; as in Keras' LSTM its
    bias begins at 1. m keeps the exponentials in bounds and changes no output. States: [h, c, n, m].
    """

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = self.output_size = units
        self.state_size = [units] * 4

    def build(self, input_shape: Sequence[int | None]) -> None:
        """input_shape: (batch, features)."""
        units = self.units
        self.kernel = self.add_weight(shape=(input_shape[-1], 4 * units), name="kernel")
        self.recurrent_kernel = self.add_weight(
            shape=(units, 4 * units), initializer="orthogonal", name="recurrent_kernel"
        )
        self.bias = self.add_weight(shape=(4 * units,), initializer=forget_bias, name="bias")

    def call(self, inputs: Any, states: Sequence[Any]) -> tuple[Any, list[Any]]:
        """(batch, features), [h, c, n, m] each (batch, units) -> h', [h', c', n', m']."""
        h, c, n, m = states
        i, f, g, o = ops.split(
            ops.matmul(inputs, self.kernel) + ops.matmul(h, self.recurrent_kernel) + self.bias, 4, axis=-1
        )
        kept = ops.where(n == 0, NOTHING, ops.log_sigmoid(f) + m)
        m = ops.maximum(kept, i)
        i, f = ops.exp(i - m), ops.exp(kept - m)
        c, n = f * c + i * ops.tanh(g), f * n + i
        h = ops.sigmoid(o) * c / n
        return h, [h, c, n, m]

    def get_config(self) -> dict[str, Any]:
        """The arguments that from_config builds the layer from."""
        return {**super().get_config(), "units": self.units}


def slstm(units: int, **options: Any) -> keras.layers.RNN:
    """(batch, timesteps, features) -> (batch, timesteps, units) or as keras.layers.RNN's options say."""
    return keras.layers.RNN(SLSTMCell(units), **options)
