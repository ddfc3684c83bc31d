"""The trials that every peer trains, and how a Keras user would train one of them."""

import itertools
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, TypedDict

import numpy as np

WINDOW, UNITS, TIMESTEPS, WORKERS = 20, 32, 25_600, 2
EPOCHS = int(os.environ.get("EPOCHS", "3"))
HELD_OUT = 0.1  # beyond the timesteps that are trained on; peers leave it alone
SIZES = [int(size) for size in os.environ.get("SIZES", "24").split(",")]


class Arrays(TypedDict):
    """The members of an .npz file, as studies read it."""

    features: np.ndarray
    targets: np.ndarray


@dataclass(frozen=True)
class Configuration:
    """One trial. reset: every_epoch or every_batch, of a stateful one."""

    cell: str
    stateful: bool
    reset: str | None
    batch_size: int
    learning_rate: float

    def as_dict(self) -> dict[str, object]:
        """For an optimiser."""
        return asdict(self)


def configurations(count: int) -> list[Configuration]:
    """The first of a cycle over cell, state and batch size; no two have the same learning rate, so none is a repeat."""
    states = ((True, "every_epoch"), (False, None), (True, "every_batch"))
    grid = list(itertools.product((8, 16, 32), ("LSTM", "GRU"), states))
    order = np.random.default_rng(0).permutation(len(grid))
    cycle = itertools.islice(itertools.cycle(order), count)
    rates = 1e-3 * (1 + np.arange(count) / count)
    return [
        Configuration(cell, stateful, reset, batch_size, float(rate))
        for rate, (batch_size, cell, (stateful, reset)) in zip(rates, (grid[i] for i in cycle), strict=True)
    ]


def series(n: int) -> np.ndarray:
    """float32 (n,): two incommensurate sines plus noise."""
    t = np.arange(n)
    return (np.sin(t / 50) + np.sin(t / 313) + 0.1 * np.random.default_rng(0).normal(size=n)).astype(np.float32)


def arrays() -> Arrays:
    """The series one step ahead, of which TIMESTEPS are left to train on once HELD_OUT is."""
    values = series(round(TIMESTEPS / (1 - HELD_OUT)) + 1)
    return {"features": values[:-1, None], "targets": values[1:, None]}


def fit(each: Configuration, on_epoch_end: Callable[[int, float], None]) -> None:
    """Train one trial with compile, fit, and a callback that resets the recurrent state."""
    import keras  # noqa: PLC0415  (a peer may set up TensorFlow first)

    keras.utils.set_random_seed(0)
    x, y = _lanes(series(TIMESTEPS + 1), each.batch_size)
    layer = getattr(keras.layers, each.cell)(UNITS, return_sequences=True, stateful=each.stateful)
    model = keras.Sequential([keras.Input(batch_shape=(each.batch_size, WINDOW, 1)), layer, keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(each.learning_rate), "mse")

    class Resets(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
        def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
            if each.reset == "every_epoch":
                layer.reset_state()

        def on_train_batch_begin(self, batch: int, logs: object = None) -> None:
            if each.reset == "every_batch":
                layer.reset_state()

        def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
            on_epoch_end(epoch, float(logs["loss"]))

    model.fit(x, y, batch_size=each.batch_size, epochs=EPOCHS, shuffle=False, verbose=0, callbacks=[Resets()])


def _lanes(values: np.ndarray, batch_size: int) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and targets (windows, WINDOW, 1): row i of a batch continues row i of the batch before."""
    n_windows = (len(values) - 1) // (batch_size * WINDOW)
    length = n_windows * WINDOW

    def cut(part: np.ndarray) -> np.ndarray:
        rows = part[: batch_size * length].reshape(batch_size, n_windows, WINDOW, 1)
        return np.ascontiguousarray(rows.swapaxes(0, 1)).reshape(-1, WINDOW, 1)

    return cut(values[:-1]), cut(values[1:])
