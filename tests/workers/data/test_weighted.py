"""Horizons that count more in the loss count so wherever models are trained, chosen or compared by it."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from tests.workers.data.timelines import HALVES, counting
from workers.data.asked_loss import Asked
from workers.data.dataset import prepare
from workers.data.losses import number_loss
from workers.data.scaling import Scaling

SCALING = Scaling(np.zeros(1), np.ones(1), np.zeros(2), np.array([2.0, 10.0]))
WEIGHTS = (1.5, 0.5)
QUANTILES = Asked("quantiles", quantiles=(0.1, 0.9))


def test_the_loss_is_the_weighted_mean_as_scaled_and_in_own_units() -> None:
    loss, found = number_loss(None, WEIGHTS), np.array([[4.0, 9.0], [1.0, 0.0]])
    assert loss.reduce(np, found).tolist() == [(1.5 * 4 + 0.5 * 9) / 2, 0.75]
    assert np.asarray(loss.reduce(keras.ops, found.astype(np.float32))) == pytest.approx([5.25, 0.75])
    mean = loss.metrics_of(loss.measures(found[0], SCALING))
    assert mean == {"loss": (1.5 * 16 + 0.5 * 900) / 2, "rmse": ((1.5 * 16 + 0.5 * 900) / 2) ** 0.5}


def test_each_horizon_s_own_error_is_as_ever() -> None:
    found = np.array([4.0, 9.0])
    each = number_loss(None, WEIGHTS).metrics_of_each(found, SCALING)
    assert each == number_loss(None).metrics_of_each(found, SCALING) == [{"rmse": 4.0}, {"rmse": 30.0}]


def test_of_quantiles_the_loss_alone_is_weighted() -> None:
    plain, weighted = number_loss(QUANTILES), number_loss(QUANTILES, WEIGHTS)
    found = np.array([4.0, 9.0, 0.5, 1.0, 3.0, 5.0])
    both = [loss.metrics_of(loss.measures(found, SCALING)) for loss in (plain, weighted)]
    assert {name: both[0][name] == both[1][name] for name in both[0]} == {
        "loss": False,
        "pinball": False,
        "coverage": True,
        "width": True,
    }
    assert weighted.reduce(np, found) == (1.5 * 4 + 0.5 * 9) / 2


def test_baselines_are_scored_by_it_and_at_each_horizon() -> None:
    two = replace(counting(60), targets=np.arange(120.0).reshape(60, 2) ** 1.5, target_names=("y+1", "y+3"), horizon=3)
    of_each = prepare(replace(two, horizons=(1, 3)), HALVES).baselines["mean"]
    weighted = prepare(replace(two, horizons=(1, 3), weights=WEIGHTS), HALVES)
    losses = [of_each[f"validation/rmse/y_{steps}"] ** 2 for steps in (1, 3)]
    assert of_each["validation/loss"] == pytest.approx(np.mean(losses))
    assert weighted.baselines["mean"]["validation/loss"] == pytest.approx(1.5 * losses[0] / 2 + 0.5 * losses[1] / 2)
    assert not any(name.count("/") > 1 for name in prepare(two, HALVES).baselines["mean"])
