"""The decision: which arm is better, worse, equivalent or undecided, and against what."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sweep.comparison.compare import choose_reference, decide
from sweep.comparison.paired_statistics import Interval
from sweep.comparison.question import ArmRuns, Question
from tests.sweep.comparison.arms import RECORDED, arm, recorded, row, verdict

STATELESS, CARRYING = RECORDED["stateless"], RECORDED["every_sequence"]
NAN = float("nan")


def decision(
    interval: tuple[float, float],
    p: float = 0.001,
    blocks: tuple[float, float] = (-0.1, -0.02),
    *,
    stable: bool = True,
    **asked: Any,
) -> str:
    return decide(Interval(*interval), p, Interval(*blocks), Question(**asked), stable=stable)


# The rule.


def test_an_interval_within_the_margin_is_equivalent_whatever_p_says() -> None:
    assert decision((-0.009, -0.005), p=0.0001) == "equivalent"


def test_the_margin_itself_is_within_the_margin() -> None:
    assert decision((0.0, 0.0), margin=0.0) == "equivalent"


def test_better_takes_the_interval_the_test_and_the_blocks() -> None:
    assert decision((-0.05, -0.02)) == "better"
    assert decision((-0.05, 0.02)) == "undecided"
    assert decision((-0.05, -0.02), p=0.0501) == "undecided"
    assert decision((-0.05, -0.02), blocks=(-0.1, 0.001)) == "undecided"
    assert decision((-0.05, -0.02), blocks=(0.001, 0.1)) == "undecided"


def test_worse_takes_the_same_on_the_other_side() -> None:
    assert decision((0.02, 0.05), blocks=(0.001, 0.1)) == "worse"
    assert decision((0.02, 0.05), blocks=(-0.001, 0.1)) == "undecided"


def test_more_is_better_when_maximizing() -> None:
    assert decision((-0.05, -0.02), goal="maximize") == "worse"
    assert decision((0.02, 0.05), blocks=(0.001, 0.1), goal="maximize") == "better"


def test_an_arm_with_a_diverged_run_is_neither_better_nor_equivalent() -> None:
    assert decision((-0.05, -0.02), stable=False) == "undecided"
    assert decision((-0.001, 0.001), stable=False) == "undecided"
    assert decision((0.02, 0.05), blocks=(0.001, 0.1), stable=False) == "worse"


ORDERED = st.tuples(*[st.floats(-0.1, 0.1)] * 2).map(lambda pair: tuple(sorted(pair)))


@given(ORDERED, ORDERED, st.floats(0, 1), st.floats(0, 0.05), st.floats(0, 0.05))
def test_a_narrower_margin_never_makes_anything_equivalent(
    interval: tuple[float, float], blocks: tuple[float, float], p: float, one: float, other: float
) -> None:
    narrow, wide = (decision(interval, p, blocks, margin=margin) for margin in sorted((one, other)))
    assert wide in {narrow, "equivalent"}


# What is recorded below was computed by hand with SciPy 1.17.


def test_recorded_runs_are_decided_as_by_hand() -> None:
    found = verdict(recorded())
    assert found.reference == "stateless"
    assert {name: row(name, found).decision for name in RECORDED} == {
        "stateless": "reference",
        "stateless-shuffled": "worse",
        "every_sequence": "better",
        "every_epoch": "undecided",
        "never": "worse",
    }


def test_p_is_scipys_signed_rank_test_adjusted_by_holm() -> None:
    found = verdict(recorded())
    names = [name for name in RECORDED if name != "stateless"]
    p = [stats.wilcoxon(np.round(np.subtract(RECORDED[name], STATELESS), 9), method="exact").pvalue for name in names]
    order = np.argsort(p)
    adjusted = np.minimum(np.maximum.accumulate(np.sort(p) * [4, 3, 2, 1]), 1)
    assert [row(names[i], found).p_holm for i in order] == pytest.approx(adjusted)


def test_intervals_hold_together_by_bonferroni() -> None:
    interval = row("every_sequence", verdict(recorded())).interval
    assert interval is not None
    assert stats.ttest_rel(CARRYING, (1 + interval.low) * np.array(STATELESS)).pvalue == pytest.approx(0.05 / 4)


def test_arms_come_with_the_reference_first_and_then_from_better_to_worse() -> None:
    assert [row.arm for row in verdict(recorded()).arms] == [
        "stateless",
        "every_sequence",
        "every_epoch",
        "stateless-shuffled",
        "never",
    ]


# The reference.


def test_the_reference_is_the_stateless_arm_best_on_validation_not_on_test() -> None:
    arms = [arm("stateless", [1.0, 1.1], validation=np.array([2.0, 2.0])), arm("stateless-shuffled", [1.5, 1.6])]
    assert verdict([*arms, arm("never", [0.1, 0.2])]).reference == "stateless-shuffled"


def test_without_a_stateless_arm_the_best_on_validation_is_the_reference_and_a_note_says_so() -> None:
    found = verdict([arm("never", [1, 2, 3]), arm("every_epoch", [1, 2, 2])])
    assert found.reference == "every_epoch"
    assert "No stateless arm was run" in found.notes[0]


def test_an_arm_whose_runs_diverge_is_the_reference_only_if_there_is_no_steadier_one() -> None:
    shaky, steady = arm("stateless", [0.1, NAN, 0.1]), arm("stateless-shuffled", [1, 1, 1])
    assert choose_reference([shaky, steady], Question()) is steady
    assert choose_reference([shaky], Question()) is shaky


# Looks.


def test_the_first_look_is_not_corrected() -> None:
    found = verdict(recorded("stateless", "every_sequence"))
    assert (found.level, row("every_sequence", found).p_holm) == (0.95, 2**-9)


def test_every_later_look_may_spend_a_quarter_of_the_error_of_the_one_before() -> None:
    levels = [verdict(recorded(), looks=looks).level for looks in range(4)]
    assert all((1 - later) == pytest.approx((1 - earlier) / 4) for earlier, later in pairwise(levels))
    assert sum(1 - verdict(recorded(), looks=looks).level for looks in range(10)) < 0.05 * 4 / 3


def test_a_later_look_multiplies_p_and_widens_intervals() -> None:
    first, second = (row("every_epoch", verdict(recorded(), looks=looks)) for looks in (0, 1))
    assert first.p_holm is not None
    assert second.p_holm == min(4 * first.p_holm, 1)
    assert first.interval is not None
    assert second.interval is not None
    assert second.interval.low < first.interval.low < first.interval.high < second.interval.high


# Sliding.


def slid(reaching: float) -> ArmRuns:
    return arm("stateless", STATELESS, sliding=np.array(STATELESS) + reaching)


def test_sliding_scores_are_a_second_comparison_of_the_carrying_arms() -> None:
    found = verdict([slid(-1.5), *recorded("stateless-shuffled", "every_sequence")])
    assert row("every_sequence", found).decision == "better"
    sliding = row("every_sequence", found).sliding
    assert sliding is not None
    assert sliding.decision == "worse"
    assert row("stateless-shuffled", found).sliding is None


def test_without_sliding_scores_there_is_none() -> None:
    assert row("every_sequence", verdict(recorded())).sliding is None


# What does not matter.


@settings(max_examples=20, deadline=None)
@given(st.permutations(list(RECORDED)), st.permutations(range(10)))
def test_the_order_of_arms_and_seeds_makes_no_difference(names: list[str], seeds: list[int]) -> None:
    arms = [arm(name, np.array(RECORDED[name])[seeds], seeds=seeds) for name in names]
    shuffled, plain = verdict(arms).as_json(), verdict(recorded()).as_json()
    assert shuffled["sentence"] == plain["sentence"]
    for ours, theirs in zip(shuffled["arms"], plain["arms"], strict=True):
        assert (ours["arm"], ours["decision"]) == (theirs["arm"], theirs["decision"])
        assert ours["interval"] == pytest.approx(theirs["interval"])
        assert ours["p_holm"] == theirs["p_holm"]


@settings(max_examples=20, deadline=None)
@given(st.floats(1e-6, 1e6))
def test_the_unit_makes_no_difference(unit: float) -> None:
    converted = verdict([arm(name, unit * np.array(values)) for name, values in RECORDED.items()])
    for ours, theirs in zip(converted.arms, verdict(recorded()).arms, strict=True):
        assert (ours.arm, ours.decision, ours.seeds_needed) == (theirs.arm, theirs.decision, theirs.seeds_needed)
        assert ours.difference == pytest.approx(theirs.difference)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.9, 1.1), min_size=4, max_size=4), st.floats(0, 0.05), st.floats(0, 0.05))
def test_a_narrower_margin_never_turns_undecided_into_equivalent(scores: list[float], one: float, other: float) -> None:
    arms = [arm("stateless", [1.0, 1.01, 0.99, 1.0]), arm("never", scores)]
    narrow, wide = (row("never", verdict(arms, margin=margin)).decision for margin in sorted((one, other)))
    assert wide in {narrow, "equivalent"}
