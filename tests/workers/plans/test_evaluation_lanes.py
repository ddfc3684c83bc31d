"""The lanes of an evaluation: every timestep is scored once, after a warm-up that is not."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.workers.plans.test_windows import lengths, scored, window
from tests.workers.worlds import sequences
from workers.data.timeline import Sequences
from workers.plans.evaluation_lanes import evaluation_lanes
from workers.plans.windows import columns, windows

pieces_with_a_past = st.lists(st.tuples(st.integers(1, 400), st.integers(0, 90)), min_size=1, max_size=5)


def with_a_past(pieces: list[tuple[int, int]]) -> Sequences:
    """Sequences of (length, timesteps before it that may be read)."""
    ends = np.cumsum([sum(piece) for piece in pieces])
    start = ends - [length for length, _ in pieces]
    return Sequences(start, ends, start - [before for _, before in pieces])


@given(lengths, window)
def test_evaluation_lanes_score_each_timestep_once(lengths: list[int], window: int) -> None:
    assert sorted(scored(evaluation_lanes(sequences(*lengths), window))) == list(range(sum(lengths)))


@given(pieces_with_a_past, st.integers(1, 20))
def test_warm_up_stays_inside_the_sequence_and_leads_up_to_what_is_scored(
    pieces: list[tuple[int, int]], window: int
) -> None:
    past = with_a_past(pieces)
    layout = evaluation_lanes(past, window)
    reads = layout.end > 0
    owner = np.searchsorted(past.stop, layout.offset, side="right")
    assert (layout.offset[reads] >= past.reach[owner[reads]]).all()
    follows = layout.offset[1:] == layout.offset[:-1] + layout.end[:-1]
    assert (follows | layout.first[1:] | ~reads[1:]).all()


def test_a_lane_inside_a_sequence_has_64_timesteps_of_warm_up_and_at_least_4_windows() -> None:
    layouts = {window: evaluation_lanes(sequences(4000), window) for window in (8, 40)}
    unscored = {window: layout.begin[:, 1] == window for window, layout in layouts.items()}
    assert {window: int(flags.sum()) * window for window, flags in unscored.items()} == {8: 64, 40: 160}


@given(pieces_with_a_past, st.integers(1, 20))
def test_lanes_are_those_of_the_first_version(pieces: list[tuple[int, int]], window: int) -> None:
    """By which the scores of studies were computed that are continued now."""
    layout, first_version = evaluation_lanes(with_a_past(pieces), window), packed(with_a_past(pieces), window)
    for values, expected in zip(vars(layout).values(), first_version, strict=True):
        assert np.array_equal(values, expected)


def packed(sequences: Sequences, window: int) -> list[np.ndarray]:
    """Offset, begin, end, first and position as the first version computed them, as the columns of one table."""
    lead = max(-(-64 // window), 4)
    cut = windows(sequences, window)
    owner = np.cumsum(cut.position == 0) - 1
    table = np.stack([cut.offset, cut.begin, cut.end, cut.first, cut.position], axis=1).astype(np.int64)
    runs = []
    for run in np.array_split(np.arange(len(cut)), int(np.clip(len(cut) // (2 * lead), 1, 32))):
        stretches = np.split(run, np.flatnonzero(cut.position[run[1:]] == 0) + 1)
        rows = [entered(table[part], int(sequences.reach[owner[part[0]]]), window, lead) for part in stretches]
        runs.append(np.concatenate(rows))
    order = np.split(np.arange(sum(map(len, runs))), np.cumsum([len(run) for run in runs])[:-1])
    index = columns(order)
    return [np.where(index < 0, 0, column[index]) for column in np.concatenate(runs).T]


def entered(table: np.ndarray, reach: int, window: int, lead: int) -> np.ndarray:
    offset, position = int(table[0, 0]), int(table[0, 4])
    past = min(offset - reach, lead * window)
    count = -(-past // window)
    starts = np.maximum(offset - window * np.arange(count, 0, -1), offset - past)
    ends = offset - window * np.arange(count - 1, -1, -1) - starts
    warm = np.stack([starts, ends, ends, np.zeros(count), position - np.arange(count, 0, -1)], axis=1).astype(np.int64)
    rows = np.concatenate([warm, table])
    rows[:, 3] = 0
    rows[0, 3] = 1
    return rows
