"""What every loss and every baseline promises, whichever row it is."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from tests.workers.data.sources.tables import table
from tests.workers.data.timelines import counting
from workers.data import losses
from workers.data.asked_loss import Asked
from workers.data.baselines import (
    BASELINES,
    NAIVE_FORECASTS,
    Baseline,
    Present,
    baseline_scores,
    baseline_statistics,
    naive_forecasts,
)
from workers.data.loss_row import Loss
from workers.data.losses import loss_of
from workers.data.scaling import Scaling
from workers.data.seasons import by_rows
from workers.data.timeline import Timeline

N = 24
COUNTS = replace(counting(N), targets=np.random.default_rng(3).poisson(3, (N, 1)).astype(np.float32))
LABELS = np.random.default_rng(0).integers(0, 3, N)
CLASSES = replace(counting(N), targets=LABELS.astype(np.int32), n_classes=3)
TIMELINES = {
    "values": counting(N),
    "forecast values": table("x\n" + "".join(f"{i % 5}\n" for i in range(N)), inputs=["x"], targets=["x"], season=5),
    **{f"loss {name}": replace(COUNTS, loss=Asked(name, quantiles=(0.2, 0.7))) for name in losses.NUMBERS},
    "classes": CLASSES,
    "text": replace(CLASSES, features=LABELS[:, None].astype(np.float32), alphabet="abc"),
}
SCALING = Scaling(*(np.full(1, float(number)) for number in (0, 1, 5, 3)))


def statistics_of(loss: Loss, timeline: Timeline) -> np.ndarray:
    """(1, N, n_statistics) of random outputs."""
    n_outputs = timeline.n_classes or loss.n_outputs(1)
    y = np.random.default_rng(1).normal(size=(1, N, n_outputs)).astype(np.float32)
    return np.asarray(loss.statistics(keras.ops, y, timeline.targets[None]))


@pytest.fixture(params=TIMELINES)
def timeline(request: pytest.FixtureRequest) -> Timeline:
    return TIMELINES[request.param]


def test_every_loss_is_that_of_some_timeline() -> None:
    assert {id(loss_of(timeline)) for timeline in TIMELINES.values()} >= {id(loss) for loss in losses.LOSSES}


def test_a_loss_has_as_many_statistics_as_it_says(timeline: Timeline) -> None:
    loss = loss_of(timeline)
    assert statistics_of(loss, timeline).shape == (1, N, loss.n_statistics(timeline.n_classes or loss.n_outputs(1)))


def test_training_minimizes_what_is_reported_but_for_the_units(timeline: Timeline) -> None:
    loss = loss_of(timeline)
    statistics = statistics_of(loss, timeline)
    one = np.ones(1)
    reported = loss.measures(statistics, Scaling(one, one, one, one))["loss"]
    np.testing.assert_allclose(np.asarray(loss.reduce(keras.ops, statistics)), reported, rtol=1e-6)


def test_a_metric_follows_from_the_mean_of_what_a_comparison_averages(timeline: Timeline) -> None:
    loss = loss_of(timeline)
    statistics = statistics_of(loss, timeline).astype(np.float64)
    metrics = loss.metrics_of(loss.measures(statistics.mean(axis=(0, 1)), SCALING))
    assert list(metrics) == ["loss", *loss.metrics]
    for name, metric in loss.metrics.items():
        mean = float(loss.per_timestep(statistics, SCALING, f"validation/{name}").mean())
        expected = metric.of_mean(mean) if metric.per_timestep(1.0) == 1.0 else mean
        assert metrics[name] == pytest.approx(expected)


def test_every_loss_of_a_split_is_averaged_as_the_loss(timeline: Timeline) -> None:
    loss = loss_of(timeline)
    statistics = statistics_of(loss, timeline)
    cold, matched = (loss.per_timestep(statistics, SCALING, f"validation/{name}") for name in ("loss_cold", "loss"))
    np.testing.assert_array_equal(cold, matched)


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_has_all_metrics_wherever_it_applies(name: str) -> None:
    suited = [timeline for timeline in TIMELINES.values() if BASELINES[name].applies(timeline)]
    assert suited
    for timeline in suited:
        statistics = baseline_statistics(timeline, SCALING, np.arange(16), np.arange(16, N))[name]
        assert len(statistics) == N - 16
        scores = baseline_scores(timeline, statistics, SCALING)
        assert list(scores) == ["loss", *loss_of(timeline).metrics, "error"]
        assert np.isfinite(list(scores.values())).all()


@pytest.mark.parametrize("row", BASELINES.values(), ids=BASELINES)
def test_a_baseline_learns_from_the_training_part_alone(row: Baseline) -> None:
    """Its forecast is the same whatever the held-back targets are."""
    for timeline in filter(row.applies, TIMELINES.values()):
        targets = timeline.targets.copy()
        targets[16:] = 0
        changed = replace(timeline, targets=targets)
        known, asked = np.arange(16), np.array([16])
        one, other = (row.fit(version, known)(asked) for version in (timeline, changed))
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", NAIVE_FORECASTS)
def test_a_naive_forecast_never_looks_ahead(name: str) -> None:
    now = np.random.default_rng(2).normal(size=(N, 1))
    later = np.where(np.arange(N)[:, None] > 10, 0, now)
    sequence = np.zeros(N, np.int64)
    a, b = (naive_forecasts(Present(values, by_rows(values, sequence, 3, 2).values))[name] for values in (now, later))
    np.testing.assert_array_equal(a[:11], b[:11])
    assert np.isfinite(a).all()
