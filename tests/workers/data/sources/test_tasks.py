"""Tasks with a known answer: what is in, what is out, what is scored."""

from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from workers.data.sources import DataConfig, load
from workers.data.sources.tasks import FirstBit, LagCopy, RandomLabels
from workers.data.splits import Split

HERE = Path()


def test_random_labels_have_nothing_to_do_with_the_bits() -> None:
    timeline = RandomLabels(length=40_000).load(HERE)
    agreement = (timeline.features[:, 0] == timeline.targets).mean()
    assert agreement == pytest.approx(0.5, abs=0.02)


def test_lag_copy_asks_for_the_bit_of_so_many_timesteps_ago() -> None:
    timeline = LagCopy(lag=3, length=100).load(HERE)
    assert timeline.targets[3:].tolist() == timeline.features[:-3, 0].tolist()


def test_lag_copy_does_not_score_what_nobody_can_know() -> None:
    assert np.flatnonzero(~LagCopy(lag=3, length=100).load(HERE).scored).tolist() == [0, 1, 2]


def test_first_bit_asks_for_the_first_bit_of_the_sequence_at_each_of_its_timesteps() -> None:
    timeline = FirstBit.model_validate({"length": 100, "sequence_length": 20}).load(HERE)
    assert timeline.starts.tolist() == [0, 20, 40, 60, 80]
    assert timeline.targets.tolist() == np.repeat(timeline.features[timeline.starts, 0], 20).tolist()


def test_ragged_sequences_have_lengths_between_the_two_given() -> None:
    timeline = FirstBit.model_validate({"length": 1000, "sequence_length": [8, 40]}).load(HERE)
    lengths = (timeline.stops - timeline.starts)[:-1]
    assert lengths.min() >= 8
    assert lengths.max() <= 40
    assert len(set(lengths.tolist())) > 10


def test_the_last_sequence_is_cut_so_that_the_length_is_exact() -> None:
    timeline = FirstBit.model_validate({"length": 50, "sequence_length": 20}).load(HERE)
    assert (len(timeline.features), timeline.starts.tolist()) == (50, [0, 20, 40])


def test_the_flag_marks_first_timesteps() -> None:
    timeline = FirstBit(length=100, sequence_length=(3, 9), flag=True).load(HERE)
    assert np.flatnonzero(timeline.features[:, 1]).tolist() == timeline.starts.tolist()
    assert timeline.feature_names == ("bit", "first")


def test_the_sequences_of_first_bit_are_never_cut() -> None:
    dataset = load(FirstBit(length=200, split=Split(validation=0.3, test=0.2)), HERE)
    assert set(dataset.train.lengths) | set(dataset.validation.lengths) == {20}


@pytest.mark.parametrize("task", [RandomLabels, LagCopy, FirstBit])
def test_the_same_seed_gives_the_same_bits_and_another_others(task: type[FirstBit]) -> None:
    first, again, other = (task(length=100, seed=seed).load(HERE).features[:, 0].tolist() for seed in (0, 0, 1))
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": "lagcopy"}, "'random_labels', 'lag_copy', 'first_bit'"),
        ({"name": "lag_copy", "flag": True}, "flag\n  Extra inputs are not permitted"),
        ({"name": "random_labels", "lag": 3}, "lag\n  Extra inputs are not permitted"),
        ({"name": "lag_copy", "lag": 0}, "greater than or equal to 1"),
        ({"name": "lag_copy", "lag": 50, "length": 50}, "must be less than the length, 50"),
        ({"name": "first_bit", "sequence_length": [40, 8]}, r"the shorter length comes first: \[8, 40\]"),
        ({"name": "first_bit", "sequence_length": 0}, "greater than or equal to 1"),
        ({"name": "first_bit", "length": 10**12}, "less than or equal to 100000000"),
    ],
)
def test_numbers_that_do_not_apply_or_fit_are_refused(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TypeAdapter(DataConfig).validate_python({"kind": "task", **fields})
