"""Beside the verdict stand the metrics of each arm and of each baseline on the test split."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from sweep.study.metrics_by_arm import columns, metrics_by_arm, metrics_of_baselines
from tests.workers.data.timelines import HALVES, counting
from workers.data.asked_loss import Asked
from workers.data.dataset import prepare
from workers.data.losses import SQUARED_ERROR
from workers.data.metrics.asked import chosen

DATA = prepare(replace(counting(60), loss=Asked("quantiles", quantiles=(0.1, 0.9))), HALVES)


def run(coverage: float | None) -> Any:
    """A run, or one that diverged."""
    names = dict.fromkeys(("loss", "pinball", "width"), 2.0) | {"coverage": coverage}
    test = SimpleNamespace(metrics={f"test/{name}_deployed": value for name, value in names.items()})
    return SimpleNamespace(outcome=SimpleNamespace(test=None if coverage is None else test))


def test_an_arm_has_the_means_of_its_runs_that_finished() -> None:
    found = metrics_by_arm({"never": [run(0.7), run(None), run(0.9)], "decay": [run(None)]}, DATA)
    assert list(found["never"]) == ["loss", "pinball", "coverage", "width"]
    assert np.isclose(found["never"]["coverage"], 0.8)
    assert found["decay"] == {}


def test_the_rmse_of_an_arm_is_the_root_of_its_mean_loss_as_in_the_verdict() -> None:
    runs = [
        SimpleNamespace(outcome=SimpleNamespace(test=SimpleNamespace(metrics=metrics)))
        for metrics in ({"test/loss_deployed": loss, "test/rmse_deployed": loss**0.5} for loss in (4.0, 46.0))
    ]
    found = metrics_by_arm({"never": runs}, prepare(counting(60), HALVES))  # type: ignore[dict-item]
    assert found == {"never": {"loss": 25.0, "rmse": 5.0}}


def test_a_baseline_has_the_same() -> None:
    found = metrics_of_baselines(DATA)
    assert list(found) == ["best_constant"]
    assert list(found["best_constant"]) == ["loss", "pinball", "coverage", "width"]


def test_a_metric_that_the_study_file_asks_for_stands_beside_those_of_the_loss() -> None:
    dataset = prepare(counting(60), HALVES, chosen(["bias", "mape"], SQUARED_ERROR, 0, Path()))
    found = metrics_of_baselines(dataset)
    assert list(found["mean"]) == ["loss", "rmse", "bias", "mape"]
    assert metrics_by_arm({"never": [run(0.7)]}, dataset) == {"never": {"loss": 2.0}}


def test_people_are_shown_no_column_that_says_the_loss_in_other_words() -> None:
    assert columns({"never": {}, "mean": {"loss": 4.0, "rmse": 2.0}}, asked=False) == []
    assert columns({"never": {}, "mean": {"loss": 4.0, "rmse": 2.0}}, asked=True) == ["rmse"]
    assert columns({"never": {"loss": 1.0, "accuracy": 0.5}, "mean": {"f1": 2.0}}, asked=False) == ["accuracy", "f1"]
