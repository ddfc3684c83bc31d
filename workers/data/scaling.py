"""Mean 0 and deviation 1: how inputs and targets are scaled, by the training part alone."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers.data.timeline import Sequences, Timeline

Column = NDArray[np.float32]


@dataclass(frozen=True)
class Scaling:
    """scaled = (value - mean) / scale, by column; of targets only for regression.

    feature_mean, feature_scale  (n_features,)
    target_mean, target_scale    (n_targets,); of classes (0,)
    """

    feature_mean: Column
    feature_scale: Column
    target_mean: Column
    target_scale: Column

    @classmethod
    def of(cls, timeline: Timeline, train: Sequences) -> "Scaling":
        """The scaling that gives the training part mean 0 and deviation 1; characters and classes stay as they are."""
        timesteps = train.timesteps
        features = _identity(1) if timeline.alphabet else _mean_and_deviation(timeline.features[timesteps])
        if timeline.n_classes:
            return cls(*features, *_identity(0))
        return cls(*features, *_mean_and_deviation(timeline.targets[timesteps[timeline.scored[timesteps]]]))

    @property
    def unit(self) -> float:
        """A unit of the targets, in the scale of training; of classes 1."""
        return 1 / float(np.sqrt(np.mean(self.target_scale**2))) if len(self.target_scale) else 1.0

    def of_target(self, number: int) -> "Scaling":
        """That of one target alone."""
        only = slice(number, number + 1)
        return replace(self, target_mean=self.target_mean[only], target_scale=self.target_scale[only])

    def scaled(self, timeline: Timeline) -> Timeline:
        """The timeline with scaled features and targets."""
        features = (timeline.features - self.feature_mean) / self.feature_scale
        if timeline.n_classes:
            return replace(timeline, features=features)
        return replace(timeline, features=features, targets=(timeline.targets - self.target_mean) / self.target_scale)

    def unscaled(self, timeline: Timeline) -> Timeline:
        """The timeline in its own units, of one that this has scaled; to the rounding of single precision."""
        features = timeline.features * self.feature_scale + self.feature_mean
        if timeline.n_classes:
            return replace(timeline, features=features)
        return replace(timeline, features=features, targets=timeline.targets * self.target_scale + self.target_mean)


def _mean_and_deviation(values: NDArray[Any]) -> tuple[Column, Column]:
    """Each (columns,), of values (n, columns); the deviation of a constant column counts as 1."""
    scale = values.std(axis=0, dtype=np.float64)
    mean = values.mean(axis=0, dtype=np.float64)
    constant = scale <= 1e-7 * np.maximum(np.abs(mean), 1e-30)
    return mean.astype(np.float32), np.where(constant, 1, scale).astype(np.float32)


def _identity(columns: int) -> tuple[Column, Column]:
    """The mean and the deviation that change nothing, each (columns,)."""
    return np.zeros(columns, np.float32), np.ones(columns, np.float32)
