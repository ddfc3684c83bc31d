"""Joins the outputs of a recurrent layer that reads a window forwards and of its twin that reads it backwards."""

from typing import Any

import keras


class BothWays(keras.layers.Layer):  # type: ignore[misc]  # Keras ships no types
    """Concatenates both directions' outputs as keras.layers.Bidirectional does: Schuster & Paliwal 1997.

    last  of the last layer: beside each output of the forward direction stands the one at which the backward direction
          has read the whole window, so that the window's last timestep has what Bidirectional puts out without
          return_sequences. Of another layer both directions' outputs of a timestep stand beside each other.
    """

    def __init__(self, *, last: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.last = last

    def call(self, forward: Any, backward: Any) -> Any:
        """(batch, timesteps, units) each, backward in the order of its reading -> (batch, timesteps, 2 * units)."""
        if self.last:
            backward = keras.ops.broadcast_to(backward[:, -1:], keras.ops.shape(forward))
        else:
            backward = keras.ops.flip(backward, axis=1)
        return keras.ops.concatenate([forward, backward], axis=-1)
