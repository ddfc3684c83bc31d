"""The best of n trials, as it is to be expected."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.comparison.expected_best import expected_best


def test_of_one_trial_it_is_the_mean() -> None:
    assert expected_best([1.0, 2.0, 6.0], sign=1)[0] == pytest.approx(3.0)


@pytest.mark.parametrize("sign", [1, -1])
def test_it_is_the_mean_over_every_way_to_draw_so_many(sign: int) -> None:
    values = [3.0, 1.0, 2.0]
    best = min if sign == 1 else max
    for count in (1, 2, 3):
        drawn = [best(draw) for draw in product(values, repeat=count)]
        assert expected_best(values, sign=sign)[count - 1] == pytest.approx(np.mean(drawn))


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=30))
def test_more_trials_are_never_expected_to_be_worse_and_never_beat_the_best(values: list[float]) -> None:
    found = expected_best(values, sign=1)
    assert (np.diff(found) <= 1e-9).all()
    assert found[-1] >= min(values) - 1e-9
