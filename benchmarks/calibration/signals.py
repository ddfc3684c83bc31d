"""Generated signals whose next value is to be forecast; each is what `kind: python` of a study file asks for."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

MEMORY = 0.8  # what a timestep keeps of the one before
PERIOD = 40  # timesteps
SEQUENCE = 40  # timesteps

Arrays = Mapping[str, NDArray[np.generic]]


def autoregression(seed: int, length: int) -> Arrays:
    """One record in which the last value says all that can be known of the next: remembering more is worth nothing."""
    return _next(_autoregressive(np.random.default_rng(seed), length + 1))


def sine(seed: int, length: int) -> Arrays:
    """One record of a period of 40 under noise: to remember more than a window of 12 averages the noise out."""
    random = np.random.default_rng(seed)
    angle = 2 * np.pi * (np.arange(length + 1) / PERIOD + random.random())
    return _next(np.sin(angle) + 0.5 * random.normal(size=length + 1))


def sequences(seed: int, length: int) -> Arrays:
    """Sequences of 40 timesteps, each about a level of its own."""
    random = np.random.default_rng(seed)
    count = length // SEQUENCE
    pieces = [_next(random.normal() + _autoregressive(random, SEQUENCE + 1)) for _ in range(count)]
    joined = {name: np.concatenate([piece[name] for piece in pieces]) for name in ("features", "targets")}
    return {**joined, "starts": np.arange(count, dtype=np.int64) * SEQUENCE}


def _autoregressive(random: np.random.Generator, length: int) -> NDArray[np.float64]:
    values = random.normal(size=length)
    for now in range(1, length):
        values[now] += MEMORY * values[now - 1]
    return values


def _next(values: NDArray[np.float64]) -> dict[str, NDArray[np.generic]]:
    column = values[:, None].astype(np.float32)
    return {"features": column[:-1], "targets": column[1:]}
