"""A dry run says where a score of a split says little, or nothing of some classes."""

import numpy as np

from sweep.config.split_notes import split_notes
from workers.data.dataset import Dataset, prepare
from workers.data.splits import Split
from workers.data.timeline import Timeline


def dataset(targets: list[float] | list[int], **fields: object) -> Dataset:
    """Data with these targets in one sequence, of which the last tenth is tested and the tenth before it validates."""
    n, of_classes = len(targets), "n_classes" in fields
    timeline = Timeline(
        features=np.arange(n, dtype=np.float32)[:, None],
        targets=np.array(targets, np.int32) if of_classes else np.array(targets, np.float32)[:, None],
        starts=np.zeros(1, np.int64),
        scored=np.ones(n, bool),
        **fields,  # type: ignore[arg-type]
    )
    return prepare(timeline, Split(validation=0.1, test=0.1, by="time"))


def test_ordinary_splits_have_nothing_remarkable() -> None:
    assert list(split_notes(dataset([float(n % 7) for n in range(300)]))) == []


def test_a_split_of_few_timesteps_is_noted() -> None:
    notes = list(split_notes(dataset([float(n % 3) for n in range(40)])))
    assert notes == [
        f"only 4 timesteps of the {name} split are scored: what is measured there is mostly luck"
        for name in ("validation", "test")
    ]


def test_a_target_that_never_changes_in_a_split_is_noted() -> None:
    targets = [*(float(n % 7) for n in range(240)), *[5.0] * 30, *(float(n % 7) for n in range(30))]
    assert list(split_notes(dataset(targets, target_names=("load",)))) == [
        "load never changes in the validation split: whatever says just that is perfect there"
    ]


def test_classes_that_training_does_not_have_are_noted() -> None:
    targets = [*([0, 1] * 120), *([0, 2] * 15), *([1, 3] * 15)]
    notes = list(split_notes(dataset(targets, n_classes=4, class_names=("a", "b", "c", "d"))))
    assert notes == [
        "the validation split has classes that training does not have, and so cannot teach: c",
        "the test split has classes that training does not have, and so cannot teach: d",
    ]
