"""Metrics that a study file asks for are those of the forecasts that a user gets, on the test split and of new rows."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from sklearn import metrics as sklearn

from tests.cases import shown
from tests.workers.forecasting.worlds import WORLDS, Trained, trained
from workers.baselines.learned import with_learned
from workers.data.metrics.numbers import NUMBERS
from workers.data.metrics.row import Judged
from workers.forecasting.recipe import Recipe

pytestmark = [pytest.mark.filterwarnings("ignore:.* leaves what training saw"), pytest.mark.lengthy]


@cache
def once(kind: str, arm: str) -> Trained:
    return trained(kind, arm)


class Told(NamedTuple):
    """What is forecast and measured of the test split, each (rows, targets), and the naive error of training."""

    forecast: np.ndarray
    measured: np.ndarray
    naive: np.ndarray


def told(kind: str, found: Trained) -> Told:
    """By hand, from the rows that a user has and the forecasts that a user gets."""
    rows, data = WORLDS[kind].rows, WORLDS[kind].data
    names, horizon, season = data["targets"], data["horizon"], data["season"]
    ending = "[0.5]" if "loss" in data else ""
    forecast = found.forecaster.predict(rows)[[f"{name}{ending}" for name in names]].to_numpy()
    at, train = (found.dataset.scored_timesteps(part) for part in (found.dataset.test, found.dataset.train))
    values = rows[names].to_numpy()
    known = values[train + horizon]
    return Told(forecast[at], values[at + horizon], np.abs(known[season:] - known[:-season]).mean(axis=0))


@pytest.mark.parametrize("arm", shown(["every_n_batches", "stateless"], 2))
@pytest.mark.parametrize("kind", shown(["metrics of changes", "metrics of quantiles"]))
def test_those_of_numbers_are_of_the_levels_that_are_forecast_as_deployed(kind: str, arm: str) -> None:
    found = once(kind, arm)
    forecast, measured, naive = told(kind, found)
    rows, metrics = Judged(measured, naive), found.test.metrics
    for name in set(WORLDS[kind].data["metrics"]) & set(NUMBERS):
        own = {"": NUMBERS[name].value(rows, forecast)}
        for number, target in enumerate(WORLDS[kind].data["targets"]):
            own[f"/{target}"] = NUMBERS[name].value(rows.of_target(number), forecast[:, [number]])
        shown_as = {end: metrics[f"test/{name}_deployed{end}"] for end in own}
        assert shown_as == pytest.approx(own, rel=1e-3, abs=1e-5)


def test_new_rows_are_judged_by_the_same_metrics_and_so_are_forecasts_without_a_model() -> None:
    kind = "metrics of changes"
    found, new = once(kind, "stateless"), WORLDS[kind].rows[300:]
    scores, level = found.forecaster.score(new), new["level"].to_numpy()
    assert {"mae", "mape", "mase", "mae/level", "mase/rain"} <= set(scores.metrics)
    assert scores.baselines["persistence"]["mae/level"] == pytest.approx(np.abs(level[2:] - level[:-2]).mean())
    error = np.abs(found.forecaster.predict(new)["level"].to_numpy()[:-2] - level[2:])
    assert scores.metrics["mae/level"] == pytest.approx(error.mean(), rel=1e-5)


def test_those_of_classes_are_scikit_learns_of_the_probabilities_that_are_forecast() -> None:
    found = once("metrics of classes", "stateless")
    rows, at = WORLDS["metrics of classes"].rows, found.dataset.scored_timesteps(found.dataset.test)
    forecast = found.forecaster.predict(rows).iloc[at]
    classes = found.forecaster.recipe.class_names
    shares = forecast[[f"probability_{name}" for name in classes]].to_numpy()
    measured = rows["way"].iloc[at].to_numpy()
    known = {
        "f1": sklearn.f1_score(measured, forecast["way"].to_numpy(str), average="macro"),
        "auc": sklearn.roc_auc_score(measured, shares, multi_class="ovr", labels=list(classes)),
        "log_loss": sklearn.log_loss(measured, shares, labels=list(classes)),
    }
    scores = {name: found.test.metrics[f"test/{name}_deployed"] for name in known}
    assert scores == pytest.approx(known, rel=1e-3)
    assert found.test.metrics["test/log_loss_deployed"] == pytest.approx(found.test.metrics["test/loss_deployed"])
    assert found.forecaster.score(rows.iloc[at]).baselines["majority"]["auc"] == 0.5


def test_a_baseline_that_learns_is_judged_alike() -> None:
    dataset = once("metrics of changes", "stateless").dataset
    learned = with_learned(dataset, ["linear"], 6).test_baselines["linear"]
    assert learned["test/mae"] < dataset.test_baselines["seasonal"]["test/mae"]
    assert learned["test/bias"] == pytest.approx(0, abs=learned["test/mae"])


def test_a_function_of_the_users_is_found_beside_the_study_file_or_left_out_with_a_note(tmp_path: Path) -> None:
    kind = "metrics of changes"
    found, rows = once(kind, "stateless"), WORLDS[kind].rows
    forecast, measured, _ = told(kind, found)
    cost = np.maximum(measured - forecast, 0).mean()
    assert found.test.metrics["test/cost_deployed"] == pytest.approx(cost, rel=1e-3)
    WORLDS[kind].write(tmp_path)
    scores, away = found.forecaster.score(rows, tmp_path), found.forecaster.score(rows)
    assert "cost" in scores.metrics
    assert "cost" in scores.baselines["persistence"]
    assert "cost" not in away.metrics
    assert away.notes[-1].startswith("my_metrics:cost is left out: there is no module my_metrics")


def test_a_recipe_keeps_by_what_errors_are_scaled_only_where_it_is_asked_for() -> None:
    asked = once("metrics of changes", "stateless").forecaster.recipe
    assert Recipe.from_json(asked.as_json()).naive_errors == asked.naive_errors != ()
    plain = replace(asked, naive_errors=(), data=asked.data.model_copy(update={"metrics": None})).as_json()
    assert not {"naive_errors", "metrics"} & {*plain, *plain["data"]}
