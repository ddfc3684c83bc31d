"""The decision: which arm is better, worse, equivalent or undecided, and against what."""

from typing import Any

import numpy as np
import pytest

from sweep.comparison.question import Scores
from tests.sweep.comparison.arms import RECORDED, at_one_setting, recorded, row, scores, verdict

NAN = float("nan")
STATELESS, CARRYING = np.array(RECORDED["stateless"]), np.array(RECORDED["every_sequence"])


def around(mean: float, **others: Any) -> Scores:
    """Ten runs that differ by about 0.5 per cent, the same for the same mean."""
    luck = np.random.default_rng(round(1000 * mean)).normal(size=10)
    return scores(mean * (1 + 0.005 * luck), **others)


def crossed(stateless: dict[str, float], carrying: dict[str, float], **question: Any) -> Any:
    """The row of an arm whose setting is B, against a reference whose setting is A; mean errors by setting."""
    deciding = {("stateless", name): around(mean) for name, mean in stateless.items()}
    deciding |= {("every_epoch", name): around(mean) for name, mean in carrying.items()}
    return row("every_epoch", verdict(deciding, {"stateless": "A", "every_epoch": "B"}, **question))


# At one setting.


def test_recorded_runs_are_decided_as_computed_by_hand() -> None:
    found = recorded()
    decisions = {each.arm: each.decision for each in found.arms}
    assert decisions == {
        "stateless": "reference",
        "every_sequence": "better",
        "every_epoch": "undecided",
        "stateless-shuffled": "worse",
        "never": "worse",
    }
    better = row("every_sequence", found)
    assert better.difference == pytest.approx((CARRYING.mean() - STATELESS.mean()) / STATELESS.mean(), rel=1e-3)
    assert better.p_holm is not None
    assert better.p_holm < 1e-6


def test_the_rows_stand_from_better_to_worse_after_the_reference() -> None:
    differences = [each.difference for each in recorded().arms[1:]]
    assert differences == sorted(differences)


def test_the_same_runs_under_two_names_are_equivalent() -> None:
    found = row("never", at_one_setting({"stateless": scores(STATELESS), "never": scores(STATELESS)}))
    assert (found.decision, found.difference, found.p_holm) == ("equivalent", 0.0, 1.0)


def test_equivalent_takes_the_luck_of_the_test_data_too() -> None:
    same = {"stateless": scores(STATELESS), "never": scores(STATELESS * 1.001)}
    assert row("never", at_one_setting(same)).decision == "equivalent"
    uneven = {"stateless": scores(STATELESS, uneven=1.0), "never": scores(STATELESS * 1.001, uneven=1.0)}
    assert row("never", at_one_setting(uneven)).decision == "undecided"


def test_a_difference_below_the_margin_is_never_better_however_sure() -> None:
    steady = 1 + 1e-5 * np.arange(10)
    found = row("never", at_one_setting({"stateless": scores(20 * steady), "never": scores(19.85 * steady)}))
    assert found.decision == "equivalent"
    found = row("never", at_one_setting({"stateless": scores(STATELESS), "never": scores(STATELESS * 0.9905)}))
    assert found.decision == "undecided"


def test_an_arm_with_a_diverged_run_is_neither_better_nor_equivalent() -> None:
    one = np.where(np.arange(10) == 0, NAN, STATELESS)
    for arm in (one, one - 5):
        found = row("never", at_one_setting({"stateless": scores(STATELESS), "never": scores(arm)}))
        assert (found.decision, found.obstacle) == ("undecided", "diverged runs")


def test_an_arm_of_which_most_runs_diverge_is_worse_by_their_number() -> None:
    most = np.where(np.arange(10) < 8, NAN, STATELESS - 5)
    assert row("never", at_one_setting({"stateless": scores(STATELESS), "never": scores(most)})).decision == "worse"
    every = np.full(10, NAN)
    assert row("never", at_one_setting({"stateless": scores(STATELESS), "never": scores(every)})).decision == "worse"


def test_arms_may_have_other_numbers_of_seeds() -> None:
    found = at_one_setting({"stateless": scores(STATELESS[:7]), "never": scores(CARRYING, first=40)})
    assert row("never", found).decision == "better"
    assert (row("stateless", found).seeds, row("never", found).seeds) == (7, 10)


def test_more_arms_ask_for_more() -> None:
    close = {"stateless": scores(STATELESS), "every_epoch": scores(STATELESS * 0.985)}
    alone = row("every_epoch", at_one_setting(close))
    others = {name: scores(STATELESS + shift) for name, shift in (("never", 0.01), ("decay", 0.02), ("random", 0.03))}
    among = row("every_epoch", at_one_setting(close | others))
    assert alone.p_holm is not None
    assert among.p_holm == pytest.approx(4 * alone.p_holm)
    assert alone.interval is not None
    assert among.interval is not None
    assert among.interval.low < alone.interval.low
    assert among.interval.high > alone.interval.high


def test_a_later_look_asks_for_more() -> None:
    first, later = (recorded("stateless", "every_sequence", looks=looks) for looks in (0, 1))
    assert first.level == pytest.approx(0.9625)
    assert later.level == pytest.approx(1 - 0.05 * 3 / 16)
    one, other = (row("every_sequence", found).p_holm or 0 for found in (first, later))
    assert other == pytest.approx(4 * one)


