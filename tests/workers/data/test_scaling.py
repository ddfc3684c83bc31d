"""Scaling: by the training part alone, and back again."""

from dataclasses import replace

import numpy as np
import pytest

from tests.workers.data.timelines import counting
from workers.data.dataset import for_refit, prepare
from workers.data.splits import Split


def test_scaled_training_data_have_mean_0_and_deviation_1() -> None:
    dataset = prepare(counting(100), Split())
    values = dataset.timeline.features[dataset.train.timesteps]
    assert (values.mean(), values.std()) == pytest.approx((0, 1), abs=1e-6)


def test_scaled_targets_are_turned_back_by_the_scaling() -> None:
    timeline = counting(100)
    dataset = prepare(timeline, Split())
    back = dataset.timeline.targets * dataset.scaling.target_scale + dataset.scaling.target_mean
    np.testing.assert_allclose(back, timeline.targets, atol=1e-4)


def test_a_column_that_never_changes_is_only_shifted() -> None:
    timeline = replace(counting(20), features=np.full((20, 1), 7, np.float32))
    assert not prepare(timeline, Split()).timeline.features.any()


def test_labels_are_not_scaled() -> None:
    timeline = replace(counting(20), targets=np.tile([0, 1], 10).astype(np.int32), n_classes=2)
    dataset = prepare(timeline, Split())
    assert (dataset.timeline.targets.tolist(), dataset.n_outputs) == ([0, 1] * 10, 2)


def test_for_refit_every_timestep_is_trained_on_and_the_scaling_is_that_of_all() -> None:
    timeline = replace(counting(100), horizon=3)
    dataset = for_refit(prepare(timeline, Split()))
    assert dataset.train.timesteps.tolist() == list(range(97))  # the targets of the last three lie past the end
    assert not len(dataset.test)
    values = dataset.timeline.features[dataset.train.timesteps]
    assert (values.mean(), values.std()) == pytest.approx((0, 1), abs=1e-5)
    back = dataset.timeline.targets * dataset.scaling.target_scale + dataset.scaling.target_mean
    np.testing.assert_allclose(back, timeline.targets, atol=1e-4)


def test_for_refit_labels_stay_as_they_are() -> None:
    timeline = replace(counting(20), targets=np.tile([0, 1], 10).astype(np.int32), n_classes=2)
    assert for_refit(prepare(timeline, Split())).timeline.targets.tolist() == [0, 1] * 10
