"""Quantiles: the pinball loss of scikit-learn, never crossing, with coverage and width; calibrated as they should."""

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from sklearn.metrics import mean_pinball_loss

from tests.workers.data.timelines import HALVES, counting
from workers.data.asked_loss import Asked, AskedLoss
from workers.data.dataset import prepare
from workers.data.loss_row import Loss
from workers.data.losses import number_loss
from workers.data.quantile_loss import shifts
from workers.data.scaling import Scaling
from workers.spec import metric_names

LEVELS = (0.1, 0.5, 0.9)
ASKED = Asked("quantiles", quantiles=LEVELS)
RANDOM = np.random.default_rng(0)
TARGETS = RANDOM.normal(size=(80, 2)) * [3, 5] + 7
CROSSING = RANDOM.normal(size=(80, 6)).astype(np.float32)
SCALING = Scaling(np.zeros(1), np.ones(1), np.array([7.0, 7.0]), np.array([3.0, 5.0]))


def loss(**fields: Any) -> Loss:
    return number_loss(ASKED._replace(**fields))


def statistics(row: Loss) -> Any:
    targets = ((TARGETS - SCALING.target_mean) / SCALING.target_scale).astype(np.float32)
    return np.asarray(row.statistics(keras.ops, CROSSING, targets), np.float64)


def forecasts() -> Any:
    """(80, levels, targets)"""
    return loss().in_own_units(CROSSING, SCALING).reshape(80, 3, 2)


def test_the_loss_is_the_mean_of_the_pinball_losses_of_what_is_forecast() -> None:
    found = loss().measures(statistics(loss()), SCALING)["loss"].mean()
    each = [mean_pinball_loss(TARGETS, forecasts()[:, n], alpha=level) for n, level in enumerate(LEVELS)]
    assert found == pytest.approx(np.mean(each), rel=1e-5)


def test_quantiles_never_cross_whatever_the_network_says() -> None:
    assert (np.diff(forecasts(), axis=1) >= 0).all()


def test_coverage_and_width_are_of_the_outermost_quantiles() -> None:
    low, _, high = np.moveaxis(forecasts(), 1, 0)
    found = loss().metrics_of(loss().measures(statistics(loss()).mean(axis=0), SCALING))
    assert found["coverage"] == pytest.approx(((low <= TARGETS) & (high >= TARGETS)).mean())
    assert found["width"] == pytest.approx((high - low).mean(), rel=1e-5)
    assert found["pinball"] == found["loss"]


@pytest.mark.parametrize("calibrate", [False, True])
def test_each_of_several_targets_has_its_own_metrics(calibrate: bool) -> None:
    row = loss(calibrate=calibrate)
    found = row.metrics_of_each(statistics(row).mean(axis=0), SCALING)
    low, _, high = np.moveaxis(forecasts(), 1, 0)
    for target, own in enumerate(found):
        assert own["width"] == pytest.approx((high - low)[:, target].mean(), rel=1e-5)
        each = [mean_pinball_loss(TARGETS[:, target], forecasts()[:, n, target], alpha=q) for n, q in enumerate(LEVELS)]
        assert own["pinball"] == pytest.approx(np.mean(each), rel=1e-5)


def test_a_study_is_not_judged_by_coverage_or_width_alone() -> None:
    data = prepare(replace(counting(60), loss=ASKED), HALVES)
    assert data.metrics == ("pinball", "coverage", "width")
    names = metric_names(data.objectives)
    assert "validation/pinball" in names
    assert "validation/coverage" not in names


def test_a_forecast_without_a_network_is_spread_by_its_own_errors_in_training() -> None:
    noise = np.random.default_rng(1).normal(size=(4000, 1))
    plain = counting(4000)
    timeline = replace(plain, targets=noise, forecasts={"persistence": np.zeros((4000, 1))}, loss=ASKED)
    data = prepare(timeline, HALVES)
    assert data.constants["persistence"] == pytest.approx([-1.2816, 0, 1.2816], abs=0.1)
    assert data.test_baselines["persistence"]["test/coverage"] == pytest.approx(0.8, abs=0.04)


@given(st.integers(1, 200), st.sampled_from([0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99]))
def test_of_rows_and_one_more_as_many_lie_below_a_calibrated_quantile_as_should(n: int, level: float) -> None:
    """Exactly so, by the ranks: of n + 1 exchangeable rows each is as likely to be the one that is new."""
    (shift,) = shifts(np.arange(1.0, n + 1)[:, None], (level,))
    below = shift / (n + 1)  # the new one's rank is any of 1 to n + 1
    room = 1 / (n + 1)
    if level >= 0.5:
        assert below >= level - 1e-9 or shift == n
        assert below < level + room + 1e-9
    else:
        assert below <= level + 1e-9 or shift == 1
        assert below > level - room - 1e-9


def test_calibrated_quantiles_of_a_known_distribution_cover_what_they_should() -> None:
    """Outputs that are wrong by far are moved to the quantiles of rows that they never saw."""
    draws, covered = np.random.default_rng(0), []
    for _ in range(300):
        known, new = draws.gamma(2, size=99), draws.gamma(2, size=200)
        wrong = np.array([5.0, -3.0])
        low, high = wrong + shifts(known[:, None] - wrong, (0.1, 0.9))
        covered.append(((low <= new) & (new <= high)).mean())
    assert np.mean(covered) == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize("asked", [{"quantiles": [0.1, 0.9]}, {"quantiles": [0.5], "calibrate": True}])
def test_quantiles_are_written_as_they_were_asked_for(asked: Any) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(AskedLoss)
    assert adapter.dump_python(adapter.validate_python(asked), mode="json") == asked


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"quantiles": [0.1, 1.5]}, "numbers between 0 and 1, each once"),
        ({"quantiles": [0.1, 0.1]}, "each once"),
        ({"quantiles": []}, "quantiles is a list"),
        ({"quantiles": 0.5}, "quantiles is a list"),
        ({"quantiles": [0.5], "calibrate": 1}, "calibrate is true or false"),
        ({"quantiles": [0.5], "conformal": True}, "is one of squared"),
    ],
)
def test_quantiles_that_are_none_are_one_message(asked: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TypeAdapter(AskedLoss).validate_python(asked)


def test_outputs_that_cross_are_calibrated_in_the_order_in_which_they_are_forecast() -> None:
    draws = np.random.default_rng(1)
    targets, outputs = draws.normal(size=(999, 1)), draws.normal(size=(999, 2)) * 0.3
    moved = np.sort(outputs + shifts(targets - outputs, (0.1, 0.9)), axis=1)
    assert (targets[:, 0] < moved[:, 0]).mean() == pytest.approx(0.1, abs=0.005)
    assert (targets[:, 0] <= moved[:, 1]).mean() == pytest.approx(0.9, abs=0.005)
