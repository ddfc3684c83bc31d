"""Counts, lists and durations, as people read them."""

import pytest

from sweep.core.wording import counted, duration, listed


def test_one_is_not_many() -> None:
    assert [counted(n, "trial") for n in (0, 1, 2)] == ["0 trials", "1 trial", "2 trials"]


def test_a_long_list_names_a_few_and_counts_the_rest() -> None:
    assert listed(range(3)) == "0, 1, 2"
    assert listed(range(48)) == "0, 1, 2, 3, 4, 5, 6, 7 and 40 more"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-1, "0 s"), (119, "119 s"), (120, "2 min"), (7_199, "119 min"), (7_200, "2 h"), (172_800, "2 days")],
)
def test_a_duration_is_said_in_its_unit(seconds: float, said: str) -> None:
    assert duration(seconds) == said
