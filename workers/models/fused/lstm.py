"""LSTM: Hochreiter & Schmidhuber 1997, with the forget gate of Gers, Schmidhuber & Cummins 2000, as Keras has it."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf
from typing_extensions import override

from workers.models.fused.gates import lstm_gates
from workers.models.fused.layer import FusedLoop
from workers.models.fused.recall import MaskedRecall, Recall
from workers.models.fused.recurrence import projected


class LSTMEquations:
    """i, f, g, o = x W + b + h U,  c' = sigmoid(f) c + sigmoid(i) tanh(g),  h' = sigmoid(o) tanh(c')."""

    widths = ()
    recall = Recall()

    def hide(self, masks: Sequence[Any]) -> None:
        """Let i, f, g and o read the state through a mask each."""
        self.recall = MaskedRecall(masks)

    def forward(self, written: Any, states: Sequence[Any], weights: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """States [h, c]; written: (batch, 4 * units); weights: [U (units, 4 * units)]."""
        (h, c), (recurrent_kernel,) = states, weights
        gates = lstm_gates(written + self.recall.forward(h, recurrent_kernel))
        i, f, g, o = tf.split(gates, 4, axis=-1)
        c = f * c + i * g
        return [o * tf.tanh(c), c], [gates]

    def backward(
        self, slots: Sequence[Any], before: Sequence[Any], after: Sequence[Any], d_after: Sequence[Any], weights: Any
    ) -> tuple[list[Any], list[Any]]:
        """The slot: the gates i, f, g, o, each activated."""
        (gates,), (_, c), (d_h, d_c), (recurrent_kernel,) = slots, before, d_after, weights
        i, f, g, o = tf.split(gates, 4, axis=-1)
        shown = tf.tanh(after[1])
        d_c += d_h * o * (1 - shown * shown)
        d_written = tf.concat(
            [d_c * g * i * (1 - i), d_c * c * f * (1 - f), d_c * i * (1 - g * g), d_h * shown * o * (1 - o)], -1
        )
        return [self.recall.backward(d_written, recurrent_kernel), d_c * f], [d_written]

    def weight_gradients(self, slots: Sequence[Any], history: Sequence[Any], weights: Sequence[Any]) -> list[Any]:
        """Of the recurrent kernel."""
        return [self.recall.of_kernel(history[0][:-1], slots[0])]


class FusedLSTM(FusedLoop, keras.layers.LSTM):  # type: ignore[misc]  # Keras ships no types
    """keras.layers.LSTM: the same weights, outputs and gradients."""

    @override
    def recurrence(self, x: Any) -> tuple[Any, LSTMEquations, list[Any]]:
        kernel, recurrent_kernel, bias = map(tf.convert_to_tensor, self.cell.trainable_variables)
        return projected(x, kernel, bias), LSTMEquations(), [recurrent_kernel]
