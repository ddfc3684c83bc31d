"""Recurrent layers whose units remember each for itself: no product stands between one timestep and the next.

What the inputs come to is one product of all timesteps, and so is what is shown; only multiplications are looped over.
Keras loads a saved model that has them once workers.models.layers is imported, which imports this file.
"""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf
from keras import ops
from typing_extensions import override

registered = keras.saving.register_keras_serializable(package="workers")


class ElementwiseCell(keras.layers.Layer):  # type: ignore[misc]  # Keras ships no types
    """A cell of Keras' kind, in three parts: what is written, what is remembered, and what is shown.

    states   how many of (batch, units) it keeps
    through  whether what is shown depends on the last part of what is written too
    """

    states = 1
    through = False

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = self.output_size = units
        self.state_size = [units] * self.states if self.states > 1 else units
        self.supports_masking = True  # the layer masks what is remembered

    @abstractmethod
    def written(self, inputs: Any) -> list[Any]:
        """(..., features) -> what the inputs alone come to, each (..., units)."""

    @abstractmethod
    def remembered(self, written: Sequence[Any], states: Sequence[Any]) -> list[Any]:
        """The states after a timestep, each (batch, units), of what is written in it and the states before."""

    def shown(self, states: Sequence[Any], through: Any) -> Any:
        """(..., units) the output, of the states after and of the last part of what was written: the first state."""
        return states[0]

    def call(self, inputs: Any, states: Any) -> tuple[Any, list[Any]]:
        """(batch, features), states each (batch, units) -> output (batch, units), the states after."""
        written = self.written(inputs)
        after = self.remembered(written, states if isinstance(states, list | tuple) else [states])
        return self.shown(after, written[-1]), after

    def get_config(self) -> dict[str, Any]:
        """The arguments that from_config builds the layer from."""
        return {**super().get_config(), "units": self.units}


@registered
class ElementwiseRNN(keras.layers.RNN):  # type: ignore[misc]
    """keras.layers.RNN of an ElementwiseCell, in less time.

    (batch, timesteps, features) -> (batch, timesteps, units), or as keras.layers.RNN's options say. A masked timestep
    leaves the states as they are, bit for bit, and the output as it was.
    """

    @override
    def inner_loop(
        self, sequences: Any, initial_state: Sequence[Any], mask: Any, training: bool = False
    ) -> tuple[Any, Any, list[Any]]:
        """The last output (batch, units), all outputs (batch, timesteps, units) and the states, as keras.layers.RNN.

        sequences: (batch, timesteps, features); initial_state: each (batch, units); mask: (batch, timesteps) or None.
        """
        written = [ops.swapaxes(each, 0, 1) for each in self.cell.written(sequences)]
        counts = ops.ones(ops.shape(sequences)[:2], "bool") if mask is None else mask
        counts = ops.swapaxes(counts, 0, 1)[..., None]
        if self.go_backwards:
            written, counts = [ops.flip(each, 0) for each in written], ops.flip(counts, 0)

        def step(before: list[Any], now: tuple[list[Any], Any]) -> list[Any]:
            new, counts = now
            after = self.cell.remembered(new, before[: self.cell.states])
            if self.cell.through:
                after = [*after, new[-1]]
            return [ops.where(counts, *pair) for pair in zip(after, before, strict=True)]

        begin = [*initial_state, *([ops.zeros_like(initial_state[0])] if self.cell.through else [])]
        history = tf.scan(step, (written, counts), begin)  # associative_scan does not compile under XLA on a processor
        states = history[: self.cell.states]
        outputs = self.cell.shown(states, history[-1])
        return outputs[-1], ops.swapaxes(outputs, 0, 1), [state[-1] for state in states]


@registered
class IndRNNCell(ElementwiseCell):
    """The independently recurrent network: Li et al. 2018 (arXiv 1803.04831), section 3.

        h' = relu(x W + u h + b)

    u, a weight for each unit, begins between 0 and 1 and acts as if it lay between -1 and 1: the paper's bound
    for relu, 2^(1/T), for states that may be carried for any number T of timesteps.
    """

    def build(self, input_shape: Sequence[int | None]) -> None:
        """input_shape: (batch, features)."""
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")
        self.recurrent = self.add_weight(shape=(self.units,), initializer=_between_0_and_1, name="recurrent")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")

    @override
    def written(self, inputs: Any) -> list[Any]:
        return [ops.matmul(inputs, self.kernel) + self.bias]

    @override
    def remembered(self, written: Sequence[Any], states: Sequence[Any]) -> list[Any]:
        return [ops.relu(written[0] + ops.clip(self.recurrent, -1.0, 1.0) * states[0])]


@registered
class MinLSTMCell(ElementwiseCell):
    """The minimal LSTM: Feng et al. 2024, "Were RNNs all we needed?" (arXiv 2410.01201), section 3.2.

        f = sigmoid(x F + b),  i = sigmoid(x I + d),  candidate = x V + e
        h' = f / (f + i) h + i / (f + i) candidate

    As in Keras' LSTM, the forget gate's bias begins at 1.
    """

    def build(self, input_shape: Sequence[int | None]) -> None:
        """input_shape: (batch, features)."""
        self.kernel = self.add_weight(shape=(input_shape[-1], 3 * self.units), name="kernel")
        self.bias = self.add_weight(shape=(3 * self.units,), initializer=_first_third_1, name="bias")

    @override
    def written(self, inputs: Any) -> list[Any]:
        f, i, candidate = ops.split(ops.matmul(inputs, self.kernel) + self.bias, 3, axis=-1)
        new = ops.sigmoid(ops.softplus(-f) - ops.softplus(-i))  # i / (f + i) of their logits, which may be far from 0
        return [1 - new, new * candidate]

    @override
    def remembered(self, written: Sequence[Any], states: Sequence[Any]) -> list[Any]:
        return [written[0] * states[0] + written[1]]


