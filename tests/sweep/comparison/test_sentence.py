"""The sentence on the first screen, and the notes under it."""

from typing import Any

import numpy as np
import pytest

from sweep.comparison.sentence import percent
from tests.sweep.comparison.arms import RECORDED, arm, recorded, verdict

STATELESS, CARRYING, NEVER = (np.array(RECORDED[name]) for name in ("stateless", "every_sequence", "never"))
GLUCOSE: dict[str, Any] = {"squared_error": True, "baselines": {"persistence": 23.7}}


def said(*arms: Any, **question: Any) -> str:
    return verdict([arm(*one) if isinstance(one, tuple) else one for one in arms], **question).sentence


def test_better() -> None:
    assert said(*recorded("stateless", "stateless-shuffled", "every_sequence"), **GLUCOSE) == (
        "Carry state and reset it at every sequence: 3.1 % lower test error than the best stateless model"
        " (95 % interval 2.8 to 3.5 %), 18.9 against 19.5 rmse; persistence: 23.7."
    )


def test_of_several_better_ones_the_best_on_validation_is_named_first() -> None:
    lucky = arm("every_epoch", CARRYING - 0.2, validation=CARRYING + 0.1)
    sentence = said(*recorded("stateless", "every_sequence"), lucky)
    assert sentence.startswith("Carry state and reset it at every sequence: 3.1 % lower")
    assert "; also better: every_epoch" in sentence


def test_no_difference_that_matters() -> None:
    assert said(("stateless", STATELESS), ("every_epoch", STATELESS), ("never", STATELESS), **GLUCOSE) == (
        "It makes no difference that matters (within 1 %) how state is handled: 19.5 rmse; persistence: 23.7."
    )


def test_undecided_with_the_seeds_that_would_probably_decide() -> None:
    assert said(*recorded("stateless", "every_epoch")) == (
        "Undecided: every_epoch has 0.5 % lower test error than the stateless model (95 % interval from 1.4 % lower to"
        " 0.4 % higher), 19.4 against 19.5; about 67 seeds would probably decide."
    )


def test_undecided_where_no_number_of_seeds_is_in_sight() -> None:
    close = STATELESS + np.array([1, -1] * 5) + 0.19
    assert said(("stateless", STATELESS), ("never", close)).endswith("; more than 200 seeds would probably decide.")


def test_undecided_for_lack_of_test_data() -> None:
    uneven = arm("never", CARRYING, losses=np.where(np.arange(60) < 4, 5.0, 19.6))
    assert said(*recorded("stateless"), uneven).endswith(
        "; the test split cannot confirm it, and more seeds would not help: more test data would."
    )


def test_undecided_for_diverged_runs() -> None:
    shaky = np.where(np.arange(10) < 3, np.nan, CARRYING)
    assert said(("stateless", STATELESS), ("never", shaky)) == (
        "Undecided: with never 3 of 10 runs diverged, with the stateless model none."
    )


def test_undecided_against_zero() -> None:
    assert said(("stateless", np.zeros(10)), ("never", np.ones(10))) == (
        "Undecided: the stateless model scores 0, and no difference can be a part of that."
    )


def test_nothing_better() -> None:
    assert said(("stateless", STATELESS), ("never", NEVER), ("random", np.full(10, np.nan)), **GLUCOSE) == (
        "Stay stateless, without shuffling (19.5 rmse): nothing else is better; worse: never (8.9 % higher),"
        " random (10 of 10 runs diverged); persistence: 23.7."
    )


def test_nothing_better_and_some_as_good() -> None:
    assert said(("stateless-shuffled", STATELESS), ("every_epoch", STATELESS), ("never", NEVER)) == (
        "Stay stateless, and shuffle (19.5): nothing else is better; no difference that matters (within 1 %):"
        " every_epoch; worse: never (8.9 % higher)."
    )


def test_without_a_stateless_arm_it_names_the_reference() -> None:
    sentence = said(("never", STATELESS), *recorded("every_epoch"))
    assert sentence.startswith("Undecided: never has 0.5 % higher test error than every_epoch (")


def test_where_no_arm_beats_what_needs_no_model_it_says_so() -> None:
    sentence = said(*recorded("stateless", "every_sequence"), baselines={"persistence": 18.1, "seasonal": 18.5})
    assert sentence.endswith("; persistence: 18.1, seasonal: 18.5. No arm beats persistence.")


def test_squared_errors_are_compared_as_they_are_and_shown_as_roots() -> None:
    arms = [arm(name, np.array(RECORDED[name]) ** 2) for name in ("stateless", "every_sequence")]
    sentence = verdict(arms, metric="validation/loss", squared_error=True).sentence
    assert "6.2 % lower test squared error" in sentence
    assert "18.9 against 19.5 rmse" in sentence


def test_accuracy_is_better_when_higher() -> None:
    accuracies = [("stateless", 0.7 + STATELESS / 1000), ("every_epoch", 0.8 + CARRYING / 1000)]
    sentence = said(*accuracies, metric="validation/accuracy", goal="maximize")
    assert sentence.startswith("Carry state and reset it once an epoch: 13.8 % higher test accuracy than")
    assert "0.819 against 0.72" in sentence


def test_a_later_look_says_at_what_confidence_its_interval_is() -> None:
    found = verdict(recorded("stateless", "every_sequence"), looks=1)
    assert "(98.75 % interval" in found.sentence
    assert "This is look 2" in found.notes[-1]


SLID = " Slid one step at a time, as it would be deployed, the stateless model reaches"


@pytest.mark.parametrize(
    ("reaching", "turned"),
    [
        (-0.6, f"{SLID} 18.9, and every_sequence is no longer better."),
        (-1.5, f"{SLID} 18, and is better than every_sequence."),
        (0.1, ""),
    ],
)
def test_sliding_is_mentioned_where_it_turns_the_verdict(reaching: float, turned: str) -> None:
    sentence = said(arm("stateless", STATELESS, sliding=STATELESS + reaching), *recorded("every_sequence"))
    assert sentence == said(*recorded("stateless", "every_sequence")) + turned


def test_a_single_arm_has_nothing_to_be_compared_with() -> None:
    assert said(*recorded("never")) == "Only never was run: there is nothing to compare it with."


@pytest.mark.parametrize(
    ("part", "text"), [(0.031, "3.1"), (0.01, "1"), (0.12345, "12.3"), (0.0004, "0.04"), (0.95, "95")]
)
def test_percentages_have_the_digits_that_mean_something(part: float, text: str) -> None:
    assert percent(part) == text
