"""Baselines: what a model must beat."""

from dataclasses import replace

import numpy as np
import pytest

from tests.workers.data.timelines import HALVES, counting
from workers.data.dataset import prepare


def test_a_forecast_is_scored_on_validation_in_the_targets_own_units() -> None:
    timeline = counting(20)
    forecasts = {"persistence": np.where(np.arange(20) < 10, 1e9, 0)[:, None] + timeline.targets - 3.0}
    baselines = prepare(replace(timeline, forecasts=forecasts), HALVES).baselines
    scale = np.arange(0, 20, 2).std()  # of the training part, 0 2 4 ... 18
    expected = {"validation/loss": 9.0, "validation/rmse": 3.0, "validation/error": 3 / scale}
    assert baselines == {"persistence": pytest.approx(expected)}


def test_without_a_forecast_the_mean_of_training_is_to_be_beaten() -> None:
    baselines = prepare(counting(8), HALVES).baselines  # training 0 2 4 6, validation 8 10
    assert baselines["mean"]["validation/loss"] == pytest.approx((5**2 + 7**2) / 2)


def test_for_classes_the_commonest_of_training_is_to_be_beaten() -> None:
    labels = np.array([1, 1, 1, 0, 0, 1, 1, 1], np.int32)
    baselines = prepare(replace(counting(8), targets=labels, n_classes=2), HALVES).baselines
    expected = -(np.log(2 / 6) + np.log(4 / 6)) / 2  # frequencies (1 + 1) / (4 + 2) and (3 + 1) / (4 + 2)
    scores = {"validation/loss": expected, "validation/accuracy": 0.5, "validation/error": expected}
    assert baselines == {"majority": pytest.approx(scores)}
