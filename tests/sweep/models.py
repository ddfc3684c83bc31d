"""Keras models that need no training."""

from pathlib import Path

import keras


def keras_file(number: float, folder: Path) -> bytes:
    """The `.keras` file of a model of two inputs that always predicts this number."""
    constant = keras.initializers.Constant(number)
    head = keras.layers.Dense(1, kernel_initializer="zeros", bias_initializer=constant, name="head")
    model = keras.Sequential([keras.Input((None, 2), name="inputs"), head], name="constant")
    model.save(folder / "model.keras")
    return (folder / "model.keras").read_bytes()
