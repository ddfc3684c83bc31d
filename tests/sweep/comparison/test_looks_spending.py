"""All looks together spend what one may, however many there are."""

import math

from hypothesis import given
from hypothesis import strategies as st

from sweep.comparison.looks_spending import spent

alphas = st.floats(1e-6, 0.5)


@given(alphas, st.integers(1, 200))
def test_however_many_looks_there_are_together_they_spend_no_more_than_alpha(alpha: float, looks: int) -> None:
    assert math.fsum(spent(alpha, before) for before in range(looks)) <= alpha * (1 + 1e-12)  # rounding


@given(alphas)
def test_in_the_end_all_of_alpha_is_spent(alpha: float) -> None:
    assert math.isclose(math.fsum(spent(alpha, before) for before in range(30)), alpha)


@given(alphas, st.integers(0, 50))
def test_each_look_may_spend_a_quarter_of_what_the_one_before_might(alpha: float, before: int) -> None:
    assert math.isclose(spent(alpha, before + 1), spent(alpha, before) / 4)


def test_the_first_look_at_0_95_runs_at_3_75_per_cent() -> None:
    assert math.isclose(spent(0.05, 0), 0.0375)
