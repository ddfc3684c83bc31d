"""Layouts: every timestep is scored exactly once, whatever the windows, lanes and order."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.workers.worlds import sequences
from workers.data.timeline import Sequences
from workers.plans import windows

lengths = st.lists(st.integers(1, 60), min_size=1, max_size=8)
window = st.integers(1, 25)


def scored(windows: windows.Windows) -> list[int]:
    """Every timestep that is scored, in the order of the arrays."""
    flat = [values.ravel() for values in (windows.offset, windows.begin, windows.end)]
    return [int(o + t) for o, b, e in zip(*flat, strict=True) for t in range(b, e)]


@given(lengths, window, st.data())
def test_each_timestep_is_scored_once_with_or_without_burn_in(
    lengths: list[int], window: int, data: st.DataObject
) -> None:
    burn_in = data.draw(st.integers(0, window - 1))
    assert scored(windows.windows(sequences(*lengths), window, burn_in)) == list(range(sum(lengths)))


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


@given(lengths, window)
def test_evaluation_lanes_score_each_timestep_once(lengths: list[int], window: int) -> None:
    assert sorted(scored(windows.evaluation_lanes(sequences(*lengths), window))) == list(range(sum(lengths)))


@given(st.lists(st.tuples(st.integers(1, 400), st.integers(0, 90)), min_size=1, max_size=5), st.integers(1, 20))
def test_warm_up_stays_inside_the_sequence_and_leads_up_to_what_is_scored(
    pieces: list[tuple[int, int]], window: int
) -> None:
    ends = np.cumsum([sum(piece) for piece in pieces])
    start = ends - [length for length, _ in pieces]
    past = Sequences(start, ends, start - [before for _, before in pieces])
    layout = windows.evaluation_lanes(past, window)
    reads = layout.end > 0
    owner = np.searchsorted(ends, layout.offset, side="right")
    assert (layout.offset[reads] >= past.reach[owner[reads]]).all()
    follows = layout.offset[1:] == layout.offset[:-1] + layout.end[:-1]
    assert (follows | layout.first[1:] | ~reads[1:]).all()


def test_a_lane_inside_a_sequence_has_64_timesteps_of_warm_up_and_at_least_4_windows() -> None:
    layouts = {window: windows.evaluation_lanes(sequences(4000), window) for window in (8, 40)}
    unscored = {window: layout.begin[:, 1] == window for window, layout in layouts.items()}
    assert {window: int(flags.sum()) * window for window, flags in unscored.items()} == {8: 64, 40: 160}
