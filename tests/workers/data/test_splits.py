"""Splits: which timesteps a model may see, and when."""

from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tests.workers.data.timelines import HALVES, counting
from workers.data.dataset import Dataset, prepare
from workers.data.splits import Split
from workers.data.timeline import Timeline
from workers.errors import DataError


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Timeline, Split]:
    """Any mixture of sequences, with or without a clock, cut along time or by sequence."""
    lengths = draw(st.lists(st.integers(1, 30), min_size=1, max_size=12))
    begins = draw(st.lists(st.integers(0, 50), min_size=len(lengths), max_size=len(lengths)))
    common = np.concatenate([np.arange(a, a + n, dtype=float) for a, n in zip(begins, lengths, strict=True)])
    clock = common if draw(st.booleans()) else None
    record = clock is None and draw(st.booleans())
    timeline = counting(*lengths, horizon=draw(st.integers(0, 4)), clock=clock, record=record)
    test = draw(st.sampled_from([0, 0.1, 0.3]))
    return timeline, Split(validation=draw(st.sampled_from([0.1, 0.4])), test=test, by=draw(BY))


BY: st.SearchStrategy[Literal["time", "sequence"] | None] = st.sampled_from(["time", "sequence", None])
cuts = settings(max_examples=80, deadline=None)


def prepared(drawn: tuple[Timeline, Split]) -> Dataset | None:
    """The data set, or none where a split would be empty, which is refused."""
    try:
        return prepare(*drawn)
    except DataError:
        return None


def splits(dataset: Dataset) -> list[set[int]]:
    return [set(piece.timesteps.tolist()) for piece in (dataset.train, dataset.validation, dataset.test)]


def parts(dataset: Dataset) -> np.ndarray:
    """(time,) 0, 1 or 2 for training, validation and test, -1 for none."""
    part = np.full(len(dataset.timeline.features), -1)
    for number, piece in enumerate((dataset.train, dataset.validation, dataset.test)):
        part[piece.timesteps] = number
    return part


def without_horizon(timeline: Timeline) -> Timeline:
    return replace(timeline, horizon=0, scored=np.ones(len(timeline.features), bool))


@cuts
@given(worlds())
def test_no_timestep_is_in_two_splits(drawn: tuple[Timeline, Split]) -> None:
    if dataset := prepared(drawn):
        train, validation, test = splits(dataset)
        assert len(train | validation | test) == len(train) + len(validation) + len(test)


@cuts
@given(worlds())
def test_a_scored_timestep_is_in_the_split_that_holds_both_it_and_its_target(drawn: tuple[Timeline, Split]) -> None:
    timeline, split = drawn
    if dataset := prepared(drawn):
        region = parts(prepare(without_horizon(timeline), split))
        ahead = np.append(region[timeline.horizon :], np.full(timeline.horizon, -1))
        expected = np.where(timeline.scored & (region == ahead), region, -1)
        np.testing.assert_array_equal(parts(dataset), expected)


@cuts
@given(worlds())
def test_without_a_horizon_every_timestep_is_in_exactly_one_split(drawn: tuple[Timeline, Split]) -> None:
    if dataset := prepared((without_horizon(drawn[0]), drawn[1])):
        assert sorted(step for split in splits(dataset) for step in split) == list(range(len(drawn[0].features)))


@cuts
@given(worlds())
def test_no_piece_crosses_a_sequence(drawn: tuple[Timeline, Split]) -> None:
    if dataset := prepared(drawn):
        sequence = np.searchsorted(drawn[0].starts, np.arange(len(drawn[0].features)), side="right")
        for piece in (dataset.train, dataset.validation, dataset.test):
            assert (sequence[piece.start] == sequence[piece.stop - 1]).all()
            assert (drawn[0].starts[sequence[piece.start] - 1] == piece.reach).all()


@cuts
@given(worlds())
def test_no_target_of_a_split_lies_in_another(drawn: tuple[Timeline, Split]) -> None:
    if dataset := prepared(drawn):
        horizon = drawn[0].horizon
        pieces = splits(dataset)
        for i, piece in enumerate(pieces):
            assert not {step + horizon for step in piece} & set().union(*pieces[:i], *pieces[i + 1 :])


@cuts
@given(worlds())
def test_cut_by_time_nothing_in_training_is_later_than_anything_held_back(drawn: tuple[Timeline, Split]) -> None:
    timeline, split = drawn
    if timeline.clock is None:
        timeline = replace(timeline, clock=np.arange(len(timeline.features), dtype=float))
    if dataset := prepared((timeline, split.model_copy(update={"by": "time"}))):
        assert timeline.clock is not None
        latest = (timeline.clock[dataset.train.timesteps] + timeline.horizon).max()
        assert latest < timeline.clock[dataset.validation.timesteps].min()


@cuts
@given(worlds())
def test_cut_by_sequence_every_sequence_is_whole(drawn: tuple[Timeline, Split]) -> None:
    if dataset := prepared((drawn[0], drawn[1].model_copy(update={"by": "sequence"}))):
        stops = dict(zip(drawn[0].starts, drawn[0].stops - drawn[0].horizon, strict=True))
        for piece in (dataset.train, dataset.validation, dataset.test):
            assert piece.stop.tolist() == [stops[start] for start in piece.start]


