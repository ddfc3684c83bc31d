"""Tasks whose answer is known: the engine finds it, and finds nothing where there is nothing."""

from pathlib import Path
from typing import Any

import pytest

from tests.workers.engine.training_helpers import train
from workers.data.dataset import prepare
from workers.data.sources.tasks import FirstBit, LagCopy, RandomLabels, Task
from workers.engine.training import Trainer
from workers.spec import TrialSpec

RECIPE: dict[str, Any] = {"units": 32, "batch_size": 32, "window": 5, "learning_rate": 0.01}  # about 900 steps each
ARMS: dict[str, dict[str, Any]] = {
    "per batch": {"stateful": False},
    "per sequence": {"reset_policy": "every_sequence"},
    "per epoch": {"reset_policy": "every_epoch"},
}


def trained(trainer: Trainer, arm: str, epochs: int) -> dict[str, float]:
    """The last epoch's metrics of an arm on a task, and what is scored at its end."""
    reports, last = train(trainer, TrialSpec.model_validate({**RECIPE, **ARMS[arm], "epochs": epochs}))
    return {**reports[-1].metrics, **(last.final or {})}


def warm(task: Task) -> Trainer:
    """A worker with a task's 40,000 timesteps."""
    return Trainer(prepare(task.load(Path()), task.split))


@pytest.fixture(scope="module")
def copy() -> Trainer:
    """Copy the bit of three timesteps ago."""
    return warm(LagCopy(lag=3))


@pytest.fixture(scope="module")
def first_bit() -> Trainer:
    """Remember a sequence's first bit for 20 timesteps."""
    return warm(FirstBit(sequence_length=(20, 20)))


@pytest.fixture(scope="module")
def chance() -> Trainer:
    """Random labels."""
    return warm(RandomLabels())


def test_copying_is_learnt_when_state_is_carried(copy: Trainer) -> None:
    metrics = trained(copy, "per sequence", epochs=6)
    assert metrics["validation/accuracy"] > 0.99


def test_copying_across_the_windows_border_is_a_guess_when_state_is_reset(copy: Trainer) -> None:
    metrics = trained(copy, "per batch", epochs=6)
    assert metrics["validation/accuracy"] == pytest.approx(1 - 3 / (2 * 5), abs=0.02)


def test_a_model_trained_per_batch_is_worse_when_its_state_is_carried(copy: Trainer) -> None:
    metrics = trained(copy, "per batch", epochs=6)
    assert metrics["validation/loss_carried"] > metrics["validation/loss_cold"] + 0.1


@pytest.mark.slow
def test_a_first_bit_is_remembered_per_sequence_halfway_per_epoch_and_only_in_its_window_per_batch(
    first_bit: Trainer,
) -> None:
    accuracy = {arm: trained(first_bit, arm, epochs=6)["validation/accuracy"] for arm in ARMS}
    assert accuracy["per sequence"] > 0.99
    assert accuracy["per batch"] == pytest.approx(1 / 2 + 5 / (2 * 20), abs=0.03)
    assert accuracy["per epoch"] < accuracy["per sequence"] - 0.03


@pytest.mark.lengthy
@pytest.mark.parametrize("arm", sorted(ARMS))
def test_random_labels_are_predicted_by_no_arm(chance: Trainer, arm: str) -> None:
    accuracy = trained(chance, arm, epochs=2)["validation/accuracy"]
    assert accuracy == pytest.approx(0.5, abs=0.02)  # 6,000 coins: two and a half standard deviations either way
