"""Beside the verdict stand the metrics of each arm and of each baseline on the test split."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from sweep.study.metrics_by_arm import metrics_by_arm, metrics_of_baselines
from tests.workers.data.timelines import HALVES, counting
from workers.data.asked_loss import Asked
from workers.data.dataset import prepare

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


def test_a_baseline_has_the_same() -> None:
    found = metrics_of_baselines(DATA)
    assert list(found) == ["best_constant"]
    assert list(found["best_constant"]) == ["loss", "pinball", "coverage", "width"]
