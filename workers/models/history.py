"""What a causal convolution sees of the timesteps before a window, as a state like that of a recurrent layer."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

registered = keras.saving.register_keras_serializable(package="workers")


@registered
class History(keras.layers.Layer):  # type: ignore[misc]  # Keras ships no types
    """Puts before a window the timesteps that a causal convolution reads before the first, and returns the next such.

    length  timesteps: (kernel_size - 1) * dilation_rate
    """

    def __init__(self, length: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.length = length
        self.supports_masking = True

    def call(self, inputs: Any, before: Any, valid: Any) -> tuple[Any, Any]:
        """The window with its history, (batch, length + timesteps, channels), and the history after it.

        inputs: (batch, timesteps, channels); before, and the history after: (batch, length * channels);
        valid: (batch, timesteps) bool, of which the first of a row count, and the others are padding.
        """
        channels = inputs.shape[-1]
        joined = ops.concatenate([ops.reshape(before, (-1, self.length, channels)), inputs], axis=1)
        end = ops.sum(ops.cast(valid, "int32"), axis=1)
        places = end[:, None] + ops.arange(self.length, dtype="int32")
        after = ops.take_along_axis(joined, places[..., None], axis=1)
        return joined, ops.reshape(after, (-1, self.length * channels))

    def compute_mask(self, inputs: Any, *_: Any) -> None:
        """None: what comes out has other timesteps than what goes in."""

    def get_config(self) -> dict[str, Any]:
        """The arguments that from_config builds the layer from."""
        return {**super().get_config(), "length": self.length}


@registered
class CarriedHistory(keras.layers.Layer):  # type: ignore[misc]
    """The same from call to call, as a recurrent layer carries its state with `stateful=True`."""

    def __init__(self, length: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.length = length

    def build(self, input_shape: Sequence[int | None]) -> None:
        """input_shape: (batch, timesteps, channels), the batch a number."""
        shape = (input_shape[0], self.length, input_shape[-1])
        self.history = self.add_weight(shape=shape, initializer="zeros", trainable=False, name="history")

    def call(self, inputs: Any) -> Any:
        """(batch, timesteps, channels) -> (batch, length + timesteps, channels)."""
        joined = ops.concatenate([self.history, inputs], axis=1)
        self.history.assign(joined[:, -self.length :])
        return joined

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        """(batch, length + timesteps, channels)."""
        batch, timesteps, channels = input_shape
        return batch, None if timesteps is None else self.length + timesteps, channels

    def reset_state(self) -> None:
        """Forget the timesteps so far."""
        self.history.assign(ops.zeros_like(self.history))

    def get_config(self) -> dict[str, Any]:
        """The arguments that from_config builds the layer from."""
        return {**super().get_config(), "length": self.length}
