"""The moving-block bootstrap: how long its blocks are, what it draws, and what it finds."""

import numpy as np
import pytest
from numpy.typing import ArrayLike
from scipy import stats
from scipy.signal import lfilter

from sweep.comparison.block_length import _autocovariances, block_length
from sweep.comparison.bootstrap import Resampled, _candidates, block_interval
from sweep.comparison.paired_statistics import UNBOUNDED

ONE = np.zeros(1, int)


def remembering(memory: float, n: int, seed: int = 0) -> np.ndarray:
    """(n,) an autoregressive series of order one."""
    return np.asarray(lfilter([1], [1, -memory], np.random.default_rng(seed).normal(size=n + 500)))[500:]


def losses(n: int, seed: int = 0, memory: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    """(n,) squared errors of two models that are equally good and err much alike."""
    own, other, shared = (remembering(memory, n, 3 * seed + part) for part in range(3))
    return (shared + own / 2) ** 2, (shared + other / 2) ** 2


def resampled(
    arm: np.ndarray, reference: np.ndarray, starts: ArrayLike = ONE, confidence: float = 0.95, **others: bool
) -> Resampled:
    return block_interval(arm, reference, np.asarray(starts), confidence, **others)


ARCH = [(0.5, 2000, 16.57), (0.9, 2000, 64.95), (0.99, 2000, 99.22), (0.9, 20_000, 148.32)]


@pytest.mark.parametrize(("memory", "n", "length"), ARCH)
def test_the_block_length_is_what_the_package_arch_8_recommends(memory: float, n: int, length: float) -> None:
    assert block_length(remembering(memory, n), ONE) == pytest.approx(length, abs=1.5)


def test_noise_needs_no_blocks() -> None:
    assert block_length(np.random.default_rng(0).normal(size=2000), ONE) <= 3


def test_what_a_sequence_remembers_is_not_sought_in_the_next() -> None:
    assert _autocovariances(np.array([1.0, 1, -1, -1]), np.array([0, 2]), 1)[1] == 2 / 4
    assert _autocovariances(np.array([1.0, 1, -1, -1]), ONE, 1)[1] == 1 / 4


def test_blocks_are_no_shorter_than_the_cube_root_of_the_timesteps() -> None:
    assert resampled(*np.random.default_rng(0).exponential(size=(2, 1000))).blocks.length == 10


def test_a_resample_is_as_long_as_the_split() -> None:
    found = resampled(*losses(2000)).blocks
    assert found.count == round(2000 / found.length)


def test_blocks_lie_within_sequences_and_represent_each_by_its_length() -> None:
    starts = np.array([0, 500, 520])  # the last sequence has 480 timesteps
    first, size, expected = _candidates(1000, starts, 40)
    sequence = np.searchsorted(starts, first, side="right") - 1
    assert (np.searchsorted(starts, first + size - 1, side="right") - 1 == sequence).all()
    share = np.bincount(sequence, weights=expected * size)
    assert share == pytest.approx([500, 20, 480])
    assert set(size[sequence == 1]) == {20}


def test_many_sequences_are_drawn_whole() -> None:
    rng = np.random.default_rng(0)
    skill = np.repeat(
        rng.normal(size=(2, 100)), 30, axis=1
    )  # a sequence is easy or hard from its first step to its last
    found = resampled(5 + skill[0], 5 + skill[1], starts=np.arange(100) * 30)
    each = stats.ttest_1samp((skill[0] - skill[1])[::30], 0).confidence_interval()
    assert (found.blocks.unit, found.blocks.length) == ("sequences", 2)
    assert np.subtract(*found.interval) == pytest.approx(np.subtract(*each) / (5 + skill[1]).mean(), rel=0.2)


def test_the_interval_of_independent_losses_is_about_that_of_their_t_test() -> None:
    arm, reference = 5 + np.random.default_rng(0).normal(size=(2, 3000))
    low, high = resampled(arm, reference).interval
    expected = stats.ttest_rel(arm, reference).confidence_interval()
    assert (low, high) == pytest.approx(tuple(bound / reference.mean() for bound in expected), abs=0.001)


def test_losses_that_remember_make_the_interval_wider() -> None:
    arm, reference = losses(3000, memory=0.9)
    order = np.random.default_rng(0).permutation(3000)
    remembered, shuffled = (
        -np.subtract(*resampled(*pair).interval) for pair in ((arm, reference), (arm[order], reference[order]))
    )
    assert remembered > 1.3 * shuffled


@pytest.mark.parametrize(("n", "memory", "sequences"), [(500, 0.0, 1), (1000, 0.5, 1), (3000, 0.9, 1), (750, 0.9, 25)])
def test_equally_good_models_differ_about_as_seldom_as_promised(n: int, memory: float, sequences: int) -> None:
    starts = np.arange(sequences) * (n // sequences)
    missed = sum(resampled(*losses(n, seed, memory), starts).interval.side != 0 for seed in range(200))
    assert missed / 200 < 0.1  # it is known to be a little too short for losses that remember


def test_a_root_mean_square_differs_half_as_much_as_its_square() -> None:
    arm, reference = losses(2000)
    squared, rooted = (resampled(1.02 * arm, reference, root=root).interval for root in (False, True))
    assert np.add(*rooted) == pytest.approx(np.add(*squared) / 2, abs=0.002)
    assert np.subtract(*rooted) == pytest.approx(np.subtract(*squared) / 2, rel=0.05)


def test_the_draws_are_the_same_each_time() -> None:
    assert resampled(*losses(400)) == resampled(*losses(400))


def test_the_unit_makes_no_difference() -> None:
    arm, reference = losses(400)
    assert resampled(18**2 * arm, 18**2 * reference).interval == pytest.approx(resampled(arm, reference).interval)


def test_the_same_losses_differ_by_exactly_nothing() -> None:
    arm, _ = losses(400)
    assert resampled(arm, arm).interval == (0, 0)


def test_better_in_a_single_stretch_is_not_better() -> None:
    arm, reference = 1 + 0.01 * np.random.default_rng(0).normal(size=(2, 1000))
    assert resampled(0.97 * arm, reference).interval.side == -1
    assert resampled(np.where(np.arange(1000) < 960, arm, 0.2 * arm), reference).interval.side == 0


def test_too_little_to_draw_from_tells_nothing() -> None:
    assert resampled(np.ones(1), np.full(1, 2.0)).interval == UNBOUNDED


def test_a_reference_without_any_loss_tells_nothing() -> None:
    assert resampled(np.ones(100), np.zeros(100)).interval == UNBOUNDED


@pytest.mark.parametrize(
    ("arm", "starts", "message"),
    [
        (np.ones(9), [0], "same timesteps"),
        (np.full(10, np.nan), [0], "finite"),
        (np.ones(10), [1], "begin at 0"),
        (np.ones(10), [0, 5, 5], "ascend"),
        (np.ones(10), [0, 10], "below 10"),
    ],
)
def test_losses_that_do_not_fit_are_refused(arm: np.ndarray, starts: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        resampled(arm, np.ones(10), starts)