@pytest.mark.parametrize("unit", [1e-3, 1e3])
def test_the_unit_changes_nothing(unit: float) -> None:
    plain = recorded("stateless", "every_epoch", "never")
    scaled = at_one_setting(
        {name: scores(unit * np.array(RECORDED[name])) for name in ("stateless", "every_epoch", "never")}
    )
    for one, other in zip(plain.arms, scaled.arms, strict=True):
        assert (one.arm, one.decision) == (other.arm, other.decision)


def test_the_order_of_arms_changes_nothing() -> None:
    assert recorded("stateless", "never", "every_epoch") == recorded("every_epoch", "stateless", "never")


def test_a_difference_is_not_made_relative_to_an_error_far_below_any_forecast_s() -> None:
    tiny = {"stateless": scores(1e-9 * STATELESS), "never": scores(2e-9 * STATELESS)}
    assert row("never", at_one_setting(tiny)).decision == "worse"
    assert row("never", at_one_setting(tiny, floor=0.2)).decision == "equivalent"


# Crossed.


def test_better_as_tuned_and_at_its_own_setting_is_better() -> None:
    assert crossed({"A": 20.0, "B": 20.4}, {"A": 19.4, "B": 19.0}).decision == "better"


def test_better_as_tuned_alone_is_the_setting_s_doing() -> None:
    found = crossed({"A": 20.0, "B": 19.0}, {"A": 20.0, "B": 19.0})
    assert (found.decision, found.obstacle) == ("undecided", "setting")


def test_worse_as_tuned_and_at_the_reference_s_setting_is_worse() -> None:
    assert crossed({"A": 19.0, "B": 20.0}, {"A": 20.0, "B": 20.5}).decision == "worse"


def test_worse_as_tuned_alone_is_the_setting_s_doing() -> None:
    found = crossed({"A": 19.0, "B": 20.0}, {"A": 19.0, "B": 20.0})
    assert (found.decision, found.obstacle) == ("undecided", "setting")


def test_another_sign_at_a_common_setting_leaves_it_undecided() -> None:
    found = crossed({"A": 20.0, "B": 20.4}, {"A": 21.0, "B": 19.0})
    assert (found.decision, found.obstacle) == ("undecided", "setting")


def test_a_third_setting_with_another_sign_leaves_it_undecided_too() -> None:
    deciding = {
        ("stateless", "A"): around(20.0), ("stateless", "B"): around(20.4),
        ("every_epoch", "A"): around(19.4), ("every_epoch", "B"): around(19.0),
    }  # fmt: skip
    selecting = {
        ("stateless", "C"): scores([25.0, 25.1, 24.9], first=1),
        ("every_epoch", "C"): scores([30.0, 30.1, 29.9], first=1),
    }
    settings = {"stateless": "A", "every_epoch": "B"}
    assert row("every_epoch", verdict(deciding, settings)).decision == "better"
    found = row("every_epoch", verdict(deciding, settings, selecting))
    assert (found.decision, found.obstacle) == ("undecided", "setting")
    assert [each.setting for each in found.settings] == ["A", "B", "C"]
    assert [each.deciding for each in found.settings] == [True, True, False]


def test_a_single_run_at_another_setting_says_nothing() -> None:
    deciding = {("stateless", "A"): around(20.0), ("every_epoch", "A"): around(19.0)}
    selecting = {("stateless", "C"): scores([25.0], first=1), ("every_epoch", "C"): scores([30.0], first=1)}
    found = verdict(deciding, {"stateless": "A", "every_epoch": "A"}, selecting)
    assert row("every_epoch", found).decision == "better"


def test_where_the_reference_cannot_be_run_at_the_arm_s_setting_its_own_counts() -> None:
    assert crossed({"A": 20.0}, {"A": 19.4, "B": 19.0}).decision == "better"
    found = crossed({"A": 20.0}, {"A": 20.0, "B": 19.0})
    assert (found.decision, found.obstacle) == ("undecided", "setting")


def test_without_any_common_setting_nothing_is_shown_of_state() -> None:
    found = crossed({"A": 20.0}, {"B": 19.0})
    assert (found.decision, found.obstacle) == ("undecided", "setting")
    found = crossed({"A": 19.0}, {"B": 20.0})
    assert (found.decision, found.obstacle) == ("undecided", "setting")


def test_not_crossed_the_settings_that_the_search_found_decide() -> None:
    found = crossed({"A": 20.0}, {"B": 19.0}, crossed=False)
    assert (found.decision, found.settings) == ("better", ())


def test_an_arm_without_deciding_runs_is_refused() -> None:
    with pytest.raises(ValueError, match="no deciding runs of never"):
        verdict({("stateless", "A"): around(20.0)}, {"stateless": "A", "never": "A"})


# What is recommended.


def test_of_better_arms_the_one_that_is_best_on_validation_is_recommended() -> None:
    lucky = scores(CARRYING - 0.3)
    lucky = Scores(
        type(lucky.runs)(lucky.runs.seeds, CARRYING + 0.1, lucky.runs.losses, root=False), lucky.validation, lucky.test
    )
    found = at_one_setting({"stateless": scores(STATELESS), "every_sequence": scores(CARRYING), "never": lucky})
    assert found.arms[1].arm == "never"
    assert found.recommendation.arm == "every_sequence"


def test_where_none_is_better_the_reference_is_recommended() -> None:
    found = recorded("stateless", "every_epoch", "never")
    assert (found.recommendation.arm, found.recommendation.difference) == ("stateless", 0.0)
