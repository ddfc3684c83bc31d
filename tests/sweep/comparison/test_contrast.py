"""One contrast: what its numbers are, and what changes none of them."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from sweep.comparison.cell_contrast import averaged_contrast, contrast
from sweep.comparison.cell_runs import CellRuns
from sweep.comparison.contrast import Contrast
from sweep.comparison.interval import UNBOUNDED
from sweep.comparison.luck import NO_LUCK
from sweep.comparison.scored_timesteps import ScoredTimesteps
from tests.sweep.comparison.cells import cell, level, panel, record, remembering

Floats = NDArray[np.floating]
ARM, REFERENCE = (18.9, 19.3, 19.1, 18.8), (19.5, 20.1, 19.6, 19.9, 19.7, 19.4)


def squared_errors(runs: int, count: int = 400, seed: int = 0) -> Floats:
    """(runs, count) of runs that differ a little, and err much alike."""
    rng = np.random.default_rng(seed)
    alike, own = remembering(0.5, count, rng=rng), remembering(0.5, runs, count, rng=rng)
    return np.asarray((2 + 0.1 * rng.normal(size=(runs, 1)) + alike + own / 4) ** 2)


def differing(*, root: bool = False) -> Contrast:
    arm, reference = cell(squared_errors(6), root=root), cell(squared_errors(8, seed=1), root=root)
    return contrast(arm, reference, record(400), 0.0)


def numbers(found: Contrast) -> list[float]:
    return [found.difference, found.p, *found.interval(0.95), *found.probabilities(0.01), found.diebold_mariano]


def test_the_difference_is_a_part_of_the_references_error() -> None:
    assert contrast(level(0.8, 0.8), level(1.0, 1.0), record(), 0.0).difference == pytest.approx(-0.2)


def test_the_difference_from_a_negative_error_is_a_part_of_its_size() -> None:
    assert contrast(level(-0.8, -0.9), level(-1.0, -1.0), record(), 0.0).difference == pytest.approx(0.15)


def test_below_the_floor_the_difference_is_a_part_of_the_floor() -> None:
    found = contrast(level(0.08, 0.09), level(0.01, 0.02), record(), 0.5)
    assert found.difference == pytest.approx(0.07 / 0.5)
    assert found.interval(0.95).side == 1


def test_without_luck_of_the_test_data_p_is_that_of_welchs_test() -> None:
    found = contrast(level(*ARM), level(*REFERENCE[:4]), record(), 0.0)
    expected = stats.ttest_ind(ARM, REFERENCE[:4], equal_var=False)
    assert (found.p, found.freedom) == pytest.approx((expected.pvalue, expected.df))


def test_of_unlike_numbers_of_seeds_the_fewer_count_more_than_in_welchs_test() -> None:
    found = contrast(level(*ARM), level(*REFERENCE), record(), 0.0)
    assert 3 < found.freedom < stats.ttest_ind(ARM, REFERENCE, equal_var=False).df


def test_with_one_model_each_and_no_memory_p_is_that_of_the_paired_test_with_fewer_degrees_of_freedom() -> None:
    losses = 5 + np.random.default_rng(0).normal(size=(2, 2000))
    found = contrast(cell(losses[[0, 0]]), cell(losses[[1, 1]]), record(2000), 0.0)
    assert found.p == pytest.approx(stats.ttest_rel(*losses).pvalue, rel=0.2)
    assert found.freedom == found.test_data.freedom < 100


def test_the_parts_add_up() -> None:
    found = differing()
    assert found.variance == pytest.approx(sum(part.variance() for part in found.parts))
    assert all(part.variance() > 0 for part in found.parts[:3])
    assert found.settings == NO_LUCK


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.99])
def test_the_interval_excludes_zero_exactly_where_p_is_small(confidence: float) -> None:
    found = differing()
    assert (found.interval(1 - found.p * 1.001).side, found.interval(1 - found.p * 0.999).side) == (-1, 0)
    assert (found.interval(confidence).side != 0) == (found.p < 1 - confidence)


def test_the_interval_holds_the_differences_that_are_as_likely_as_its_confidence() -> None:
    found = differing()
    low, high = found.interval(0.9)
    assert found.probabilities(-low).better == pytest.approx(0.05)
    assert found.probabilities(high).worse == pytest.approx(0.05)


def test_the_luck_of_the_reference_widens_the_interval_of_a_large_difference() -> None:
    """Three times as large an error is known less well, in parts of the reference, than an error as large."""
    widths = [
        np.ptp(contrast(level(factor * 1.0, factor * 1.0), level(0.9, 1.1, 1.0), record(), 0.0).interval(0.9))
        for factor in (1, 3)
    ]
    assert widths[1] == pytest.approx(3 * widths[0], rel=0.05)


def test_a_reference_that_cannot_be_told_from_zero_bounds_nothing() -> None:
    assert contrast(level(1.0, 1.1), level(-0.5, 0.6), record(), 0.0).interval(0.95) == UNBOUNDED


@pytest.mark.parametrize("margin", [0.0, 0.01, 0.5, 1.0, 3.0])
def test_better_the_same_and_worse_are_all_there_is(margin: float) -> None:
    for found in (differing(), contrast(level(1.0), level(2.0), record(), 0.0)):
        chances = found.probabilities(margin)
        assert sum(chances) == pytest.approx(1)
        assert min(chances) >= 0


def test_what_differs_by_little_is_the_same_within_a_wider_margin() -> None:
    found = contrast(level(1.001, 1.002, 1.0), level(1.0, 1.001, 1.002), record(), 0.0)
    assert found.probabilities(0.0).same == 0
    assert found.probabilities(0.01).same > 0.95


def test_the_unit_of_the_losses_makes_no_difference() -> None:
    arm, reference = squared_errors(6), squared_errors(8, seed=1)
    for root in (False, True):
        usual, other = (
            contrast(cell(factor * arm, root=root), cell(factor * reference, root=root), record(400), 0.0)
            for factor in (1, 18.0**2)
        )
        assert numbers(other) == pytest.approx(numbers(usual), rel=1e-6)


def test_of_a_squared_error_and_its_root_p_is_about_the_same_and_the_difference_half() -> None:
    squared, rooted = differing(root=False), differing(root=True)
    assert rooted.p == pytest.approx(squared.p, rel=0.1)
    assert rooted.difference == pytest.approx(squared.difference / 2, rel=0.1)


def test_the_order_of_seeds_makes_no_difference() -> None:
    arm, reference, data = squared_errors(6), cell(squared_errors(8, seed=1)), record(400)
    usual = contrast(cell(arm), reference, data, 0.0)
    other = contrast(cell(arm[::-1], seeds=range(6)[::-1]), reference, data, 0.0)
    assert numbers(other) == numbers(usual)


def test_the_order_of_groups_makes_no_difference() -> None:
    arm, reference, data = squared_errors(3, 600), squared_errors(3, 600, seed=1), panel(12, 50)

    def backwards(losses: Floats) -> CellRuns:
        return cell(losses.reshape(3, 12, 50)[:, ::-1].reshape(3, 600))

    usual = contrast(cell(arm), cell(reference), data, 0.0)
    assert numbers(contrast(backwards(arm), backwards(reference), data, 0.0)) == pytest.approx(numbers(usual))


@pytest.mark.parametrize("data", [record(400), panel(20, 20), panel(4, 100), panel(20, 20, clock=False)])
def test_the_same_runs_differ_by_nothing_for_sure(data: ScoredTimesteps) -> None:
    losses, keys = squared_errors(5), list("abcde")
    runs, same = cell(losses), cell(losses[::-1], seeds=range(5)[::-1])
    found = contrast(replace(runs, keys=keys), replace(same, keys=keys[::-1]), data, 0.0)
    assert (found.difference, found.p, found.interval(0.99)) == (0, 1, (0, 0))
    assert found.probabilities(0.01) == (0, 1, 0)


def test_of_a_single_seed_nothing_is_known() -> None:
    found = contrast(level(0.5), level(1.0, 1.1), record(), 0.0)
    assert (found.p, found.interval(0.5)) == (1, UNBOUNDED)
    assert found.difference == pytest.approx(0.5 / 1.05 - 1)


def test_without_any_luck_a_difference_is_certain() -> None:
    found = contrast(level(0.9, 0.9), level(1.0, 1.0), record(), 0.0)
    assert found.p == pytest.approx(0, abs=1e-12)
    assert found.interval(0.99) == pytest.approx((-0.1, -0.1))


def test_equal_errors_are_equal_though_their_digits_differ() -> None:
    found = contrast(level(0.1 + 0.2, 0.3), level(0.3, 0.3), record(), 0.0)
    assert (found.difference, found.p) == (0, 1)


def test_from_an_error_of_zero_any_difference_is_infinite() -> None:
    found = contrast(level(1.0, 1.1), level(0.0, 0.0), record(), 0.0)
    assert (found.difference, found.interval(0.9)) == (np.inf, UNBOUNDED)
    assert found.p == pytest.approx(stats.ttest_1samp([1.0, 1.1], 0).pvalue)
    assert contrast(level(0.0, 0.0), level(0.0, 0.0), record(), 0.0).difference == 0


def test_a_diverged_arm_is_infinitely_worse() -> None:
    found = contrast(level(1.0, 1.1, None), level(1.0, 1.1, 1.2), record(), 0.0)
    assert (found.difference, found.interval(0.9).high) == (np.inf, np.inf)
    assert np.isfinite(found.interval(0.9).low)
    assert found.probabilities(0.01).worse > 0.5


def test_a_diverged_reference_is_infinitely_worse() -> None:
    found = contrast(level(1.0, 1.1, 1.2), level(1.0, None, 1.1), record(), 0.0)
    assert (found.difference, found.interval(0.9).low) == (-np.inf, -np.inf)
    assert found.probabilities(0.01).better > 0.5


def test_where_runs_of_both_diverged_no_difference_is_known() -> None:
    found = contrast(level(1.0, None), level(None, 1.1), record(), 0.0)
    assert np.isnan(found.difference)
    assert (found.p, found.interval(0.9)) == (1, UNBOUNDED)
    assert found.probabilities(0.01) == pytest.approx((0.5, 0, 0.5))


def test_diverged_runs_are_counted_by_fishers_test() -> None:
    found = contrast(level(*8 * [None]), level(*8 * [1.0]), record(), 0.0)
    assert found.p == pytest.approx(stats.fisher_exact([[8, 0], [0, 8]]).pvalue)
    assert found.interval(0.9) == UNBOUNDED
    assert found.arm_stability == (8, 8)


def test_a_run_whose_losses_are_not_finite_has_diverged() -> None:
    broken = np.ones(60)
    broken[7] = np.inf
    assert not contrast(cell([np.ones(60), broken]), level(1.0, 1.0), record(), 0.0).stable


def test_over_several_settings_the_difference_is_the_mean_of_theirs() -> None:
    pairs = [(level(0.9, 0.91), level(1.0, 1.01)), (level(9.5, 9.6), level(10.0, 10.1)), (level(7, 7.1), level(7, 7.2))]
    found = averaged_contrast(pairs, record(), 0.0)
    each = [contrast(*pair, record(), 0.0).difference for pair in pairs]
    assert found.difference == pytest.approx(np.mean(each))
    seeds = found.arm_seeds.variance() + found.reference_seeds.variance()
    assert found.settings.variance() + seeds == pytest.approx(np.var(each, ddof=1) / 3)
    assert (found.settings.freedom, found.arm_stability.runs) == (2, 6)


def test_settings_that_agree_and_seeds_that_do_not_vary_leave_the_luck_of_the_common_test_data() -> None:
    own, other = np.random.default_rng(0).uniform(1, 2, (2, 400))
    one = contrast(cell([own, own]), cell([other, other]), record(400), 0.0)
    many = averaged_contrast(4 * [(cell([own, own]), cell([other, other]))], record(400), 0.0)
    assert many.interval(0.95) == pytest.approx(one.interval(0.95))


def test_of_a_single_setting_there_is_no_luck_of_settings() -> None:
    pair = cell(squared_errors(6)), cell(squared_errors(8, seed=1))
    assert averaged_contrast([pair], record(400), 0.0) == contrast(*pair, record(400), 0.0)


def test_a_setting_without_a_finished_run_leaves_no_mean_difference() -> None:
    pairs = [(level(None, None), level(1.0, 1.1)), (level(0.9, 0.8), level(1.0, 1.1))]
    found = averaged_contrast(pairs, record(), 0.0)
    assert (found.difference, found.interval(0.9), found.arm_stability) == (np.inf, UNBOUNDED, (2, 4))


def test_settings_of_which_one_is_below_the_floor_are_averaged_as_parts_of_their_scales() -> None:
    pairs = [(level(0.3, 0.2), level(0.1, 0.1)), (level(3.0, 3.1), level(2.0, 2.0))]
    found = averaged_contrast(pairs, record(), 0.5)
    assert found.scale == (0.5, 2.0)
    assert found.difference == pytest.approx((0.15 / 0.5 + 1.05 / 2) / 2)
    assert found.interval(0.5).low < found.difference < found.interval(0.5).high


def test_settings_whose_references_have_different_signs_are_averaged_too() -> None:
    pairs = [(level(-0.9, -1.0), level(-1.0, -1.1)), (level(1.1, 1.2), level(1.0, 1.1))]
    each = [contrast(*pair, record(), 0.0).difference for pair in pairs]
    assert averaged_contrast(pairs, record(), 0.0).difference == pytest.approx(np.mean(each))


@pytest.mark.parametrize(
    ("arm", "reference", "message"),
    [
        (level(1.0, 1.0, count=9), level(1.0, 1.0), "60 scored timesteps"),
        (cell(np.ones((2, 60)), root=True), level(1.0, 1.0), "one kind"),
    ],
)
def test_cells_that_do_not_fit_are_refused(arm: CellRuns, reference: CellRuns, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        contrast(arm, reference, record(), 0.0)


def test_no_pair_is_refused() -> None:
    with pytest.raises(ValueError, match="needs an arm"):
        averaged_contrast([], record(), 0.0)


def test_a_contrast_is_a_value() -> None:
    found = differing()
    assert replace(found) == found
    assert hash(replace(found)) == hash(found)
