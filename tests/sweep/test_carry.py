"""The smallest carry that suffices."""

import numpy as np

from sweep.carry import Carry, smallest_carry

NOISE = np.array([-0.1, 0, 0.1])  # a standard error of 0.058


def carry(interval: int | None, timesteps: float, mean: float) -> Carry:
    return Carry(timesteps, mean + NOISE, interval)


SHORT, MIDDLE, LONG = carry(2, 10, 1.3), carry(4, 30, 1.05), carry(16, 150, 1.0)
WHOLE = carry(None, 900, 0.99)  # every_epoch


def test_it_is_the_shortest_within_one_standard_error_of_the_best() -> None:
    assert smallest_carry([SHORT, MIDDLE, LONG]) is MIDDLE


def test_another_policy_can_be_the_best_but_not_the_smallest_carry() -> None:
    assert smallest_carry([SHORT, MIDDLE, LONG, WHOLE]) is LONG
    assert smallest_carry([SHORT, MIDDLE, WHOLE]) is None


def test_short_is_meant_in_timesteps_not_in_batches() -> None:
    small_batches = carry(8, 12, 1.02)
    assert smallest_carry([MIDDLE, LONG, small_batches]) is small_batches


def test_what_diverged_once_does_not_suffice() -> None:
    assert smallest_carry([Carry(1, np.array([1, 1, np.nan]), 2), LONG]) is LONG


def test_more_can_be_better() -> None:
    assert smallest_carry([SHORT, MIDDLE], "maximize") is SHORT


def test_one_seed_has_no_standard_error() -> None:
    assert smallest_carry([Carry(10, np.ones(1), 2)]) is None
