"""Stretches of a run on lanes: each is read whole and in order, after the one that it goes on from."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workers.engine.stretches import Laid, Stretches

origins_and_lengths = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 30)), min_size=1, max_size=20)
lanes = st.integers(1, 8)


def read(laid: Laid) -> list[list[int]]:
    """Of each stretch, the windows between its beginning and its end on its lane."""
    index = laid.index
    return [list(index[a:b, lane]) for a, b, lane in zip(laid.begin, laid.end, laid.lane, strict=True)]


def expected(stretches: Stretches) -> list[list[int]]:
    return [list(range(a, b)) for a, b in zip(stretches.begin, stretches.end, strict=True)]


@given(origins_and_lengths, lanes)
def test_each_stretch_is_read_in_order_and_nothing_else_is(pairs: list[tuple[int, int]], lanes: int) -> None:
    begin, length = np.array(pairs).T
    stretches = Stretches.apart(begin, begin + length).twice()
    laid = stretches.laid(lanes)
    assert read(laid) == expected(stretches)
    assert (laid.index >= 0).sum() == 2 * length.sum()


@given(origins_and_lengths, lanes)
def test_all_since_an_origin_is_read_once_and_on_one_lane(pairs: list[tuple[int, int]], lanes: int) -> None:
    step, length = np.array(pairs).T
    origin = 1000 * np.cumsum(step > 1)  # several ends behind each
    end = origin + np.cumsum(length)
    stretches = Stretches.since(origin, end)
    laid = stretches.laid(lanes)
    assert read(laid) == expected(stretches)
    assert (laid.index >= 0).sum() == sum(end[origin == each].max() - each for each in np.unique(origin))
    goes_on = np.flatnonzero(stretches.goes_on)
    assert (laid.lane[goes_on] == laid.lane[goes_on - 1]).all()
    assert (laid.begin[goes_on] == laid.end[goes_on - 1]).all()


def test_lanes_have_about_as_many_windows() -> None:
    length = np.random.default_rng(0).integers(1, 50, 400)
    laid = Stretches.apart(np.zeros(400, int), length).laid(8)
    assert laid.steps < length.sum() / 8 + 50