@cuts
@given(worlds(), st.data())
def test_the_scaling_does_not_change_when_what_is_held_back_does(
    drawn: tuple[Timeline, Split], data: st.DataObject
) -> None:
    if dataset := prepared(drawn):
        timeline = drawn[0]
        noise = data.draw(arrays.arrays(np.float32, timeline.targets.shape, elements=st.floats(-1e3, 1e3, width=32)))
        noise[dataset.train.timesteps] = 0
        changed = replace(timeline, features=timeline.features + noise, targets=timeline.targets + noise)
        scaling = prepare(changed, drawn[1]).scaling
        for name in ("feature_mean", "feature_scale", "target_mean", "target_scale"):
            np.testing.assert_array_equal(getattr(scaling, name), getattr(dataset.scaling, name))


def test_groups_are_cut_at_common_dates() -> None:
    clock = np.array([0, 1, 2, 3, 4, 5, 4, 5, 6, 7], float)
    dataset = prepare(counting(6, 4, clock=clock), Split(validation=0.3, test=0.2, by="time"))
    assert clock[dataset.train.timesteps].tolist() == [0, 1, 2, 3]
    assert clock[dataset.validation.timesteps].tolist() == [4, 5, 4, 5]
    assert clock[dataset.test.timesteps].tolist() == [6, 7]


def test_without_a_clock_each_sequence_is_cut_at_the_same_part_of_its_length() -> None:
    dataset = prepare(counting(8, 4), HALVES.model_copy(update={"by": "time"}))
    assert (dataset.train.lengths.tolist(), dataset.validation.lengths.tolist()) == ([4, 2], [2, 1])


def test_the_pieces_of_a_record_are_cut_at_one_point_of_the_record() -> None:
    dataset = prepare(counting(8, 4, record=True), HALVES)
    assert (dataset.train.stop.tolist(), dataset.validation.start.tolist()) == ([6], [6, 8])


def test_many_short_sequences_are_cut_by_sequence() -> None:
    assert Split().resolve(counting(*[10] * 30)) == "sequence"


def test_many_pieces_of_one_record_are_cut_by_time() -> None:
    assert Split().resolve(counting(*[10] * 30, record=True)) == "time"


def test_few_or_long_sequences_are_cut_by_time() -> None:
    assert [Split().resolve(counting(*lengths)) for lengths in ([10] * 5, [300] * 30)] == ["time", "time"]


def test_cut_by_sequence_a_file_sorted_by_label_has_every_label_in_every_split() -> None:
    label = np.repeat(np.arange(4), 50)  # forty sequences of five steps, ten of each label in a row
    timeline = replace(counting(*[5] * 40), targets=label.astype(np.int32), n_classes=4)
    dataset = prepare(timeline, HALVES.model_copy(update={"by": "sequence"}))
    for piece in (dataset.train, dataset.validation, dataset.test):
        assert set(label[piece.timesteps]) == {0, 1, 2, 3}


def test_cut_by_sequence_the_same_sequences_are_held_back_every_time() -> None:
    first, second = (prepare(counting(*[5] * 40), Split(by="sequence")) for _ in range(2))
    assert first.test.start.tolist() == second.test.start.tolist()


def test_cut_by_sequence_the_sequences_that_begin_last_are_held_back_when_there_is_a_clock() -> None:
    clock = np.concatenate([np.arange(5.0) + begin for begin in (30, 0, 20, 10)])
    dataset = prepare(counting(5, 5, 5, 5, clock=clock), HALVES.model_copy(update={"by": "sequence"}))
    assert (dataset.validation.start.tolist(), dataset.test.start.tolist()) == ([10], [0])


def test_the_last_pieces_of_a_record_are_held_back() -> None:
    dataset = prepare(counting(5, 5, 5, 5, record=True), HALVES.model_copy(update={"by": "sequence"}))
    assert (dataset.validation.start.tolist(), dataset.test.start.tolist()) == ([10], [15])


def test_nothing_is_tested_when_no_test_is_asked_for() -> None:
    dataset = prepare(counting(20), Split(validation=0.25, test=0))
    assert (len(dataset.test), dataset.validation.stop.tolist()) == (0, [20])


def test_a_split_with_nothing_in_it_is_refused() -> None:
    with pytest.raises(DataError, match="the validation split is empty: 1 sequence and 20 timesteps"):
        prepare(counting(20), Split(by="sequence"))


def test_holding_everything_back_is_refused() -> None:
    with pytest.raises(DataError, match="leave nothing to train on"):
        prepare(counting(20), Split(validation=0.5, test=0.5))


def without_targets(dataset: Timeline, first: int) -> Timeline:
    return replace(dataset, scored=dataset.scored & (np.arange(len(dataset.scored)) < first))


@pytest.mark.parametrize(
    ("timeline", "split", "message"),
    [
        (
            counting(20, horizon=6),
            Split(),
            "the targets lie 6 timesteps ahead, and no piece of a sequence in it is longer than 3; a shorter horizon, ",
        ),
        (
            counting(*[4] * 10, horizon=6),
            Split(by="time"),
            "the training split is empty: the targets lie 6 timesteps ahead, and no piece of a sequence in it",
        ),
        (
            without_targets(counting(20), 17),
            Split(),
            "the test split is empty: there are 3 timesteps in it, but none with a target that counts",
        ),
        (
            counting(20),
            Split(validation=0.5, test=0.49),
            "cannot be cut by time into validation 0.5 and test 0.49; hold back less, or give more data",
        ),
        (counting(20), Split(by="sequence"), "test 0.15; say by: time, or give more data"),
        (counting(20), Split(validation=0.01), "test 0.15; hold back more for validation, or give more data"),
    ],
)
def test_a_split_that_is_empty_is_blamed_on_what_emptied_it_with_the_cure(
    timeline: Timeline, split: Split, message: str
) -> None:
    with pytest.raises(DataError) as refused:
        prepare(timeline, split)
    assert message in refused.value.message
