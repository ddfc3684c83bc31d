"""How far apart rows are, and at which pauses a sequence should end."""

import numpy as np
import pytest

from workers.data.looking.rhythm import rhythm

DAY = 86400.0


def test_even_steps() -> None:
    found = rhythm(np.full(100, 300.0))
    assert found is not None
    assert (found.called, found.uneven, found.max_gap, found.irregular) == ("5min", 0.0, 0.0, False)


@pytest.mark.parametrize(
    ("pauses", "max_gap"),
    [
        ([], 0.0),
        ([600.0] * 3, 0.0),  # a row or two are missing
        ([3600.0], 900.0),
        ([1500.0] * 5 + [7200.0], 1800.0),
        ([7200.0] * 20, 0.0),  # so many that sequences would be short
    ],
)
def test_a_pause_ends_a_sequence_where_few_are_as_long(pauses: list[float], max_gap: float) -> None:
    found = rhythm(np.array([300.0] * 300 + pauses))
    assert found is not None
    assert found.max_gap == max_gap


@pytest.mark.parametrize(
    ("days", "called"),
    [((31, 28, 31, 30, 31, 30), "a month"), ((90, 91, 92, 92), "a quarter"), ((365, 365, 366), "a year")],
)
def test_steps_of_the_calendar_are_even(days: tuple[int, ...], called: str) -> None:
    found = rhythm(DAY * np.array(days))
    assert found is not None
    assert (found.called, found.uneven, found.irregular) == (called, 0.0, False)


def test_weekends_are_no_pauses() -> None:
    found = rhythm(DAY * np.array([1, 1, 1, 1, 3] * 40))
    assert found is not None
    assert (found.max_gap, found.irregular) == (0.0, False)


def test_rows_that_come_when_they_like_are_brought_to_a_common_step_that_most_are_shorter_than() -> None:
    found = rhythm(np.random.default_rng(0).exponential(40, 500))
    assert found is not None
    assert (found.irregular, found.even) == (True, 60.0)


def test_rows_of_one_time_have_no_rhythm() -> None:
    assert rhythm(np.zeros(5)) is None
