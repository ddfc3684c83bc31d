"""Mean 0 and deviation 1: how inputs and targets are scaled, by the training part alone."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float32]


@dataclass(frozen=True)
class Scaling:
    """scaled = (value - mean) / scale, by column; of targets only for regression."""

    feature_mean: Column
    feature_scale: Column
    target_mean: Column
    target_scale: Column


def moments(values: NDArray[Any]) -> tuple[Column, Column]:
    """Mean and deviation of each column of (n, columns); of a constant one the deviation is 1."""
    scale = values.std(axis=0, dtype=np.float64)
    mean = values.mean(axis=0, dtype=np.float64)
    constant = scale <= 1e-7 * np.maximum(np.abs(mean), 1e-30)
    return mean.astype(np.float32), np.where(constant, 1, scale).astype(np.float32)


def as_they_are(columns: int) -> tuple[Column, Column]:
    """The mean and the deviation that change nothing."""
    return np.zeros(columns, np.float32), np.ones(columns, np.float32)
