"""What the layers of this folder have in common: they are Keras' layers, with another loop inside."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from workers.models.fused import recurrence
from workers.models.fused.recall import RecurrentDropout
from workers.models.fused.recurrence import Equations


class FusedLoop(ABC):
    """To stand before a layer of Keras' kind in a class's bases; the layer's own loop runs where this one cannot.

    It is for layers with the activations and biases that Keras gives them, and for shapes that
    are known when TensorFlow traces. Compiled by XLA it has gradients in training only. It never takes cuDNN's
    kernels: on a GPU the layer's own loop is faster.
    """

    go_backwards: bool  # outputs are then in the order in which timesteps are read
    hidden: RecurrentDropout | None = None  # what training hides of the state
    starts_at_zero = True  # before the first timestep that counts Keras puts out zeros, whatever the state is

    def inner_loop(
        self, sequences: Any, initial_state: Sequence[Any], mask: Any, training: bool = False
    ) -> tuple[Any, Any, list[Any]]:
        """The last output (batch, units), all outputs (batch, timesteps, units) and the states, as keras.layers.RNN.

        sequences: (batch, timesteps, features); initial_state: each (batch, units); mask: (batch, timesteps) or None.
        """
        if None in sequences.shape:
            loop: Any = super()
            return loop.inner_loop(sequences, initial_state, mask, training)  # type: ignore[no-any-return]
        batch, timesteps, _ = sequences.shape
        x = tf.transpose(sequences, (1, 0, 2))
        mask = tf.ones((timesteps, batch), bool) if mask is None else tf.transpose(mask)
        if self.go_backwards:
            x, mask = tf.reverse(x, [0]), tf.reverse(mask, [0])
        equations: Any
        written, equations, weights = self.recurrence(x)
        if training and self.hidden is not None:
            equations.hide(self.hidden.masks(batch))
        run = recurrence.run_to_train if training else recurrence.run
        outputs, states = run(equations, written, mask[..., None], initial_state, weights)
        if self.starts_at_zero:
            outputs = tf.where(_begun(mask)[..., None], outputs, 0.0)
        return outputs[-1], tf.transpose(outputs, (1, 0, 2)), states

    @abstractmethod
    def recurrence(self, x: Any) -> tuple[Any, Equations, list[Any]]:
        """What the inputs x (timesteps, batch, features) come to, the cell's equations, and the weights they read."""


def _begun(mask: Any) -> Any:
    """(timesteps, batch) whether a timestep counts here or before; mask: (timesteps, batch)."""
    first = tf.argmax(tf.cast(mask, tf.int32), axis=0, output_type=tf.int32)
    return (tf.range(mask.shape[0])[:, None] >= first) & tf.reduce_any(mask, axis=0)
