"""Mean 0 and deviation 1: how inputs and targets are scaled, by the training part alone, in double precision."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers.data.timeline import Sequences, Timeline

Column = NDArray[np.float64]
Scale = Callable[[NDArray[Any]], tuple[Column, Column]]

ROUNDING = 8  # steps between numbers: a column that varies by no more is constant, and was computed


@dataclass(frozen=True)
class Scaling:
    """scaled = (value - mean) / scale, by column; of targets only for regression.

    feature_mean, feature_scale  (n_features,)
    target_mean, target_scale    (n_targets,); of classes (0,)
    level_scale                  (n_targets,) the deviation of levels where targets are `bent`, by which errors are
                                 judged; else none
    """

    feature_mean: Column
    feature_scale: Column
    target_mean: Column
    target_scale: Column
    level_scale: Column | None = None

    @classmethod
    def of(cls, timeline: Timeline, train: Sequences, scale: Scale | None = None) -> "Scaling":
        """The scaling that gives the training part mean 0 and deviation 1.

        Characters, classes and what is looked up stay as they are.

        scale: how targets are scaled instead
        """
        timesteps = train.timesteps
        features = _identity(1) if timeline.alphabet else mean_and_deviation(timeline.features[timesteps])
        for each in timeline.embeddings:
            for own, same in zip(features, _identity(each.end - each.begin), strict=True):
                own[each.begin : each.end] = same
        if timeline.n_classes:
            return cls(*features, *_identity(0))
        of_targets, known = scale or mean_and_deviation, timesteps[timeline.scored[timesteps]]
        found = cls(*features, *of_targets(timeline.targets[known]))
        if not timeline.bent:
            return found
        return replace(found, level_scale=mean_and_deviation(timeline.levels(known))[1])

    @property
    def of_levels(self) -> "Scaling":
        """That of the levels of targets that are bent, in which errors are counted; else itself."""
        if self.level_scale is None:
            return self
        return replace(self, target_mean=np.zeros_like(self.level_scale), target_scale=self.level_scale)

    @property
    def unit(self) -> float:
        """A unit of the targets, in the scale in which errors are counted; of classes 1."""
        scale = self.of_levels.target_scale
        return 1 / float(np.sqrt(np.mean(scale**2))) if len(scale) else 1.0

    def of_target(self, number: int) -> "Scaling":
        """That of one target alone."""
        only = slice(number, number + 1)
        levels = None if self.level_scale is None else self.level_scale[only]
        return replace(
            self, target_mean=self.target_mean[only], target_scale=self.target_scale[only], level_scale=levels
        )

    def scaled(self, timeline: Timeline) -> Timeline:
        """The timeline with scaled features and targets, in single precision."""
        features = scaled(timeline.features, self.feature_mean, self.feature_scale)
        if timeline.n_classes:
            return replace(timeline, features=features)
        targets = scaled(timeline.targets, self.target_mean, self.target_scale)
        return replace(timeline, features=features, targets=targets, scales=self._scales(timeline))

    def _scales(self, timeline: Timeline) -> NDArray[np.float32] | None:
        """(time, 2 n_targets) see Timeline; none where targets are not bent."""
        if self.level_scale is None:
            return None
        found = timeline.own_scales(slice(None)) * np.concatenate([1 / self.level_scale, self.target_scale])
        return np.asarray(found, np.float32)


def scaled(values: NDArray[Any], mean: Column, scale: Column) -> NDArray[np.float32]:
    """(time, columns) values, centred and scaled before they lose digits; a column at a time, to save memory."""
    found = np.empty(values.shape, np.float32)
    for column in range(values.shape[1]):
        found[:, column] = (values[:, column].astype(np.float64) - mean[column]) / scale[column]
    return found


def is_constant(values: NDArray[Any]) -> NDArray[np.bool_]:
    """(columns,) whether each column of values (n, columns) has one value, but for the rounding of what computed it."""
    low, high = (edge.astype(np.float64) for edge in (values.min(axis=0), values.max(axis=0)))
    return np.asarray(high - low <= ROUNDING * spacing(values))


def spacing(values: NDArray[Any]) -> Column:
    """(columns,) how far apart numbers lie that are as large as those of each column (n, columns) of this type."""
    largest = np.abs(values).max(axis=0)
    return np.asarray(np.spacing(largest), np.float64)


def mean_and_deviation(values: NDArray[Any]) -> tuple[Column, Column]:
    """Each (columns,), of values (n, columns); the deviation of a constant column counts as 1."""
    constant = is_constant(values)
    mean = np.where(constant, values[0], values.mean(axis=0, dtype=np.float64))
    return mean, np.where(constant, 1.0, values.std(axis=0, dtype=np.float64))


def _identity(columns: int) -> tuple[Column, Column]:
    """The mean and the deviation that change nothing, each (columns,)."""
    return np.zeros(columns), np.ones(columns)
