"""The simple recurrent network: Elman 1990, as Keras has it."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf
from typing_extensions import override

from workers.models.fused.layer import FusedLoop
from workers.models.fused.recall import MaskedRecall, Recall
from workers.models.fused.recurrence import projected


class SimpleRNNEquations:
    """h' = tanh(x W + b + h U)."""

    widths = ()
    recall = Recall()

    def hide(self, masks: Sequence[Any]) -> None:
        """Let the state be read through the one mask."""
        self.recall = MaskedRecall(masks)

    def forward(self, written: Any, states: Sequence[Any], weights: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """States [h]; written: (batch, units); weights: [U (units, units)]."""
        (h,), (recurrent_kernel,) = states, weights
        return [tf.tanh(written + self.recall.forward(h, recurrent_kernel))], [None]

    def backward(
        self, slots: Sequence[Any], before: Sequence[Any], after: Sequence[Any], d_after: Sequence[Any], weights: Any
    ) -> tuple[list[Any], list[Any]]:
        """The state after the timestep says all."""
        (h,), (d_h,), (recurrent_kernel,) = after, d_after, weights
        d_written = d_h * (1 - h * h)
        return [self.recall.backward(d_written, recurrent_kernel)], [d_written]

    def weight_gradients(self, slots: Sequence[Any], history: Sequence[Any], weights: Sequence[Any]) -> list[Any]:
        """Of the recurrent kernel."""
        return [self.recall.of_kernel(history[0][:-1], slots[0])]


class FusedSimpleRNN(FusedLoop, keras.layers.SimpleRNN):  # type: ignore[misc]  # Keras ships no types
    """keras.layers.SimpleRNN: the same weights, outputs and gradients."""

    @override
    def recurrence(self, x: Any) -> tuple[Any, SimpleRNNEquations, list[Any]]:
        kernel, recurrent_kernel, bias = map(tf.convert_to_tensor, self.cell.trainable_variables)
        return projected(x, kernel, bias), SimpleRNNEquations(), [recurrent_kernel]
