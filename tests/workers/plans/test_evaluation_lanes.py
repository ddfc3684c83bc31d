"""The lanes of an evaluation: every timestep is scored once, in a run that begins where the data do."""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workers.plans.test_windows import lengths, scored
from tests.workers.worlds import feed, sequences
from workers.data.timeline import Sequences
from workers.plans.deployment import Feed
from workers.plans.evaluation_lanes import NEAR, Lanes, continued, evaluation_lanes, warm_up_windows, whole_run
from workers.plans.windows import Windows


class Held(NamedTuple):
    """What a split holds of a timeline, and all that a model is fed."""

    pieces: Sequences
    whole: Feed


@st.composite
def splits(draw: st.DrawFn) -> Held:
    """Sequences of which some have a piece in the split, with timesteps before it and after it."""
    parts = draw(
        st.lists(st.tuples(st.integers(1, 300), st.integers(0, 90), st.integers(0, 30)), min_size=1, max_size=6)
    )
    held = draw(st.lists(st.booleans(), min_size=len(parts), max_size=len(parts)).filter(any))
    whole = feed(*map(sum, parts))
    length, before, _ = np.array(parts).T
    start = whole.start + before
    return Held(Sequences(start[held], (start + length)[held], whole.start[held]), whole)


window = st.integers(1, 20)
survival = st.sampled_from([0.0, 0.5, 1.0])  # into a sequence's first window


def lanes_of(run: Windows, window: int, across: float = 0) -> Lanes:
    """With a state that is carried to a sequence's end, and so much of it into the next."""
    keep = np.where(run.first, across, 1).astype(np.float32)
    keep[0] = 0
    return evaluation_lanes(run, keep, window)


@given(splits(), window)
def test_a_run_reads_every_sequence_from_its_beginning_in_order_up_to_the_last_timestep_of_the_split(
    split: Held, window: int
) -> None:
    run = whole_run(split.pieces, split.whole, window)
    read = [t for offset, end in zip(run.offset, run.end, strict=True) for t in range(offset, offset + end)]
    assert read == list(range(int(split.pieces.stop[-1])))
    assert scored(run) == list(split.pieces.timesteps)


@given(splits(), window)
def test_windows_are_counted_from_a_sequences_first_timestep_wherever_the_split_begins(
    split: Held, window: int
) -> None:
    run = whole_run(split.pieces, split.whole, window)
    begins = split.whole.start[np.cumsum(run.first) - 1]
    assert (run.offset[run.first] == begins[run.first]).all()
    assert (run.position == (run.offset - begins) // window).all()
    assert ((run.offset - begins) % window == 0)[~continued(run)].all()


@given(splits(), window)
def test_a_window_is_cut_in_two_only_where_a_piece_ends_inside_it(split: Held, window: int) -> None:
    run = whole_run(split.pieces, split.whole, window)
    assert np.isin(run.offset[continued(run)], split.pieces.stop).all()


@given(splits(), window, survival)
def test_lanes_score_each_timestep_once_and_read_the_run_in_its_order(split: Held, window: int, across: float) -> None:
    run = whole_run(split.pieces, split.whole, window)
    lanes = lanes_of(run, window, across)
    assert sorted(scored(lanes.arrange(run))) == list(split.pieces.timesteps)
    assert ((np.diff(lanes.index, axis=0) > 0) | (lanes.index[1:] < 0)).all()


@given(splits(), window)
def test_where_state_is_reset_at_every_sequence_none_is_warmed_up_through_another(split: Held, window: int) -> None:
    run = whole_run(split.pieces, split.whole, window)
    lanes = lanes_of(run, window)
    read = lanes.index[lanes.index >= 0]
    sequence = np.cumsum(run.first) - 1
    held = np.isin(split.whole.start, split.pieces.reach)
    assert held[sequence[read]].all()


@given(lengths, st.integers(1, 25))
def test_a_split_of_whole_sequences_is_cut_into_windows_as_in_training(lengths: list[int], window: int) -> None:
    run = whole_run(sequences(*lengths), feed(*lengths), window)
    assert len(run) == sum(-(-length // window) for length in lengths)
    assert (run.begin == 0).all()


def test_a_lane_inside_a_sequence_has_64_timesteps_of_warm_up_and_at_least_4_windows() -> None:
    runs = {window: whole_run(sequences(4000), feed(4000), window) for window in (8, 40)}
    layouts = {window: lanes_of(run, window).arrange(run) for window, run in runs.items()}
    unscored = {window: layout.begin[:, 1] == window for window, layout in layouts.items()}
    assert {window: int(flags.sum()) * window for window, flags in unscored.items()} == {8: 64, 40: 160}


@pytest.mark.parametrize("across", [0.0, 1.0])
def test_what_lies_between_two_stretches_is_read_where_state_crosses_it_and_that_costs_no_more(across: float) -> None:
    """Sequences of one window: two are held back after so many others."""
    warm_up = warm_up_windows(5)
    for between, read in ((3, 3), (NEAR * warm_up, NEAR * warm_up), (NEAR * warm_up + 1, warm_up)):
        whole = sequences(*[5] * (between + 2))
        held = [0, between + 1]
        run = whole_run(Sequences(whole.start[held], whole.stop[held], whole.start[held]), feed(*whole.lengths), 5)
        assert len(lanes_of(run, 5, across).index) == (read + 2 if across else 2)
