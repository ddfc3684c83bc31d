"""How many seeds would probably decide, and when none would."""

import numpy as np
import pytest
from scipy import stats

from sweep.comparison.power import (
    MOST_SEEDS,
    RANKS,
    Obstacle,
    fewest_pairs,
    required_seeds,
    seeds_for_equivalence,
    seeds_to_differ,
    t_test_power,
)

SPREAD = np.array([-1.0, 1] * 5) / np.std([-1, 1] * 5, ddof=1)  # ten differences of mean 0 and standard deviation 1
REFERENCE = np.full(10, 100.0)


def simulated(mean: float, pairs: int, repeats: int = 4000) -> np.ndarray:
    return mean + np.random.default_rng(0).normal(size=(repeats, pairs))


@pytest.mark.parametrize(
    ("effect", "pairs", "alpha", "power"),
    [
        (0.5, 34, 0.025, 0.8077766855149761),
        (1.0, 9.5, 0.025, 0.7769832784265945),
        (0.3, 60, 0.01, 0.47773431226476004),
        (0.0, 12, 0.05, 0.05),
        (5.0, 190, 0.05, 1.0),
    ],
)
def test_the_power_of_the_t_test_is_that_of_the_noncentral_t(
    effect: float, pairs: float, alpha: float, power: float
) -> None:
    """The first three as statsmodels 0.15 computes them."""
    assert t_test_power(effect, np.array([pairs]), alpha) == pytest.approx([power])


@pytest.mark.parametrize(("effect", "pairs"), [(1.0, 10), (0.5, 34), (0.3, 90)])
def test_the_seeds_to_find_a_difference_are_those_of_the_t_test_and_a_few_more(effect: float, pairs: int) -> None:
    """G*Power 3.1, matched pairs, two-sided, alpha .05, power .8: 10, 34 and 90 pairs."""
    seeds = seeds_to_differ(SPREAD + effect, 0.05)
    assert seeds is not None
    assert pairs <= seeds <= np.ceil(pairs / RANKS) + 1


@pytest.mark.parametrize("effect", [0.5, 1.0])
def test_with_so_many_seeds_the_signed_rank_test_finds_it_in_four_of_five(effect: float) -> None:
    pairs = seeds_to_differ(SPREAD + effect, 0.05)
    assert pairs is not None
    p = stats.wilcoxon(simulated(effect, pairs), axis=1).pvalue
    assert (p < 0.05).mean() == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize("mean", [0.0, 0.2])
def test_with_so_many_seeds_the_interval_lies_within_the_margin_in_four_of_five(mean: float) -> None:
    pairs = seeds_for_equivalence(SPREAD + mean, 0.6, 0.05)
    assert pairs is not None
    runs = simulated(mean, pairs)
    half = stats.t.ppf(0.975, pairs - 1) * runs.std(axis=1, ddof=1) / np.sqrt(pairs)
    assert (abs(runs.mean(axis=1)) + half <= 0.6).mean() == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize(("alpha", "pairs"), [(0.05, 6), (0.05 / 8, 9), (0.0625, 6), (0.5, 3)])
def test_fewer_pairs_cannot_reach_the_level_at_all(alpha: float, pairs: int) -> None:
    lowest = [stats.wilcoxon(np.arange(1.0, n + 1)).pvalue for n in (pairs - 1, pairs)]
    assert lowest[1] < alpha <= lowest[0]
    assert fewest_pairs(alpha) == pairs


def test_the_clearest_difference_needs_as_many_pairs_as_the_level_takes() -> None:
    assert seeds_to_differ(np.full(5, 3.0), 0.05) == fewest_pairs(0.05)


def test_a_smaller_difference_never_needs_fewer_seeds() -> None:
    needed = [seeds_to_differ(SPREAD + effect, 0.05) or MOST_SEEDS + 1 for effect in (3, 1, 0.5, 0.3, 0.1)]
    assert needed == sorted(needed)
    assert needed[-1] > MOST_SEEDS


def undecided(effect: float, side: int, margin: float = 0.001) -> tuple[int | None, Obstacle]:
    """(number, obstacle) where the relative differences have that effect and a standard deviation of 0.01."""
    return required_seeds(REFERENCE + SPREAD + effect, REFERENCE, side, margin, 0.05)


def test_seeds_decide_where_the_test_split_agrees() -> None:
    assert undecided(0.5, side=1) == (seeds_to_differ(SPREAD + 0.5, 0.05), "seeds")


@pytest.mark.parametrize("side", [0, -1])
def test_seeds_do_not_help_where_the_test_split_does_not_agree(side: int) -> None:
    assert undecided(0.5, side=side) == (None, "test data")


def test_seeds_may_then_still_show_that_it_does_not_matter() -> None:
    assert undecided(0.1, side=0, margin=0.006) == (seeds_for_equivalence(SPREAD + 0.1, 0.6, 0.05), "seeds")


def test_above_two_hundred_no_number_is_named() -> None:
    assert undecided(0.1, side=1) == (None, "seeds")


def test_it_takes_more_seeds_than_there_are() -> None:
    assert undecided(3.0, side=1) == (11, "seeds")


def test_diverged_runs_are_not_cured_by_seeds() -> None:
    assert required_seeds(np.where(SPREAD > 0, np.nan, 1), REFERENCE, 0, 0.01, 0.05) == (None, "diverged runs")


def test_nothing_is_a_part_of_zero() -> None:
    assert required_seeds(SPREAD, np.zeros(10), 0, 0.01, 0.05) == (None, "reference of zero")


def test_one_pair_says_nothing_about_how_many_it_takes_but_the_least() -> None:
    assert required_seeds(np.ones(1), np.full(1, 2.0), 1, 0.01, 0.05) == (6, "seeds")
