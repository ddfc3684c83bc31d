"""Logarithms are learnt, and the targets themselves are what every score is of."""

from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.metrics import mean_absolute_error, mean_pinball_loss, mean_squared_error

from tests.workers.data.timelines import HALVES, counting
from workers.data.asked_loss import Asked
from workers.data.bent_loss import BentLoss
from workers.data.dataset import Dataset, prepare
from workers.data.losses import loss_of, number_loss
from workers.data.timeline import Timeline

LEVELS = (0.2, 0.5, 0.8)
LOSSES = {
    "squared": None,
    "absolute": Asked("absolute"),
    "huber": Asked("huber", delta=0.7),
    "quantiles": Asked("quantiles", quantiles=LEVELS),
    "calibrated": Asked("quantiles", quantiles=LEVELS, calibrate=True),
}
DRAWS = np.random.default_rng(4)
SOLD = np.exp(DRAWS.normal(size=(80, 2)) * [1.0, 0.3] + [3, 6])


def learnt(asked: Asked | None = None) -> Timeline:
    return replace(counting(80), targets=np.log1p(SOLD), transform="log1p", loss=asked, target_names=("a", "b"))


def outputs(dataset: Dataset) -> np.ndarray:
    return DRAWS.normal(size=(80, dataset.n_outputs)).astype(np.float32) * 0.5


def by_hand(asked: Asked | None, forecast: np.ndarray, scale: np.ndarray) -> float:
    """The loss of forecasts (80, n_outputs) of SOLD, in its own units."""
    if asked is None:
        return float(mean_squared_error(SOLD, forecast))
    if asked.quantiles:
        by_level = forecast.reshape(80, len(LEVELS), 2)
        each = [mean_pinball_loss(SOLD, by_level[:, n], alpha=level) for n, level in enumerate(LEVELS)]
        return float(np.mean(each))
    if asked.name == "absolute":
        return float(mean_absolute_error(SOLD, forecast))
    error = np.abs(forecast - SOLD) / scale
    huber = np.where(error < asked.delta, error**2 / 2, asked.delta * (error - asked.delta / 2))
    return float((huber * scale**2).mean())


@pytest.mark.parametrize("name", LOSSES)
def test_the_loss_is_that_of_the_levels_in_their_own_units(name: str) -> None:
    dataset = prepare(learnt(LOSSES[name]), HALVES)
    loss, scaling, y = dataset.loss, dataset.scaling, outputs(dataset)
    forecast = loss.levels(loss.in_own_units(y, scaling), None)
    answers = dataset.timeline.answers(slice(None))
    found = np.asarray(loss.statistics(keras.ops, y, answers))
    expected = by_hand(LOSSES[name], forecast, scaling.of_levels.target_scale)
    assert loss.measures(found.mean(axis=0), scaling)["loss"] == pytest.approx(expected, rel=1e-4)
    logs = loss.in_own_units(y, scaling)
    without_a_network = loss.of_forecasts(logs, dataset.given.answers(slice(None)), scaling)
    assert loss.measures(without_a_network, scaling)["loss"] == pytest.approx(
        loss.measures(found, scaling)["loss"], rel=1e-3, abs=1e-4
    )
    own, of_levels = number_loss(LOSSES[name]), found[:, : found.shape[1] // 2]
    assert loss.deciding(found, scaling, "validation/loss") == pytest.approx(own.reduce(np, of_levels))


@pytest.mark.parametrize("name", LOSSES)
def test_training_minimizes_the_loss_of_the_scaled_logarithms(name: str) -> None:
    dataset, plain = (prepare(replace(learnt(LOSSES[name]), transform=how), HALVES) for how in ("log1p", None))
    y = outputs(dataset)
    found = dataset.loss.statistics(keras.ops, y, dataset.timeline.answers(slice(None)))
    alone = plain.loss.statistics(keras.ops, y, plain.timeline.answers(slice(None)))
    assert np.asarray(dataset.loss.reduce(keras.ops, found)) == pytest.approx(
        np.asarray(plain.loss.reduce(keras.ops, alone)), rel=1e-6
    )
    if dataset.loss.calibrates:  # by the logarithms, to which outputs are shifts
        assert np.asarray(found)[:, -y.shape[1] :] == pytest.approx(np.asarray(alone)[:, -y.shape[1] :])


def test_a_forecast_that_no_number_can_hold_spoils_no_gradient() -> None:
    dataset = prepare(learnt(), HALVES)
    y = tf.Variable(np.full((80, 2), 1e6, np.float32))
    with tf.GradientTape() as tape:
        found = dataset.loss.statistics(keras.ops, y, tf.constant(dataset.timeline.answers(slice(None))))
        loss = tf.reduce_mean(dataset.loss.reduce(keras.ops, found))
    assert np.isfinite(found.numpy()).all()
    assert np.isfinite(tape.gradient(loss, y).numpy()).all()


def test_the_best_constant_is_that_of_the_levels() -> None:
    known = learnt().scored.nonzero()[0][: len(SOLD) // 2]
    constant = prepare(learnt(), HALVES).constants["mean"]
    assert np.expm1(constant) == pytest.approx(SOLD[known].mean(axis=0))
    assert prepare(learnt(), HALVES).baselines["mean"]["validation/loss"] == pytest.approx(
        float(np.square(SOLD[40:60] - SOLD[:40].mean(axis=0)).mean())
    )


def test_changes_of_logarithms_are_judged_by_the_levels_that_they_come_to() -> None:
    now, then = np.log(SOLD[:-1]), np.log(SOLD[1:])
    timeline = replace(
        counting(79),
        targets=then - now,
        base=now,
        of_changes=True,
        transform="log",
        forecasts={"persistence": np.zeros_like(now)},
    )
    found = prepare(timeline, HALVES).test_baselines["persistence"]["test/loss"]
    at = prepare(timeline, HALVES).test.timesteps
    assert found == pytest.approx(float(np.square(SOLD[1:] - SOLD[:-1])[at].mean()))


def test_the_digest_knows_what_was_taken_and_is_as_before_where_nothing_was() -> None:
    digests = {prepare(replace(learnt(), transform=how), HALVES).digest for how in ("log", "log1p", None)}
    assert len(digests) == 3


def test_each_target_has_its_own_error_in_its_own_units() -> None:
    dataset = prepare(learnt(), HALVES)
    loss, scaling, y = loss_of(dataset.timeline), dataset.scaling, outputs(dataset)
    assert isinstance(loss, BentLoss)
    means = np.asarray(loss.statistics(keras.ops, y, dataset.timeline.answers(slice(None)))).mean(axis=0)
    errors = loss.levels(loss.in_own_units(y, scaling), None) - SOLD
    each = [own["rmse"] for own in loss.metrics_of_each(means, scaling)]
    assert each == pytest.approx(np.sqrt(np.square(errors).mean(axis=0)), rel=1e-4)
