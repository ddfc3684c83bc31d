"""MinGRU: workers.models.layers."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf
from typing_extensions import override

from workers.models.fused.layer import FusedLoop
from workers.models.fused.recurrence import projected
from workers.models.layers import MinGRU


class MinGRUEquations:
    """h' = (1 - z) h + z candidate."""

    widths = ()

    def forward(self, written: Any, states: Sequence[Any], weights: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """States [h]; written: (batch, 2 * units) 1 - z and z candidate."""
        kept, new = tf.split(written, 2, axis=-1)
        return [kept * states[0] + new], [None]

    def backward(
        self, slots: Sequence[Any], before: Sequence[Any], after: Sequence[Any], d_after: Sequence[Any], weights: Any
    ) -> tuple[list[Any], list[Any]]:
        """The slot: what was written."""
        (h,), (d_h,) = before, d_after
        kept, _ = tf.split(slots[0], 2, axis=-1)
        return [d_h * kept], [tf.concat([d_h * h, d_h], -1)]

    def weight_gradients(self, slots: Sequence[Any], history: Sequence[Any], weights: Sequence[Any]) -> list[Any]:
        """It reads none."""
        return []


class FusedMinGRU(FusedLoop, MinGRU):
    """workers.models.layers.MinGRU: the same weights, outputs and gradients."""

    starts_at_zero = False

    @override
    def recurrence(self, x: Any) -> tuple[Any, MinGRUEquations, list[Any]]:
        z, candidate = tf.split(projected(x, *map(tf.convert_to_tensor, self.cell.trainable_variables)), 2, axis=-1)
        z = tf.sigmoid(z)
        return tf.concat([1 - z, z * candidate], -1), MinGRUEquations(), []
