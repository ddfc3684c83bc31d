"""The lanes of an evaluation: every timestep is scored once, after a warm-up that is not."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.workers.plans.test_windows import lengths, scored, window
from tests.workers.worlds import sequences
from workers.data.timeline import Sequences
from workers.plans.evaluation_lanes import evaluation_lanes, whole_run
from workers.plans.windows import Windows

pieces_with_a_past = st.lists(st.tuples(st.integers(1, 400), st.integers(0, 90)), min_size=1, max_size=5)


def with_a_past(pieces: list[tuple[int, int]]) -> Sequences:
    """Sequences of (length, timesteps before it that may be read)."""
    ends = np.cumsum([sum(piece) for piece in pieces])
    start = ends - [length for length, _ in pieces]
    return Sequences(start, ends, start - [before for _, before in pieces])


def arranged(sequences: Sequences, window: int) -> Windows:
    run = whole_run(sequences, window)
    return evaluation_lanes(run, window).arrange(run)


@given(lengths, window)
def test_evaluation_lanes_score_each_timestep_once(lengths: list[int], window: int) -> None:
    assert sorted(scored(arranged(sequences(*lengths), window))) == list(range(sum(lengths)))


@given(pieces_with_a_past, st.integers(1, 20))
def test_a_run_reads_every_sequence_from_its_beginning_to_its_end_in_order(
    pieces: list[tuple[int, int]], window: int
) -> None:
    past = with_a_past(pieces)
    run = whole_run(past, window)
    read = [t for offset, end in zip(run.offset, run.end, strict=True) for t in range(offset, offset + end)]
    assert read == list(range(int(past.stop[-1])))
    assert (run.offset[run.first] == past.reach).all()
    assert (run.offset[run.position == 0] == past.start).all()


@given(pieces_with_a_past, st.integers(1, 20))
def test_lanes_score_each_timestep_once_and_read_the_run_in_its_order(
    pieces: list[tuple[int, int]], window: int
) -> None:
    past = with_a_past(pieces)
    run = whole_run(past, window)
    lanes = evaluation_lanes(run, window)
    assert sorted(scored(lanes.arrange(run))) == list(past.timesteps)
    follows = lanes.index[1:] == lanes.index[:-1] + 1
    comes_in = run.position[lanes.index[1:]] < 0  # at a past that is cut short
    assert (follows | comes_in | (lanes.index[1:] < 0)).all()


def test_a_lane_inside_a_sequence_has_64_timesteps_of_warm_up_and_at_least_4_windows() -> None:
    layouts = {window: arranged(sequences(4000), window) for window in (8, 40)}
    unscored = {window: layout.begin[:, 1] == window for window, layout in layouts.items()}
    assert {window: int(flags.sum()) * window for window, flags in unscored.items()} == {8: 64, 40: 160}
