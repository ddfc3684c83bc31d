"""Of several horizons each one's error is known: of arms that were compared, or the best trial, and of baselines."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sweep.study.by_horizon import ByHorizon, by_horizon
from tests.workers.data.timelines import HALVES, counting
from workers.baselines.learned import with_learned
from workers.data.dataset import Dataset, prepare
from workers.data.timeline import Timeline

DRAWS = np.random.default_rng(0).normal(size=203)
LEVELS = np.array([sum(0.7**back * DRAWS[now - back] for back in range(now + 1)) for now in range(203)])[:, None]
AHEAD = np.column_stack([LEVELS[1:201], LEVELS[3:203]])
WALK: Timeline = replace(
    counting(200),
    features=LEVELS[:200],
    targets=AHEAD,
    target_names=("y+1", "y+3"),
    forecasts={"persistence": np.repeat(LEVELS[:200], 2, axis=1)},
    horizon=3,
    horizons=(1, 3),
)
CONFIG = SimpleNamespace(objective=SimpleNamespace(metric="validation/loss"), units="m")
VERDICT = SimpleNamespace(recommendation=SimpleNamespace(arm="never"), reference="stateless")


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return with_learned(prepare(WALK, HALVES), ["linear"], 4)


def run(near: float, far: float, arm: str = "never") -> Any:
    """A run with these errors, on the test split twice as large."""
    errors = {
        f"{part}/rmse_deployed/y_{steps}": error * (1 + (part == "test"))
        for part in ("validation", "test")
        for steps, error in ((1, near), (3, far))
    }
    outcome = SimpleNamespace(metrics=errors, test=SimpleNamespace(metrics=errors))
    return SimpleNamespace(trial=SimpleNamespace(arm=arm), outcome=outcome)


def found(dataset: Dataset, runs: Any = None, verdict: Any = None) -> ByHorizon:
    study: Any = SimpleNamespace(config=CONFIG, best=run(1.0, 3.0, "decay"))
    of_horizons = by_horizon(study, runs, verdict, dataset)
    assert of_horizons is not None
    return of_horizons


def test_without_a_comparison_the_best_trial_stands_beside_the_strongest_baselines(dataset: Dataset) -> None:
    shown = found(dataset)
    assert (shown.measured, shown.names, shown.steps) == ("rmse, m", ("y+1", "y+3"), (1, 3))
    assert shown.shown == ["decay", "linear", "persistence"]
    assert list(shown.parts) == ["validation"]
    assert shown.validation["decay"] == [1.0, 3.0]
    near, far = shown.validation["persistence"]
    at = dataset.scored_timesteps(dataset.validation)
    assert near == pytest.approx(np.sqrt(np.square(AHEAD[at, 0] - LEVELS[at, 0]).mean()))
    assert near < far


def test_an_arm_has_the_root_of_the_mean_squared_error_of_its_runs_on_both_parts(dataset: Dataset) -> None:
    diverged = SimpleNamespace(outcome=SimpleNamespace(metrics={}, test=None))
    runs = SimpleNamespace(
        of_arms=lambda: {"never": [run(1.0, 3.0), diverged, run(7.0, 3.0)], "stateless": [run(2.0, 2.0)]}
    )
    shown = found(dataset, runs, VERDICT)
    assert shown.shown == ["never", "stateless", "linear", "persistence"]
    assert shown.validation["never"] == [5.0, 3.0]
    assert shown.test["never"] == [10.0, 6.0]
    assert list(shown.parts) == ["test", "validation"]
    assert shown.as_json()["test"]["stateless"] == [4.0, 4.0]


def test_of_one_horizon_there_is_nothing_to_say() -> None:
    study: Any = SimpleNamespace(config=CONFIG, best=None)
    assert by_horizon(study, None, None, prepare(counting(60), HALVES)) is None
