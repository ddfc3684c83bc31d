"""The sentences on the first screen, and the notes under them."""

from typing import Any

import numpy as np
import pytest

from sweep.comparison.measure import measure_of
from sweep.comparison.question import forecast
from sweep.comparison.scored_timesteps import ScoredTimesteps
from sweep.comparison.sentence import percent
from tests.sweep.comparison.arms import RECORDED, TIMESTEPS, at_one_setting, recorded, scores, verdict

STATELESS, CARRYING, NEVER = (np.array(RECORDED[name]) for name in ("stateless", "every_sequence", "never"))
METRIC = "validation/rmse"
RMSE: dict[str, Any] = {"metric": METRIC, "measure": measure_of(METRIC, "", "", squared=True)}
IN_UNITS = measure_of(METRIC, "", "mg/dL", squared=True)
GLUCOSE = {"metric": METRIC, "measure": IN_UNITS, "baselines": {"persistence": 23.7}}


def test_the_recommendation_comes_first_with_its_size_its_interval_and_the_target_s_units() -> None:
    assert recorded("stateless", "stateless-shuffled", "every_sequence", **GLUCOSE).sentence == (
        "Carry state and reset it at every sequence: 3.1 % lower error than stateless, the best stateless model on"
        " validation (96.25 % interval 2.4 to 3.9 %, of 10 seeds and the test data), 18.9 against 19.5 mg/dL rmse."
        " Worse: stateless-shuffled (1.4 % higher). Without a network, persistence: 23.7 mg/dL rmse."
        " No test shows that every_sequence beats persistence."
    )


def test_worse_is_not_hidden_behind_undecided() -> None:
    sentence = recorded("stateless", "every_epoch", "never").sentence
    assert sentence.startswith(
        "Stay stateless, without shuffling: 19.5, and no way of carrying state is shown to be better."
    )
    assert "Undecided: every_epoch has 0.5 % lower loss than the stateless model" in sentence
    assert "seeds would probably decide" in sentence
    assert sentence.endswith("Worse: never (8.9 % higher).")


def test_of_several_better_ones_the_others_are_named_with_their_sizes() -> None:
    both = at_one_setting(
        {"stateless": scores(STATELESS), "every_sequence": scores(CARRYING), "decay": scores(CARRYING + 0.1)}
    )
    assert "Also better: decay (2.6 % lower)." in both.sentence


def test_no_difference_that_matters() -> None:
    same = {name: scores(STATELESS) for name in ("stateless", "every_epoch", "never")}
    assert at_one_setting(same, **RMSE).sentence == (
        "Stay stateless, without shuffling: it makes no difference that matters (within 1 %) how state is handled,"
        " 19.5 rmse."
    )


def test_some_without_a_difference_that_matters() -> None:
    arms = {"stateless": scores(STATELESS), "every_epoch": scores(STATELESS), "never": scores(NEVER)}
    assert "No difference that matters (within 1 %): every_epoch." in at_one_setting(arms).sentence


def test_with_another_setting_the_difference_at_a_common_one_is_told() -> None:
    deciding = {
        ("stateless", "A"): scores(STATELESS), ("stateless", "B"): scores(STATELESS + 0.2),
        ("never", "A"): scores(CARRYING + 0.3), ("never", "B"): scores(CARRYING),
    }  # fmt: skip
    found = verdict(deciding, {"stateless": "A", "never": "B"})
    assert "; with both at its own setting 4.1 % lower." in found.sentence


def test_what_depends_on_the_setting_says_where() -> None:
    deciding = {
        ("stateless", "A"): scores(STATELESS), ("stateless", "B"): scores(CARRYING),
        ("never", "A"): scores(STATELESS), ("never", "B"): scores(CARRYING),
    }  # fmt: skip
    sentence = verdict(deciding, {"stateless": "A", "never": "B"}).sentence
    assert "Undecided: never has 3.1 % lower loss" in sentence
    assert "; it depends on the setting: 0 % higher with both at the setting of stateless." in sentence


def test_not_crossed_state_is_not_called_the_cause() -> None:
    found = verdict(
        {("stateless", "A"): scores(STATELESS), ("never", "B"): scores(CARRYING)},
        {"stateless": "A", "never": "B"},
        crossed=False,
    )
    assert found.sentence.startswith("Carry state and never reset it: 3.1 % lower loss")
    assert "may be the setting's and not the state's" in found.notes[0]


def test_undecided_for_lack_of_test_data() -> None:
    uneven = {"stateless": scores(STATELESS, uneven=1.0), "never": scores(CARRYING, uneven=1.0)}
    assert (
        "the test split cannot tell, and more seeds would not help: more test data would."
        in at_one_setting(uneven).sentence
    )


def test_undecided_for_diverged_runs() -> None:
    shaky = np.where(np.arange(10) < 3, np.nan, CARRYING)
    found = at_one_setting({"stateless": scores(STATELESS), "never": scores(shaky)})
    assert "Undecided: with never 3 of 10 runs diverged, with the stateless model none." in found.sentence
    assert found.notes == ("never: 3 of 10 runs diverged.",)


