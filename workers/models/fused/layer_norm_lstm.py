"""The layer-normalised LSTM: workers.models.layers."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf
from typing_extensions import override

from workers.models.fused.gates import lstm_gates
from workers.models.fused.layer import FusedLoop
from workers.models.fused.recurrence import product, projected
from workers.models.layers import EPSILON, LayerNormLSTMCell


class LayerNormLSTMEquations:
    """i, f, g, o = written + gain LN(h U),  c' and h' as workers.models.layers.LayerNormLSTMCell has them."""

    def __init__(self, units: int) -> None:
        self.widths = (4 * units, 1, 4 * units, units)

    def forward(self, written: Any, states: Sequence[Any], weights: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """States [h, c]; written: (batch, 4 * units); weights: [U, its gain, the state's gain, the state's shift]."""
        (h, c), (recurrent_kernel, gain, state_gain, state_shift) = states, weights
        recalled, scale = _normalised(tf.matmul(h, recurrent_kernel))
        gates = lstm_gates(written + gain * recalled)
        i, f, g, o = tf.split(gates, 4, axis=-1)
        c = f * c + i * g
        h = o * tf.tanh(state_gain * _normalised(c)[0] + state_shift)
        return [h, c], [gates, recalled, scale, None, None]

    def backward(
        self, slots: Sequence[Any], before: Sequence[Any], after: Sequence[Any], d_after: Sequence[Any], weights: Any
    ) -> tuple[list[Any], list[Any]]:
        """The slots: the gates, activated; LN(h U) and its scale; the gradients for h U and for gain LN(c') + shift."""
        (gates, recalled, scale, *_), (_, c), (d_h, d_c) = slots, before, d_after
        recurrent_kernel, gain, state_gain, state_shift = weights
        i, f, g, o = tf.split(gates, 4, axis=-1)
        normal, state_scale = _normalised(after[1])
        shown = tf.tanh(state_gain * normal + state_shift)
        d_seen = d_h * o * (1 - shown * shown)
        d_c += _through(d_seen * state_gain, normal, state_scale)
        d_written = tf.concat(
            [d_c * g * i * (1 - i), d_c * c * f * (1 - f), d_c * i * (1 - g * g), d_h * shown * o * (1 - o)], -1
        )
        d_product = _through(d_written * gain, recalled, scale)
        d_before = [tf.matmul(d_product, recurrent_kernel, transpose_b=True), d_c * f]
        return d_before, [d_written, None, None, d_product, d_seen]

    def weight_gradients(self, slots: Sequence[Any], history: Sequence[Any], weights: Sequence[Any]) -> list[Any]:
        """Of the recurrent kernel, its gain, the state's gain and the state's shift."""
        (d_written, recalled, _, d_product, d_seen), (h, c) = slots, history
        sums = [d_written * recalled, d_seen * _normalised(c[1:])[0], d_seen]
        return [product(h[:-1], d_product), *(tf.reduce_sum(values, (0, 1)) for values in sums)]


class FusedLayerNormLSTM(FusedLoop, keras.layers.RNN):  # type: ignore[misc]  # Keras ships no types
    """keras.layers.RNN(LayerNormLSTMCell(units)): the same weights, outputs and gradients."""

    @override
    def recurrence(self, x: Any) -> tuple[Any, LayerNormLSTMEquations, list[Any]]:
        kernel, recurrent_kernel, bias, kernel_gain, *gains = map(tf.convert_to_tensor, self.cell.trainable_variables)
        written = kernel_gain * _normalised(projected(x, kernel, tf.zeros_like(bias)))[0] + bias
        return written, LayerNormLSTMEquations(self.cell.units), [recurrent_kernel, *gains]


def layer_norm_lstm(units: int, **options: Any) -> keras.layers.RNN:
    """The layer, as workers.models.layers.layer_norm_lstm makes it."""
    return FusedLayerNormLSTM(LayerNormLSTMCell(units), **options)


def _normalised(values: Any) -> tuple[Any, Any]:
    """Mean 0 and variance 1 over the last axis; (..., 1) by what was multiplied for it."""
    mean = tf.reduce_mean(values, -1, keepdims=True)
    scale = tf.math.rsqrt(tf.reduce_mean(tf.square(values - mean), -1, keepdims=True) + EPSILON)
    return (values - mean) * scale, scale


def _through(d: Any, normal: Any, scale: Any) -> Any:
    """The gradient for what was normalised, of that for the normalised values d, which are `normal`."""
    mean, along = tf.reduce_mean(d, -1, keepdims=True), tf.reduce_mean(d * normal, -1, keepdims=True)
    return scale * (d - mean - normal * along)
