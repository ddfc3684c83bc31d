"""Each group of a panel in its own scale: by the mean and the deviation of its own training part."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers.data.group_scale import Figures, GroupScale
from workers.data.scaling import Column, is_constant, mean_and_deviation
from workers.data.timeline import Sequences, Timeline


def group_scale(timeline: Timeline, train: Sequences, inputs: Sequence[bool]) -> GroupScale:
    """The scale of each group that has rows in the training part, by these alone.

    inputs: (n_features,) which are scaled by groups. What is constant in a group's training part, or has no target
    there, is divided by the deviation of all groups' rows together.
    """
    timesteps = train.timesteps
    group = _group_of_each(timeline)[timesteps]
    others = _figures(timeline, timesteps, np.array(inputs, bool))
    found = {}
    for number in np.unique(group):
        own = _figures(timeline, timesteps[group == number], np.array(inputs, bool), others)
        found[timeline.group_names[number]] = own
    return GroupScale(found, others)


def in_group_scale(timeline: Timeline, scale: GroupScale) -> Timeline:
    """The timeline with each group's inputs and targets in its own scale."""
    names = np.array(timeline.group_names, object)[_group_of_each(timeline)]
    own = scale.of(names)
    scaled = replace(timeline, features=scale.features(timeline.features, names), group_scale=scale)
    if timeline.n_classes:
        return scaled
    mean, deviation = own.target_mean, own.target_scale
    return replace(
        scaled,
        targets=np.where(timeline.scored[:, None], (timeline.targets - mean) / deviation, 0.0),
        base=mean if timeline.base is None else timeline.base + mean,
        spreads=deviation,
        forecasts={name: (forecast - mean) / deviation for name, forecast in timeline.forecasts.items()},
    )


def note(timeline: Timeline, scale: GroupScale) -> str:
    """What was done, and for which groups there was nothing to do it by."""
    without = len(set(timeline.group_names) - set(scale.groups))
    all_of_them = f"; {without:,} without rows in training by those of all groups" if without else ""
    return f"{len(scale.groups):,} groups are each scaled by their own mean and deviation in training{all_of_them}"


def _group_of_each(timeline: Timeline) -> NDArray[np.int64]:
    """(time,) the number of each timestep's group."""
    assert timeline.groups is not None  # noqa: S101  (for mypy: who asks has seen to it)
    return np.repeat(timeline.groups, timeline.stops - timeline.starts)


def _figures(
    timeline: Timeline, timesteps: NDArray[np.int64], inputs: NDArray[np.bool_], others: Figures | None = None
) -> Figures:
    """Those of these timesteps; others: whose deviations stand in for what is constant in them."""
    columns = timeline.features.shape[1]
    feature_mean, feature_scale = np.zeros(columns), np.ones(columns)
    instead = others or Figures(feature_mean, feature_scale, np.zeros(0), np.ones(0))
    mean, deviation = _of_columns(timeline.features[timesteps], instead.feature_mean, instead.feature_scale)
    feature_mean, feature_scale = np.where(inputs, mean, feature_mean), np.where(inputs, deviation, feature_scale)
    if timeline.n_classes:
        return Figures(feature_mean, feature_scale, np.zeros(0), np.zeros(0))
    targets = timeline.targets[timesteps[timeline.scored[timesteps]]]
    n_targets = timeline.targets.shape[1]
    usual = (others.target_mean, others.target_scale) if others else (np.zeros(n_targets), np.ones(n_targets))
    return Figures(feature_mean, feature_scale, *_of_columns(targets, *usual))


def _of_columns(values: NDArray[Any], mean: Column, deviation: Column) -> tuple[Column, Column]:
    """The mean and the deviation of values (n, columns); of none the mean given, and of constants the deviation."""
    if not len(values):
        return mean, deviation
    own_mean, own_deviation = mean_and_deviation(values)
    return own_mean, np.where(is_constant(values), deviation, own_deviation)
