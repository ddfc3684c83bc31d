"""The activations of gates, through one function that XLA computes in one go for all of them."""

from typing import Any

import tensorflow as tf


def sigmoid(x: Any) -> Any:
    """(1 + tanh(x / 2)) / 2, which takes XLA less time than 1 / (1 + exp(-x))."""
    return 0.5 * tf.tanh(0.5 * x) + 0.5


def lstm_gates(written: Any) -> Any:
    """(batch, 4 * units) sigmoid(i), sigmoid(f), tanh(g), sigmoid(o) of i, f, g, o."""
    units = written.shape[-1] // 4
    half, one = tf.fill((units,), 0.5), tf.ones((units,))
    scale = tf.concat([half, half, one, half], 0)
    return scale * tf.tanh(scale * written) + (1 - scale)
