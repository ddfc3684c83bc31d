"""A plain Keras model in the loops of docs/in-your-own-loop.md loses what the engine loses."""

import re
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import pytest

import workers
from tests.paths import ROOT
from tests.workers.engine.training_helpers import train
from tests.workers.worlds import regression
from workers.data.dataset import Dataset
from workers.engine.training import Trainer
from workers.plans.policies import POLICIES
from workers.spec import TrialSpec

pytestmark = pytest.mark.lengthy

BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "in-your-own-loop.md").read_text("utf-8"), re.DOTALL)
PLANNED, NETWORK, LOOP, STATEFUL, FIT = BLOCKS
OPTIONS: dict[str, Mapping[str, object]] = {
    **{name: {"reset_policy": name} for name in POLICIES},
    "every 3 batches": {"reset_policy": "every_n_batches", "reset_interval": 3},
    "late": {"reset_policy": "random", "carry_start": 0.5},
    "rotated": {"reset_policy": "every_epoch", "rotate_lanes": True},
    "jitter": {"reset_policy": "every_sequence", "window_jitter": 0.4},
    "stateless": {"stateful": False},
    "shuffled": {"stateful": False, "shuffle": True},
    "burnt in": {"stateful": False, "burn_in": 2},
}
QUICK = ("every_sequence", "shuffled")


def options(*left_out: str) -> list[Any]:
    marks = {name: () if name in QUICK else pytest.mark.slow for name in OPTIONS if name not in left_out}
    return [pytest.param(OPTIONS[name], id=name, marks=mark) for name, mark in marks.items()]


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    """Sequences whose lengths are no multiples of a window, so that lanes end with padding and change sequences."""
    return regression((43, 31, 28, 57, 36, 49))


@pytest.fixture(scope="module")
def trainer(dataset: Dataset) -> Trainer:
    return Trainer(dataset)


class World:
    """What the page's blocks know, of a plan with these fields on the training part of the dataset."""

    def __init__(self, trainer: Trainer, option: Mapping[str, object]) -> None:
        self.dataset, part = trainer.dataset, trainer.dataset.train
        timesteps = part.timesteps
        self.names: dict[str, Any] = {
            "features": self.dataset.timeline.features[timesteps],
            "targets": self.dataset.timeline.targets[timesteps],
            "starts": np.cumsum(part.lengths) - part.lengths,
        }
        sizes = {"units": 16, "window": 5, "batch_size": 4, "epochs": 3, "learning_rate": 0.01, "clip_norm": None}
        self.spec = TrialSpec.model_validate({**sizes, **option})
        self.weights = trainer.initial_weights(self.spec, seed=3)
        exec(PLANNED, self.names)
        fields: dict[str, Any] = {"window": 5, "batch_size": 4, "epochs": 3, **option}
        data = {name: self.names[name] for name in ("features", "targets", "starts")}
        self.names["plan"] = workers.plan(**data, padding=-1e9, seed=3, **fields)

    def engine(self, trainer: Trainer) -> list[float]:
        """The engine's losses, of scaled targets."""
        reports, _ = train(trainer, self.spec, seed=3)
        scale = float(self.dataset.scaling.target_scale[0]) ** 2
        return [report.metrics["train/loss"] / scale for report in reports]


@pytest.mark.parametrize("option", options())
def test_a_loop_of_ones_own_loses_what_the_engine_loses(trainer: Trainer, option: Mapping[str, object]) -> None:
    world = World(trainer, option)
    exec(NETWORK, world.names)
    world.names["model"].set_weights(world.weights)
    exec(LOOP, world.names)
    assert world.names["losses"] == pytest.approx(world.engine(trainer), rel=1e-4)


@pytest.mark.parametrize("option", options("jitter"))
def test_fit_loses_what_the_engine_loses(trainer: Trainer, option: Mapping[str, object]) -> None:
    world = World(trainer, option)
    exec("import keras\n" + STATEFUL, world.names)
    world.names["model"].set_weights(world.weights)
    exec(FIT, world.names)
    assert world.names["history"].history["error"] == pytest.approx(world.engine(trainer), rel=1e-4)


def test_validation_within_fit_changes_no_loss_of_training(trainer: Trainer) -> None:
    world = World(trainer, OPTIONS["never"])
    plan, found = world.names["plan"], []
    batch = plan[0][1]
    for validation in (None, (batch.x, batch.y)):
        exec("import keras\n" + STATEFUL, world.names)
        world.names["model"].set_weights(world.weights)
        fitted = world.names["model"].fit(
            plan.batches(),
            steps_per_epoch=plan.steps_per_epoch,
            epochs=len(plan),
            validation_data=validation,
            validation_batch_size=4,
            callbacks=[workers.StateResets(plan)],
            shuffle=False,
            verbose=0,
        )
        found.append(fitted.history["error"])
    assert found[0] == found[1]


def test_labels_are_planned_as_numbers_are(trainer: Trainer) -> None:
    labels = np.arange(60) % 3
    plan = workers.plan(np.ones((60, 1)), labels, window=7, batch_size=2, epochs=1)
    [epoch] = plan
    scored = np.concatenate([batch.y[batch.sample_weight > 0] for batch in epoch])
    assert sorted(scored) == sorted(labels)
    assert epoch[0].y.dtype == np.int32
    assert keras.losses.SparseCategoricalCrossentropy()(epoch[0].y, np.full((2, 7, 3), 1 / 3)) > 0
