"""Where the scored timesteps of a split lie: pieces, the groups of a panel, and the clock."""

from dataclasses import replace

import numpy as np
from hypothesis import given, reject
from hypothesis import strategies as st

from tests.workers.data.test_splits import BY
from tests.workers.data.timelines import HALVES, counting
from workers.data.dataset import Dataset, prepare
from workers.data.splits import Split
from workers.data.timeline import Sequences
from workers.errors import DataError


@st.composite
def panels(draw: st.DrawFn) -> Dataset:
    """Sequences of a few groups with a common clock, of which only some timesteps are scored."""
    lengths = draw(st.lists(st.integers(1, 20), min_size=3, max_size=10))
    n = sum(lengths)
    timeline = counting(
        *lengths,
        horizon=draw(st.integers(0, 3)),
        clock=np.concatenate([np.arange(length, dtype=float) for length in lengths]),
        groups=np.array(draw(st.lists(st.integers(0, 3), min_size=len(lengths), max_size=len(lengths)))),
    )
    some = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    split = Split(validation=0.3, test=0.3, by=draw(BY))
    try:
        return prepare(replace(timeline, scored=timeline.scored & some), split)
    except DataError:  # a part would be empty
        reject()


@given(panels(), st.sampled_from(["train", "validation", "test"]))
def test_each_scored_timestep_is_in_its_own_piece_and_group_and_has_its_own_time(dataset: Dataset, name: str) -> None:
    split: Sequences = getattr(dataset, name)
    layout, timeline = dataset.layout(split), dataset.timeline
    assert timeline.groups is not None
    assert timeline.clock is not None
    starts: list[int] = []
    groups: list[int] = []
    clock: list[float] = []
    for start, stop in zip(split.start, split.stop, strict=True):
        scored = [timestep for timestep in range(start, stop) if timeline.scored[timestep]]
        if scored:
            starts.append(len(clock))
            groups.append(timeline.groups[np.flatnonzero(timeline.starts <= start)[-1]])
        clock += [timeline.clock[timestep] for timestep in scored]
    assert layout.starts.tolist() == starts
    assert layout.groups is not None
    assert layout.groups.tolist() == groups
    assert layout.clock is not None
    assert layout.clock.tolist() == clock
    assert len(layout.clock) == len(dataset.scored_timesteps(split))


def test_without_groups_and_without_a_clock_it_has_neither() -> None:
    dataset = prepare(counting(20, 20), HALVES)
    layout = dataset.layout(dataset.test)
    assert layout.groups is None
    assert layout.clock is None
    assert layout.starts.tolist() == [0, 5]


def test_a_split_without_a_timestep_has_no_pieces() -> None:
    dataset = prepare(counting(20), Split(test=0))
    assert len(dataset.layout(dataset.test).starts) == 0


def test_data_whose_groups_differ_are_other_data_and_without_groups_the_digest_knows_of_none() -> None:
    groups = (None, np.array([0, 0]), np.array([0, 1]))
    datasets = [prepare(counting(20, 20, groups=each), HALVES) for each in groups]
    assert len({dataset.digest for dataset in datasets}) == 3
    assert datasets[0].digest_of_earlier_versions == "d312b88c6fe087f0"  # as it was in their ledgers
