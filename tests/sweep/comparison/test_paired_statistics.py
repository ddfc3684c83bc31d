"""Paired statistics: the same as SciPy says, and what happens at the edges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike
from scipy import stats

from sweep.comparison.paired_statistics import UNBOUNDED, Paired, fieller, holm, paired, sign_interval, signed_rank
from tests.sweep.comparison.arms import RECORDED

REFERENCE, ARM, OTHER = (np.array(RECORDED[name]) for name in ("stateless", "every_sequence", "every_epoch"))
NOTHING, DIVERGED = np.zeros(10), np.full(10, np.nan)
WORSE = np.inf  # when minimizing

runs = st.lists(st.tuples(st.floats(1, 2), st.floats(1, 2)), min_size=2, max_size=12).map(
    lambda pairs: np.array(pairs).T
)


def gap(
    arm: ArrayLike = ARM, reference: ArrayLike = REFERENCE, confidence: float = 0.95, worst: float = WORSE
) -> Paired:
    return paired(np.asarray(arm, float), np.asarray(reference, float), confidence, worst)


def diverge(values: np.ndarray, *seeds: int) -> np.ndarray:
    return np.where(np.isin(np.arange(len(values)), seeds), np.nan, values)


def test_the_difference_is_that_of_the_means() -> None:
    assert gap().difference == pytest.approx(ARM.mean() / REFERENCE.mean() - 1)


@pytest.mark.parametrize("other", [ARM, OTHER])
def test_p_is_scipys_exact_signed_rank_test(other: np.ndarray) -> None:
    differences = np.round(other - REFERENCE, 12)
    assert gap(other).p == stats.wilcoxon(differences).pvalue


def test_p_with_ties_is_that_of_every_way_of_swapping_pairs() -> None:
    differences = np.array([1, 1, 1, 2, 2, -1, 3, -2.0])
    ranks = stats.rankdata(abs(differences))
    signs = np.array(np.meshgrid(*[[-1, 1]] * 8)).reshape(8, -1)
    centre = ranks.sum() / 2
    swapped = abs((ranks[:, None] * (signs > 0)).sum(axis=0) - centre)
    assert signed_rank(differences) == pytest.approx((swapped >= abs(ranks[differences > 0].sum() - centre)).mean())


def test_pairs_without_a_difference_do_not_count() -> None:
    assert signed_rank(np.array([0, 0, 1, 2, 3.0])) == signed_rank(np.array([1, 2, 3.0])) == 0.25


def test_no_difference_at_all_is_certain_to_be_chance() -> None:
    assert gap(REFERENCE) == (0.0, (0.0, 0.0), 1.0)


def test_differences_that_only_rounding_tells_apart_tie() -> None:
    accuracies = np.array([0.8, 0.7, 0.9, 0.6, 0.5]), np.array([0.7, 0.6, 0.8, 0.7, 0.6])
    assert gap(*accuracies).p == signed_rank(np.array([1, 1, 1, -1, -1.0]))


@pytest.mark.parametrize("part", [0.01, 0.3, 0.9])
def test_the_interval_holds_every_ratio_that_a_paired_t_test_would_not_reject(part: float) -> None:
    low, high = gap().interval
    inside, outside = (1 + low + part * (high - low)), (1 + low - part * (high - low))
    p = [stats.ttest_rel(ARM, ratio * REFERENCE).pvalue for ratio in (inside, outside, 1 + low)]
    assert p[0] > 0.05 > p[1]
    assert p[2] == pytest.approx(0.05)


def test_the_interval_lies_within_the_margin_where_two_one_sided_t_tests_say_so() -> None:
    interval = gap(OTHER, confidence=0.9).interval
    for margin in (0.005, 0.01, 0.02):
        low = stats.ttest_rel(OTHER, (1 - margin) * REFERENCE, alternative="greater").pvalue
        high = stats.ttest_rel(OTHER, (1 + margin) * REFERENCE, alternative="less").pvalue
        assert interval.within(margin) == (max(low, high) <= 0.05)


@pytest.mark.parametrize(
    ("p", "adjusted"),
    [
        ([0.04, 0.002, 0.03, 0.6], [0.09, 0.008, 0.09, 0.6]),
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),
        ([0.5, 0.5, 0.9], [1.0, 1.0, 1.0]),
        ([0.02], [0.02]),
        ([], []),
    ],
)
def test_p_is_adjusted_step_by_step_from_the_smallest(p: list[float], adjusted: list[float]) -> None:
    assert holm(p) == pytest.approx(adjusted)


@given(st.lists(st.floats(0, 1), max_size=12))
def test_adjusted_p_values_keep_their_order_and_never_exceed_bonferronis(p: list[float]) -> None:
    adjusted = np.array(holm(p))
    assert (np.diff(adjusted[np.argsort(p)]) >= 0).all()
    assert (np.array(p) <= adjusted).all()
    assert (adjusted <= np.minimum(np.array(p) * len(p), 1)).all()


def test_a_reference_that_cannot_be_told_from_zero_has_no_interval() -> None:
    assert gap([1, 2, 3], [-1, 0.1, 1]).interval == UNBOUNDED


def test_what_differs_from_a_reference_of_zero_does_so_infinitely() -> None:
    assert gap([1, 2, 3], [0, 0, 0])[:2] == (np.inf, UNBOUNDED)


def test_a_negative_reference_does_not_turn_better_into_worse() -> None:
    assert gap(-ARM, -REFERENCE).difference == pytest.approx(-gap().difference)


def test_one_pair_has_a_difference_and_nothing_else() -> None:
    found = gap([1.1], [1.0])
    assert found.difference == pytest.approx(0.1)
    assert (found.interval, found.p) == (UNBOUNDED, 1.0)


def test_differences_without_variance_are_known_exactly() -> None:
    low, high = gap(np.full(10, 1.1), np.full(10, 1.0)).interval
    assert (low, high) == pytest.approx((0.1, 0.1))


def test_a_diverged_run_opens_the_interval_on_its_arms_side() -> None:
    low, high = gap(diverge(ARM, 3)).interval
    assert -0.1 < low < 0
    assert high == np.inf
    low, high = gap(ARM, diverge(REFERENCE, 3)).interval
    assert low == -np.inf
    assert -0.1 < high < 0
    assert gap(diverge(ARM, 3), diverge(REFERENCE, 3)).interval == UNBOUNDED


def test_a_diverged_run_is_worse_than_any_other() -> None:
    assert gap(diverge(ARM, 3)).p == signed_rank(np.where(np.arange(10) == 3, 100, ARM - REFERENCE))
    assert gap(diverge(ARM, 3), worst=-np.inf).p == signed_rank(np.where(np.arange(10) == 3, -100, ARM - REFERENCE))


def test_an_arm_of_which_every_run_diverged_is_infinitely_worse() -> None:
    assert gap(DIVERGED) == (np.inf, (np.inf, np.inf), 2**-9)


def test_where_both_diverged_there_is_no_difference() -> None:
    assert gap(DIVERGED, DIVERGED) == (0.0, UNBOUNDED, 1.0)


def test_the_interval_of_the_sign_test_is_two_of_the_ordered_values() -> None:
    values = np.arange(10.0)
    assert sign_interval(values, 0.95) == (1, 8)  # 1 of 1024 lies beyond the first, and 10 beyond the second
    assert stats.binomtest(1, 10).pvalue < 0.05 < stats.binomtest(2, 10).pvalue
    assert sign_interval(values[:5], 0.95) == UNBOUNDED


@given(runs, st.sampled_from([0.8, 0.95, 0.99]))
def test_the_interval_holds_the_difference(pair: np.ndarray, confidence: float) -> None:
    difference, (low, high), _ = gap(pair[0], pair[1], confidence)
    assert low <= difference <= high


@given(runs)
def test_more_confidence_never_makes_an_interval_shorter(pair: np.ndarray) -> None:
    narrow, wide = (fieller(pair[0] - pair[1], pair[1], confidence)[1] for confidence in (0.9, 0.95))
    assert wide.low <= narrow.low
    assert narrow.high <= wide.high


@given(runs, st.sampled_from([0.5, 8.0, 1024.0]))
def test_the_unit_makes_no_difference(pair: np.ndarray, unit: float) -> None:
    scaled, plain = gap(*(unit * pair)), gap(*pair)
    assert scaled.p == plain.p
    # NumPy may add up in another order where an array lies elsewhere in memory.
    limits = [(each.difference, each.interval.low, each.interval.high) for each in (scaled, plain)]
    assert limits[0] == pytest.approx(limits[1], rel=1e-9, abs=1e-9)


@given(runs)
def test_minimizing_and_maximizing_mirror_each_other(pair: np.ndarray) -> None:
    assert gap(*pair).p == gap(-pair[0], -pair[1], worst=-WORSE).p
