"""Ends the way of a mask: what comes after is the user's own, and is called as it is without masks."""

from typing import Any

import keras
import tensorflow as tf


class Unmasked(keras.layers.Layer):  # type: ignore[misc]  # Keras ships no types
    """Passes on what it is given, without its mask."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        """The same."""
        return tf.identity(inputs)  # the same tensor would keep its mask

    def compute_mask(self, *_: Any) -> None:
        """None."""