def test_an_interval_that_says_nothing_is_said_to_have_no_limits() -> None:
    found = at_one_setting({"stateless": scores(np.array([19.6, 5.0])), "never": scores(np.array([9.0, 2.0]))})
    assert "% interval without limits, of 2 seeds and the test data)" in found.sentence


def test_a_forecast_is_beaten_only_where_a_test_says_so() -> None:
    flat = forecast(np.full(TIMESTEPS, 23.7), root=False)
    asked = {"baselines": {"persistence": 23.7}, "forecasts": {"persistence": flat}}
    assert "No test shows" not in recorded("stateless", "every_sequence", **asked).sentence
    wild = forecast(23.7 + 400 * np.random.default_rng(0).normal(size=TIMESTEPS), root=False)
    assert recorded("stateless", "every_sequence", **asked | {"forecasts": {"persistence": wild}}).sentence.endswith(
        "Without a network, persistence: 23.7. No test shows that every_sequence beats persistence."
    )


def test_a_baseline_that_beats_the_recommended_arm_is_to_be_used() -> None:
    ahead = forecast(np.full(TIMESTEPS, 15.0), root=False)
    found = recorded("stateless", "every_sequence", baselines={"boosting": 15.0}, forecasts={"boosting": ahead})
    assert found.sentence.startswith("Use boosting, or find a better network; of those here, carry state ")
    assert found.sentence.endswith("Of these, boosting is shown to beat every_sequence.")


@pytest.mark.parametrize(
    ("metric", "measure"),
    [
        ("validation/accuracy", "error rate"),
        ("validation/bits_per_character", "bits per character"),
        ("validation/loss_deployed", "loss"),
    ],
)
def test_a_difference_says_what_it_is_of(metric: str, measure: str) -> None:
    shown = measure_of(metric, "", "", squared=False)
    assert (
        f"3.1 % lower {measure} than" in recorded("stateless", "every_sequence", metric=metric, measure=shown).sentence
    )


def test_of_squared_errors_roots_are_compared_and_shown() -> None:
    squares = {
        name: scores(np.array(RECORDED[name]), test=np.square(RECORDED[name]))
        for name in ("stateless", "every_sequence")
    }
    sentence = at_one_setting(squares, measure=measure_of("validation/loss", "rmse", "", squared=True)).sentence
    assert "3.1 % lower error" in sentence
    assert "18.9 against 19.5 rmse" in sentence


def test_another_loss_of_numbers_is_called_by_its_name_and_is_no_square() -> None:
    recorded_scores = {name: scores(np.array(RECORDED[name])) for name in ("stateless", "every_sequence")}
    measure = measure_of("validation/loss", "mae", "MW", squared=False)
    sentence = at_one_setting(recorded_scores, measure=measure).sentence
    assert "3.1 % lower error" in sentence
    assert "18.9 against 19.5 MW mae" in sentence


def test_large_numbers_are_written_out() -> None:
    large = {name: scores(1000 * np.array(RECORDED[name])) for name in ("stateless", "every_sequence")}
    assert "18900 against 19500" in at_one_setting(large).sentence


def test_a_single_arm_has_nothing_to_be_compared_with() -> None:
    assert at_one_setting({"never": scores(NEVER)}, reference="never").sentence == (
        "Only never was run: there is nothing to compare it with."
    )


# Notes.


def test_a_reference_that_carries_is_noted() -> None:
    found = at_one_setting({"never": scores(NEVER), "every_epoch": scores(CARRYING)}, reference="every_epoch")
    assert found.notes == ("No stateless arm was run; the reference is every_epoch, the best on validation.",)
    assert found.sentence.startswith(
        "Carry state and reset it once an epoch: 18.9, and nothing else is shown to be better."
    )


def test_a_later_look_is_noted() -> None:
    (note,) = recorded("stateless", "never", looks=2).notes
    assert note == (
        "This is look 3 at these data: p values are corrected for those before, and intervals hold together at 99.77 %."
    )


def test_runs_that_are_missing_are_noted_and_never_called_diverged() -> None:
    found = at_one_setting({"stateless": scores(STATELESS), "never": scores(NEVER[:8])}, seeds=10, absent=("decay",))
    assert found.notes == (
        "decay: no run came to an end, their machines ended them; nothing is said of it.",
        "never: 2 of 10 runs are missing: their machines ended them twice each.",
    )


def test_few_groups_are_noted_as_the_only_ones_that_are_spoken_of() -> None:
    timesteps = ScoredTimesteps(TIMESTEPS, np.array([0, 100, 200]), groups=np.array([0, 1, 2]))
    assert any("fewer than ten groups" in note for note in recorded("stateless", "never", timesteps=timesteps).notes)


def test_a_diebold_mariano_test_that_disagrees_is_noted_and_changes_nothing() -> None:
    arms = {"stateless": scores(STATELESS), "never": scores(STATELESS * 1.001)}
    found = at_one_setting(arms)
    assert found.arms[1].decision == "equivalent"
    assert any("Diebold-Mariano" in note for note in found.notes)


@pytest.mark.parametrize(("part", "shown"), [(0.031, "3.1"), (0.0004, "0.04"), (0.2, "20"), (0.00999, "1"), (0.0, "0")])
def test_percent(part: float, shown: str) -> None:
    assert percent(part) == shown
