"""Why the arms differ: the numbers of each arm's runs, and what is said of them."""

import math
from typing import Any

import numpy as np
import pytest

from sweep.comparison.diagnosis import carries, carry_sentence, diagnosis, explained
from sweep.comparison.measure import measure_of
from sweep.comparison.smallest_carry import Carry
from sweep.core.trials import Outcome, Run, Trial
from tests.sweep.report.reports import diagnosed
from workers.spec import TestScores, TrialSpec

NOISE = np.array([-0.1, 0, 0.1])  # a standard error of 0.058


def finished(value: float = 1.0, interval: int = 4, **metrics: float) -> Run:
    spec = TrialSpec(reset_policy="every_n_batches", reset_interval=interval)
    test = TestScores({f"test/{name}": value for name, value in metrics.items()}, np.zeros(1, np.float32), {})
    outcome = Outcome("complete", value, 0, {"carried_timesteps": 18.0, "validation/error_deployed": value}, test=test)
    return Run(Trial(0, spec, spec, "key-1", 1), outcome)


def diverged() -> Run:
    return finished()._replace(outcome=Outcome("failed", diverged=True))


def said(arm: str, **numbers: Any) -> str:
    return explained([diagnosed(arm, **numbers)], [])[0]


def ran(arm: str, timesteps: float, mean: float, interval: int | None = None) -> Carry:
    return Carry(timesteps, mean + NOISE, interval, arm)


def test_losses_are_means_and_the_horizon_is_the_median_over_runs() -> None:
    runs = [finished(loss_cold=2.0, loss_carried=1.0, influence_horizon=h, influence_tried=90) for h in (3, 4, 91)]
    found = diagnosis("every_n_batches", runs)
    assert (found.cold, found.carried, found.gap, found.horizon) == (2.0, 1.0, -0.5, 4.0)


def test_squared_losses_are_shown_by_their_root_and_what_state_changes_is_a_part_of_that() -> None:
    rmse = measure_of("loss", "rmse", "mg/dL", squared=True)
    runs = [finished(loss=9.0, loss_cold=cold, loss_carried=4.0) for cold in (15.0, 17.0)]
    found = diagnosis("every_n_batches", runs, rmse)
    assert (found.used, found.cold, found.carried, found.gap) == (3.0, 4.0, 2.0, -0.5)
    (text,) = explained([found], [], rmse)
    assert "lowers their test rmse by 25 %" in text


def test_a_diverged_run_has_no_part_in_the_means_and_its_arm_comes_last() -> None:
    found = diagnosis("every_n_batches", [finished(loss_cold=2.0), diverged()])
    assert found.cold == 2.0
    assert math.isnan(found.validation)
    text = explained([diagnosed("never", validation=math.nan), diagnosed("every_epoch")], [])
    assert text[0].startswith("every_epoch:")


def test_runs_of_a_time_before_there_were_diagnoses_say_nothing() -> None:
    found = diagnosis("every_n_batches", [finished(loss=1.0)])
    assert math.isnan(found.horizon)
    assert explained([found], []) == []


def test_what_state_is_worth_to_models_that_carry_it_is_said_against_a_cold_start() -> None:
    assert "carrying state, as these models do, lowers their test loss by 25 %" in said("never", used=3.0, cold=4.0)
    assert "hardly changes" in said("never", used=4.0, cold=4.001)


def test_what_state_does_to_models_that_were_trained_without_is_said_too() -> None:
    text = said("stateless", gap=0.5)
    assert "carrying state, for which these models were not trained, raises their test loss by 50 %" in text


@pytest.mark.parametrize(
    ("arm", "horizon", "text"),
    [
        ("never", 1.0, "depend on the present timestep alone, no more than a window of 12 holds"),
        ("never", 12.0, "depend on the last 12 timesteps, no more than a window of 12 holds"),
        ("never", 30.0, "depend on the last 30 timesteps, more than a window of 12 holds"),
        ("never", 201.0, "depend on more than the last 200 timesteps, the longest past that was tried"),
        ("stateless", 5.0, "depend on the last 5 timesteps of the 12 in a window"),
        ("stateless", 12.0, "depend on the last 12 timesteps, a whole window"),
    ],
)
def test_how_far_back_predictions_reach_is_said_beside_the_window(arm: str, horizon: float, text: str) -> None:
    assert text in said(arm, horizon=horizon, tried=200.0)


def test_of_each_kind_the_arm_is_described_that_is_best_on_validation() -> None:
    arms = [diagnosed(arm, n) for n, arm in enumerate(("never", "stateless", "every_epoch", "stateless-shuffled"))]
    assert [text.partition(":")[0] for text in explained(arms, [])] == ["never", "stateless"]


def test_runs_become_carries_by_interval_and_what_diverged_has_no_score() -> None:
    short, long = carries([[finished(1.0), finished(2.0)], [finished(3.0, 8), diverged()]])
    assert (short.interval, list(short.scores), short.carried_timesteps) == (4, [1.0, 2.0], 18.0)
    assert long.interval == 8
    assert list(np.isnan(long.scores)) == [False, True]


def test_the_smallest_carry_is_named_with_what_it_is_as_good_as() -> None:
    tried = [ran("every_n_batches", 10, 1.04, 2), ran("every_n_batches", 40, 1.0, 8), ran("every_epoch", 900, 0.99)]
    assert carry_sentence(tried) == (
        "The smallest carry that suffices, of those run (2, 8), is a reset every 2 batches (10 timesteps behind a"
        " window on average): it is within one standard error of the best (every_epoch) on validation."
    )


def test_where_no_interval_suffices_that_is_said() -> None:
    tried = [ran("every_n_batches", 10, 2.0, 2), ran("every_epoch", 900, 0.99)]
    assert carry_sentence(tried).startswith("No carry that was run, reset every 2 batches, is within")


def test_where_carrying_nothing_suffices_that_is_said() -> None:
    tried = [ran("every_n_batches", 10, 1.0, 2), ran("stateless", 0, 1.02)]
    assert carry_sentence(tried).endswith("But stateless, which carries nothing, suffices too.")


def test_without_an_interval_there_is_nothing_to_say_of_carries() -> None:
    assert carry_sentence([ran("stateless", 0, 1.0), ran("never", 900, 1.0)]) == ""
