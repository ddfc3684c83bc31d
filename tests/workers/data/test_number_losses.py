"""The losses that a study file can ask for: each is what scikit-learn or Keras has, and best where it says."""

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError
from sklearn.metrics import mean_absolute_error, mean_poisson_deviance, mean_squared_error

from tests.workers.data.sources.tables import table
from tests.workers.data.timelines import HALVES, counting
from workers.data.asked_loss import Asked, AskedLoss
from workers.data.dataset import Dataset, prepare
from workers.data.losses import NUMBERS, number_loss
from workers.data.sources.arrays import Arrays, timeline
from workers.data.timeline import Timeline
from workers.errors import DataError

RANDOM = np.random.default_rng(0)
COUNTS = RANDOM.poisson(4, (60, 2)).astype(np.float64)
FORECASTS = RANDOM.uniform(0.5, 8, (60, 2))
LOSSES = [Asked(name) for name in NUMBERS if name != "quantiles"] + [Asked("huber", 0.3)]


def dataset(asked: Asked, targets: Any = COUNTS) -> Dataset:
    plain: Timeline = counting(len(targets))
    return prepare(replace(plain, targets=targets, loss=asked), HALVES)


def by_hand(asked: Asked, scale: Any) -> float:
    if asked.name == "huber":
        each = [
            keras.losses.Huber(delta=asked.delta * scale[n])(COUNTS[:, n], FORECASTS[:, n]) for n in range(len(scale))
        ]
        return float(np.mean([float(one) for one in each]))
    known = {"squared": mean_squared_error, "absolute": mean_absolute_error}
    if asked.name in known:
        return float(known[asked.name](COUNTS, FORECASTS))
    return float(np.mean([mean_poisson_deviance(COUNTS[:, n], FORECASTS[:, n]) for n in range(len(scale))]))


@pytest.mark.parametrize("asked", LOSSES, ids=str)
def test_the_loss_of_forecasts_is_that_of_the_libraries_in_the_targets_own_units(asked: Asked) -> None:
    loss, scaling = number_loss(asked), dataset(asked).scaling
    statistics = loss.of_forecasts(FORECASTS, COUNTS, scaling)
    assert loss.measures(statistics, scaling)["loss"].mean() == pytest.approx(
        by_hand(asked, scaling.target_scale), rel=1e-5
    )


@pytest.mark.parametrize("asked", LOSSES, ids=str)
def test_outputs_of_a_network_are_scored_as_the_forecasts_that_they_stand_for(asked: Asked) -> None:
    loss, scaling = number_loss(asked), dataset(asked).scaling
    y = RANDOM.normal(size=(60, 2)).astype(np.float32)
    targets = ((COUNTS - scaling.target_mean) / scaling.target_scale).astype(np.float32)
    of_outputs = np.asarray(loss.statistics(keras.ops, y, targets))
    of_forecasts = loss.of_forecasts(loss.in_own_units(y, scaling), COUNTS, scaling)
    np.testing.assert_allclose(of_outputs, of_forecasts, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("asked", LOSSES, ids=str)
def test_no_other_constant_has_less_loss_than_the_one_that_is_called_best(asked: Asked) -> None:
    loss, scaling = number_loss(asked), dataset(asked).scaling
    if asked.name == "huber":
        scaling = replace(scaling, target_scale=COUNTS.std(axis=0))

    def mean(constant: Any) -> float:
        return float(loss.measures(loss.of_forecasts(constant, COUNTS, scaling), scaling)["loss"].mean())

    best = loss.constant(COUNTS)
    for change in (-0.2, -0.01, 0.01, 0.2):
        assert mean(best) <= mean(best + change) + 1e-9


def test_a_loss_that_is_asked_for_changes_neither_the_digest_nor_what_follows_from_the_targets() -> None:
    plain, asked = (prepare(replace(counting(60), loss=loss), HALVES) for loss in (None, Asked("squared")))
    assert plain.digest == asked.digest == dataset(Asked("absolute"), counting(60).targets).digest
    assert plain.baselines == asked.baselines
    assert plain.timeline.targets.tobytes() == asked.timeline.targets.tobytes()


def test_counts_are_divided_and_not_moved() -> None:
    data = dataset(Asked("poisson"))
    known = COUNTS[data.scored_timesteps(data.train)]
    assert (data.scaling.target_mean == 0).all()
    assert data.scaling.target_scale == pytest.approx(known.mean(axis=0))


def test_a_forecast_of_no_counts_has_a_finite_deviance() -> None:
    data = dataset(Asked("poisson"))
    found = data.loss.of_forecasts(np.zeros((60, 2)), COUNTS, data.scaling)
    assert np.isfinite(found).all()


def test_counts_below_zero_are_refused_with_the_first_of_them() -> None:
    targets = COUNTS.copy()
    targets[7, 1] = -3
    with pytest.raises(DataError, match=r"a target is -3 at timestep 7 \(1 in all\), and loss: poisson is for counts"):
        dataset(Asked("poisson"), targets)


def test_changes_of_counts_are_refused() -> None:
    with pytest.raises(ValidationError, match="change can be negative, and loss: poisson is for counts"):
        table("x\n1\n2\n3\n", inputs=["x"], targets=["x"], predict="change", loss="poisson")


def test_classes_have_no_such_loss() -> None:
    with pytest.raises(DataError, match="loss applies only to targets that are numbers, and y holds classes"):
        table("x,y\n" + "1,up\n2,down\n" * 20, loss="absolute")


def test_integers_of_arrays_are_numbers_where_a_loss_is_asked_for() -> None:
    given = {"features": np.ones((9, 1)), "targets": np.arange(9)}
    plain, asked = (timeline(given, Arrays(path="x", loss=loss), "", "") for loss in (None, Asked("poisson")))
    assert (plain.n_classes, asked.n_classes, asked.loss) == (9, 0, Asked("poisson"))


@pytest.mark.parametrize("given", ["squared", "absolute", "huber", "poisson", {"huber": 0.5}, None])
def test_a_loss_is_written_as_it_was_asked_for(given: Any) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(AskedLoss)
    assert adapter.dump_python(adapter.validate_python(given), mode="json") == given


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("absolut", "there is no loss 'absolut'; did you mean absolute?"),
        ({"huber": 0}, "huber is a number of deviations above 0"),
        ({"poisson": 2}, "is one of squared, absolute, huber, poisson, "),
        (3, "is one of squared"),
    ],
)
def test_a_loss_that_is_none_is_one_message(given: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Arrays(path="x", loss=given)


def test_a_study_that_asks_for_no_loss_is_written_as_before() -> None:
    assert "loss" not in Arrays(path="x").model_dump(mode="json")
