"""Initial values of weights that several cells have."""

from collections.abc import Sequence
from typing import Any

from keras import ops


def forget_bias(shape: Sequence[int], dtype: Any = None) -> Any:
    """(4 * units,) of the gates i, f, g and o: the forget gate's begins at 1, as in Keras' LSTM, the others' at 0."""
    units = shape[0] // 4
    return ops.concatenate([ops.zeros(units, dtype), ops.ones(units, dtype), ops.zeros(2 * units, dtype)])