@registered
class LRUCell(ElementwiseCell):
    """The linear recurrent unit: Orvieto et al. 2023 (arXiv 2303.06349), sections 3.1 to 3.4, and a block's gate.

        s' = lambda s + exp(g) x B,  lambda = exp(-exp(n) + i exp(t))        s, B and C are complex
        y = gelu(Re(s' C) + x D)
        output = y sigmoid(y G + b)

    Its states are the real and the imaginary part of s. Without the gated linear unit, which follows it in the paper's
    figure 1, a network of one layer could say linear functions alone; norms and the way past it are left out. lambda
    begins anywhere in the circle of radius 1, and exp(g) at sqrt(1 - |lambda|^2).
    """

    states = 2
    through = True

    def build(self, input_shape: Sequence[int | None]) -> None:
        """input_shape: (batch, features)."""
        features, units = input_shape[-1], self.units
        self.log_decay = self.add_weight(shape=(units,), initializer=_ring, name="log_decay")
        self.log_angle = self.add_weight(shape=(units,), initializer=_angle, name="log_angle")
        self.log_scale = self.add_weight(shape=(units,), initializer=self._scale, name="log_scale")
        into = [self.add_weight(shape=(features, units), name=f"kernel_{part}") for part in ("real", "imaginary")]
        out = [self.add_weight(shape=(units, units), name=f"shown_{part}") for part in ("real", "imaginary")]
        (self.kernel_real, self.kernel_imaginary), (self.shown_real, self.shown_imaginary) = into, out
        self.past = self.add_weight(shape=(features, units), name="past")
        self.gate = self.add_weight(shape=(units, units), name="gate")
        self.gate_bias = self.add_weight(shape=(units,), initializer="zeros", name="gate_bias")

    @override
    def written(self, inputs: Any) -> list[Any]:
        scale = ops.exp(self.log_scale)
        parts = [scale * ops.matmul(inputs, kernel) for kernel in (self.kernel_real, self.kernel_imaginary)]
        return [*parts, ops.matmul(inputs, self.past)]

    @override
    def remembered(self, written: Sequence[Any], states: Sequence[Any]) -> list[Any]:
        size, angle = ops.exp(-ops.exp(self.log_decay)), ops.exp(self.log_angle)
        a, b = size * ops.cos(angle), size * ops.sin(angle)
        real, imaginary = states
        return [a * real - b * imaginary + written[0], b * real + a * imaginary + written[1]]

    @override
    def shown(self, states: Sequence[Any], through: Any) -> Any:
        real, imaginary = states
        y = ops.matmul(real, self.shown_real) - ops.matmul(imaginary, self.shown_imaginary) + through
        y = ops.gelu(y, approximate=False)
        return y * ops.sigmoid(ops.matmul(y, self.gate) + self.gate_bias)

    def _scale(self, shape: Sequence[int], dtype: Any = None) -> Any:
        """The logarithm of sqrt(1 - |lambda|^2)."""
        return 0.5 * ops.log(1 - ops.exp(-2 * ops.exp(ops.convert_to_tensor(self.log_decay))))


def ind_rnn(units: int, **options: Any) -> ElementwiseRNN:
    """(batch, timesteps, features) -> (batch, timesteps, units) or as keras.layers.RNN's options say; state h."""
    return ElementwiseRNN(IndRNNCell(units), **options)


def min_lstm(units: int, **options: Any) -> ElementwiseRNN:
    """(batch, timesteps, features) -> (batch, timesteps, units) or as keras.layers.RNN's options say; state h."""
    return ElementwiseRNN(MinLSTMCell(units), **options)


def lru(units: int, **options: Any) -> ElementwiseRNN:
    """(batch, timesteps, features) -> (batch, timesteps, units) or as keras.layers.RNN's options say; 2 states."""
    return ElementwiseRNN(LRUCell(units), **options)


def _between_0_and_1(shape: Sequence[int], dtype: Any = None) -> Any:
    return keras.initializers.RandomUniform(0.0, 1.0)(shape, dtype)


def _first_third_1(shape: Sequence[int], dtype: Any = None) -> Any:
    units = shape[0] // 3
    return ops.concatenate([ops.ones(units, dtype), ops.zeros(2 * units, dtype)])


def _ring(shape: Sequence[int], dtype: Any = None) -> Any:
    """log(-log |lambda|) of points that are spread evenly over the circle; not of its middle and its very edge."""
    return ops.log(-0.5 * ops.log(keras.initializers.RandomUniform(0.001, 0.999)(shape, dtype)))


def _angle(shape: Sequence[int], dtype: Any = None) -> Any:
    return ops.log(keras.initializers.RandomUniform(0.001, 6.28)(shape, dtype))
