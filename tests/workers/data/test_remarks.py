"""What is said of data before training: of numbers that hold little, leave what training saw, or say nothing."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.workers.data.timelines import counting
from workers.data.dataset import prepare
from workers.data.splits import Split
from workers.data.timeline import Timeline
from workers.errors import DataError

N = 200
THIRDS = Split(validation=0.25, test=0.25)  # 100, 50 and 50 timesteps
WAVES = np.sin(np.arange(N))[:, None]
EARLY = np.arange(N) < N // 2
LATE = np.arange(N) >= 3 * N // 4


def data(**fields: Any) -> Timeline:
    return replace(
        counting(N), **{"features": WAVES, "targets": WAVES, "feature_names": ("x",), "target_names": ("y",), **fields}
    )


def notes(timeline: Timeline, split: Split = THIRDS) -> tuple[str, ...]:
    return prepare(timeline, split).timeline.notes


def labels(early: int, middle: int, late: int) -> NDArray[np.int32]:
    """Classes 0 and 1 in turn, and in each part one more in its first timestep."""
    found = np.tile([0, 1], N // 2).astype(np.int32)
    found[[0, N // 2, 3 * N // 4]] = early, middle, late
    return found


def test_of_ordinary_data_nothing_is_said() -> None:
    assert notes(data()) == ()
    assert notes(data(features=WAVES + 1.7e9, targets=WAVES * 1e25)) == ()


@pytest.mark.parametrize(("size", "offset"), [(10, 1.7e9), (0.05, 1e6), (1, 1e9), (1e25, 2e25), (1e-25, 0), (1e140, 0)])
def test_what_single_precision_cannot_hold_is_scaled_whole_and_scored(size: float, offset: float) -> None:
    values = WAVES * size + offset
    dataset, ordinary = prepare(data(features=values, targets=values), THIRDS), prepare(data(), THIRDS)
    np.testing.assert_allclose(dataset.timeline.features, ordinary.timeline.features, atol=1e-5)
    np.testing.assert_allclose(dataset.timeline.targets, ordinary.timeline.targets, atol=1e-5)
    loss, expected = (each.baselines["mean"]["validation/loss"] for each in (dataset, ordinary))
    assert loss == pytest.approx(expected * size**2, rel=1e-5, abs=0)


def test_numbers_that_their_own_type_can_hardly_hold_are_named() -> None:
    (note,) = notes(data(features=(WAVES * 0.5 + 1e6).astype(np.float32)))
    assert note == (
        "input x deviates by 0.35, and about 1e+06 float32 numbers lie 0.062 apart: little of its variation is left"
    )
    (note,) = notes(data(features=WAVES * 1e-7 + 1e9))
    assert note.startswith("input x varies by 2.4e-07 in training, and about 1e+09 float64 numbers lie 1.2e-07 apart")
    assert note.endswith("it counts as constant")


def test_an_input_that_changes_only_after_training_is_named() -> None:
    found = notes(data(features=np.where(LATE, 5000.0, 0.0)[:, None]))
    assert found == (
        "input x is 0 throughout training, and 5000 to 5000 in the test part: no model learns what that means",
    )


def test_what_leaves_training_by_far_is_named() -> None:
    (note,) = notes(data(features=np.where(LATE[:, None], WAVES + 5000, WAVES)))
    assert note.startswith("input x is 5001 in the test part, 7,")
    assert "deviations from training's mean; there it is at most 1.4" in note


@pytest.mark.parametrize("column", ["features", "targets"])
@pytest.mark.parametrize(("part", "where"), [("validation", ~EARLY & ~LATE), ("test", LATE)])
def test_numbers_so_far_from_training_that_no_loss_could_be_computed_are_refused(
    column: str, part: str, where: NDArray[np.bool_]
) -> None:
    with pytest.raises(DataError) as refused:
        prepare(data(**{column: np.where(where[:, None], 1e25, WAVES)}), THIRDS)
    first = int(where.argmax())
    name = {"features": "input x", "targets": "target y"}[column]
    expected = f"{name} is 1e+25 at timestep {first}, in the {part} part, and -0.99999 to 0.999912 in training: "
    assert refused.value.message == expected + "so far off, a loss has no number; correct it, or say that it is missing"


@pytest.mark.parametrize(("size", "message"), [(1e151, "larger than 1e\\+150 at timestep"), (1e-160, "squared is 0")])
def test_numbers_that_cannot_be_squared_are_refused(size: float, message: str) -> None:
    with pytest.raises(DataError, match=message):
        prepare(data(targets=WAVES * size), THIRDS)


@pytest.mark.parametrize(("part", "where"), [("training", EARLY), ("validation", ~EARLY & ~LATE), ("test", LATE)])
def test_a_target_that_does_not_change_in_a_part_is_named(part: str, where: NDArray[np.bool_]) -> None:
    expected = f"target y is 0.1 throughout the {part} part, so that nothing can be told there"
    assert expected in notes(data(targets=np.where(where[:, None], 0.1, WAVES)))


def test_a_class_that_only_what_is_held_back_has_is_named() -> None:
    classes = {"n_classes": 4, "class_names": ("calm", "down", "storm", "up")}
    found = notes(data(targets=labels(0, 2, 3), **classes))
    assert found == (
        "the validation part has 1 class that no model can learn: storm, which training never has",
        "the test part has 1 class that no model can learn: up, which training never has",
    )
    assert notes(data(targets=labels(2, 2, 2), **classes)) == ()


def test_a_part_with_a_single_class_is_named() -> None:
    targets = np.where(LATE, 1, labels(0, 1, 1)).astype(np.int32)
    assert notes(data(targets=targets, n_classes=2)) == (
        "the test part has a single class, 1, so that nothing can be told there",
    )


def test_a_part_with_few_scored_timesteps_is_named() -> None:
    found = notes(data(), Split(validation=0.02, test=0.25))
    assert found == ("the validation part has 4 scored timesteps: on so few, a score is luck",)
