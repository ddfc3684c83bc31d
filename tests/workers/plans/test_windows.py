"""Layouts: every timestep is scored exactly once, whatever the windows, lanes and order."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.workers.worlds import sequences
from workers.plans import windows

lengths = st.lists(st.integers(1, 60), min_size=1, max_size=8)
window = st.integers(1, 25)


def scored(windows: windows.Windows | windows.EpochPlan) -> list[int]:
    """Every timestep that is scored, in the order of the arrays."""
    flat = [values.ravel() for values in (windows.offset, windows.begin, windows.end)]
    return [int(o + t) for o, b, e in zip(*flat, strict=True) for t in range(b, e)]


@given(lengths, window, st.data())
def test_each_timestep_is_scored_once_with_or_without_burn_in(
    lengths: list[int], window: int, data: st.DataObject
) -> None:
    burn_in = data.draw(st.integers(0, window - 1))
    assert scored(windows.windows(sequences(*lengths), window, burn_in)) == list(range(sum(lengths)))


@given(lengths, window, st.data())
def test_a_window_that_is_read_both_ways_ends_with_the_timestep_it_is_scored_at(
    lengths: list[int], window: int, data: st.DataObject
) -> None:
    counts = np.array(data.draw(st.lists(st.booleans(), min_size=sum(lengths), max_size=sum(lengths))))
    whole = sequences(*lengths)
    cut = windows.ending_windows(whole.only(counts), window)
    assert scored(cut) == np.flatnonzero(counts).tolist()
    assert (cut.begin == cut.end - 1).all()
    owner = np.searchsorted(whole.start, cut.offset + cut.end - 1, side="right") - 1
    assert (cut.offset >= whole.start[owner]).all()
    assert ((cut.end == window) | (cut.offset == whole.start[owner])).all()


@given(lengths, window)
def test_no_window_reads_past_its_sequence(lengths: list[int], window: int) -> None:
    cut = windows.windows(sequences(*lengths), window)
    owner = np.cumsum(cut.first) - 1
    assert (cut.offset + cut.end <= np.cumsum(lengths)[owner]).all()


@given(lengths, window, st.integers(1, 9))
def test_lanes_drop_nothing_and_repeat_nothing(lengths: list[int], window: int, batch_size: int) -> None:
    layout = windows.lanes(windows.windows(sequences(*lengths), window), batch_size)
    assert sorted(scored(layout)) == list(range(sum(lengths)))


@given(lengths, window, st.integers(1, 9))
def test_in_a_lane_each_window_continues_the_one_before_unless_it_is_first(
    lengths: list[int], window: int, batch_size: int
) -> None:
    layout = windows.lanes(windows.windows(sequences(*lengths), window), batch_size)
    follows = layout.offset[1:] == layout.offset[:-1] + layout.end[:-1]
    assert (follows | layout.first[1:] | (layout.end[1:] == 0)).all()


@given(lengths, window, st.integers(1, 9), st.integers(0, 99))
def test_shuffling_keeps_the_windows_and_fills_up_only_the_last_batch(
    lengths: list[int], window: int, batch_size: int, seed: int
) -> None:
    layout = windows.shuffled(windows.windows(sequences(*lengths), window), batch_size, np.random.default_rng(seed))
    assert sorted(scored(layout)) == list(range(sum(lengths)))
    assert (layout.end[:-1] > 0).all()


def test_97_windows_in_batches_of_32_use_every_lane() -> None:
    layout = windows.lanes(windows.windows(sequences(*[5] * 97), 5), 32)
    assert layout.offset.shape == (4, 32)
    assert ((layout.end > 0).sum(0) >= 3).all()
