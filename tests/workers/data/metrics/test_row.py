"""The naive forecast of training, by whose error others are scaled, and what was measured."""

from dataclasses import replace

import numpy as np
import pytest

from tests.workers.data.timelines import counting
from tests.workers.worlds import sequences
from workers.data.metrics.row import judged, naive_errors


def test_the_naive_error_is_that_of_a_step_or_of_a_season_within_each_piece_of_training() -> None:
    timeline = counting(6, 4)
    values = np.array([1.0, 2, 4, 8, 16, 32, 100, 103, 100, 1e9])[:, None]
    train = sequences(6, 3)
    timeline = replace(timeline, targets=values)
    assert naive_errors(timeline, train, None).tolist() == [np.mean([1, 2, 4, 8, 16, 3, 3])]
    assert naive_errors(timeline, train, 2).tolist() == [np.mean([3, 6, 12, 24, 0])]


def test_a_target_that_is_not_scored_makes_no_naive_error() -> None:
    timeline = replace(counting(5), targets=np.array([[1.0], [2], [50], [3], [5]]))
    timeline = replace(timeline, scored=np.array([True, True, False, True, True]))
    assert naive_errors(timeline, sequences(5), None).tolist() == [1.5]
    assert np.isnan(naive_errors(timeline, sequences(5), 5)).all()


def test_changes_are_judged_as_the_levels_that_they_lead_to() -> None:
    levels = np.array([10.0, 12, 11, 15, 20])
    timeline = replace(counting(4), targets=np.diff(levels)[:, None], base=levels[:-1, None], of_changes=True)
    assert judged(timeline, np.arange(4), np.ones(1), "here").measured[:, 0].tolist() == levels[1:].tolist()
    assert naive_errors(timeline, sequences(4), None) == pytest.approx(np.abs(np.diff(levels[1:])).mean())
