"""What the sums of a cell read of its state: all of it, or in training with a part hidden from each sum."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf
from typing_extensions import override

from workers.models.fused.recurrence import product


class Recall:
    """h U, of the state h (batch, units) and a recurrent kernel U (units, width)."""

    def forward(self, h: Any, kernel: Any) -> Any:
        """(batch, width) h U."""
        return tf.matmul(h, kernel)

    def backward(self, d: Any, kernel: Any) -> Any:
        """(batch, units) the gradient for h, of that for h U, d (batch, width)."""
        return tf.matmul(d, kernel, transpose_b=True)

    def of_kernel(self, h: Any, d: Any) -> Any:
        """(units, width) the gradient for U, from all timesteps; h: (timesteps, batch, units); d: with width."""
        return product(h, d)


class MaskedRecall(Recall):
    """The same where each of the sums that lie side by side in the width reads h times a mask of its own.

    masks: one for each sum, each (batch, units); the same at every timestep (Gal & Ghahramani 2016, arXiv 1512.05287)
    """

    def __init__(self, masks: Sequence[Any]) -> None:
        self._masks, self._sums = tf.stack(masks), len(masks)

    @override
    def forward(self, h: Any, kernel: Any) -> Any:
        return self._joined(tf.matmul(h * self._masks, self._apart(kernel)))

    @override
    def backward(self, d: Any, kernel: Any) -> Any:
        return tf.reduce_sum(tf.matmul(self._apart(d), self._apart(kernel), transpose_b=True) * self._masks, 0)

    @override
    def of_kernel(self, h: Any, d: Any) -> Any:
        parts = zip(tf.unstack(self._masks), tf.split(d, self._sums, axis=-1), strict=True)
        return tf.concat([product(h * mask, part) for mask, part in parts], -1)

    def _apart(self, values: Any) -> Any:
        """(sums, rows, units) of (rows, sums * units)."""
        return tf.stack(tf.split(values, self._sums, axis=-1))

    def _joined(self, values: Any) -> Any:
        return tf.concat(tf.unstack(values), -1)


class RecurrentDropout:
    """Draws the masks of a layer, as Keras does, with a rate that is a variable: one trace for all.

    layer: of keras.layers, whose cell's random numbers are used; count: of masks that are drawn for a batch
    """

    def __init__(self, layer: keras.layers.RNN, count: int) -> None:
        self.rate = keras.Variable(0.0, trainable=False)
        self.seed_generator = layer.cell.seed_generator
        self._count, self._units = count, layer.units

    def masks(self, batch: int) -> list[Any]:
        """Each (batch, units): a part is zero, and the rest scaled up."""
        draws = [keras.random.uniform((batch, self._units), seed=self.seed_generator) for _ in range(self._count)]
        return [keras.ops.cast(draw >= self.rate, draw.dtype) / (1 - self.rate) for draw in draws]
