"""How many seeds would probably decide, and whose luck keeps more from deciding."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from sweep.comparison.cell_contrast import averaged_contrast, contrast
from sweep.comparison.contrast import Contrast
from sweep.comparison.luck import NO_LUCK, UNKNOWN, Luck
from sweep.comparison.seeds_needed import chance_to_decide, seeds_needed
from tests.sweep.comparison.cells import level, record

SPREAD = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])


def differing(difference: float, spread: float = 0.1, data: float = 0.0) -> Contrast:
    """Five runs each; `data`: the variance by the test data."""
    found = contrast(level(*(1 + difference + spread * SPREAD)), level(*(1 - spread * SPREAD)), record(), 0.0)
    return replace(found, test_data=Luck(data, 0.0, 0.0, 30.0))


def test_the_chance_to_find_a_difference_is_that_of_the_t_test() -> None:
    spread = float((0.1 * SPREAD).std(ddof=1))
    for seeds in (5, 20):
        found = chance_to_decide(differing(0.1), np.array([seeds]), 0.0, 0.05)[0]
        freedom, effect = 2 * (seeds - 1), 0.1 / (spread * np.sqrt(2 / seeds))
        assert found == pytest.approx(stats.nct.sf(stats.t.isf(0.025, freedom), freedom, effect), rel=1e-6)


def test_a_larger_difference_needs_fewer_seeds() -> None:
    needed = [seeds_needed(differing(difference), 0.0, 0.05)[0] for difference in (0.05, 0.07, 0.1)]
    assert needed == sorted(needed, key=lambda count: -(count or 0))
    assert len(set(needed)) == 3
    assert None not in needed


def test_the_seeds_that_are_needed_find_the_difference_four_times_of_five() -> None:
    found = differing(0.06)
    seeds, obstacle = seeds_needed(found, 0.0, 0.05)
    assert seeds is not None
    below, enough = chance_to_decide(found, np.array([seeds - 1, seeds]), 0.0, 0.05)
    assert below < 0.8 <= enough
    assert obstacle == "seeds"


def test_what_was_not_decided_needs_at_least_one_seed_more() -> None:
    assert seeds_needed(differing(0.5), 0.0, 0.05) == (6, "seeds")


def test_equal_cells_need_seeds_until_the_interval_lies_within_the_margin() -> None:
    seeds, obstacle = seeds_needed(differing(0.0), 0.05, 0.05)
    assert seeds is not None
    error = float((0.1 * SPREAD).std(ddof=1)) * np.sqrt(2 / seeds)
    assert stats.t.isf(0.025, 2 * seeds - 2) * error < 0.05
    assert obstacle == "seeds"


def test_the_luck_of_the_test_data_does_not_shrink() -> None:
    assert seeds_needed(differing(0.06, data=0.05**2), 0.0, 0.05) == (None, "test data")
    with_some, without = (seeds_needed(differing(0.06, data=data), 0.0, 0.05)[0] for data in (0.01**2, 0.0))
    assert with_some is not None
    assert without is not None
    assert with_some > without


def test_too_small_a_difference_is_not_a_matter_of_seeds_that_anyone_has() -> None:
    assert seeds_needed(differing(0.001), 0.0, 0.05) == (None, "seeds")
    assert seeds_needed(differing(0.0), 0.0, 0.05) == (None, "seeds")


def test_settings_that_disagree_are_an_obstacle_of_their_own() -> None:
    pairs = [(level(*(1 + shift + 0.01 * SPREAD)), level(*(1 + 0.01 * SPREAD))) for shift in (-0.2, 0.1, 0.3)]
    assert seeds_needed(averaged_contrast(pairs, record(), 0.0), 0.0, 0.05) == (None, "settings")


def test_averaged_settings_need_seeds_of_each() -> None:
    spread = 0.1 * SPREAD
    pair = level(*(1.06 + spread)), level(*(1 + spread))
    one, four = (seeds_needed(averaged_contrast(n * [pair], record(), 0.0), 0.0, 0.05)[0] for n in (1, 4))
    assert one is not None
    assert four is not None
    assert four == pytest.approx(one / 4, abs=2)


def test_diverged_runs_are_an_obstacle_of_their_own() -> None:
    assert seeds_needed(contrast(level(1.0, None), level(1.0, 2.0), record(), 0.0), 0.0, 0.05) == (
        None,
        "diverged runs",
    )


def test_a_reference_of_zero_is_an_obstacle_of_its_own() -> None:
    found = contrast(level(1.0, 1.1), level(0.0, 0.0), record(), 0.0)
    assert seeds_needed(found, 0.01, 0.05) == (None, "reference of zero")


def test_a_single_run_tells_nothing_of_the_seeds_that_are_needed() -> None:
    assert seeds_needed(contrast(level(1.0), level(2.0, 2.1), record(), 0.0), 0.01, 0.05) == (None, "seeds")


def test_test_data_that_cannot_be_drawn_again_are_an_obstacle() -> None:
    assert seeds_needed(replace(differing(0.1), test_data=UNKNOWN), 0.01, 0.05) == (None, "test data")


def test_without_any_luck_one_seed_more_decides() -> None:
    found = contrast(level(1.1, 1.1), level(1.0, 1.0), record(), 0.0)
    assert found.test_data == NO_LUCK or found.test_data.variance() < 1e-20
    assert seeds_needed(found, 0.0, 0.05) == (3, "seeds")
    assert seeds_needed(contrast(level(1.1, 1.1), level(1.1, 1.1), record(), 0.0), 0.01, 0.05) == (3, "seeds")
