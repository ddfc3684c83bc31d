"""The test split: scored once, at the end, as it was trained and as it would be deployed."""

import numpy as np
import pytest

from tests.workers.worlds import classification, regression
from workers.data.dataset import Dataset
from workers.engine.checkpoint import Checkpoint
from workers.engine.training import Trainer
from workers.forecasting import export
from workers.objective import Objective
from workers.spec import Segment, TestScores, TrialSpec

LENGTHS = (70, 33, 91, 58, 12, 66)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return regression(LENGTHS, by="time")


@pytest.fixture(scope="module")
def trainer(dataset: Dataset) -> Trainer:
    return Trainer(dataset)


def trained(trainer: Trainer, **fields: object) -> tuple[TrialSpec, Segment, TestScores]:
    usual = {"units": 8, "window": 5, "batch_size": 3, "epochs": 2, "learning_rate": 0.01}
    spec = TrialSpec.model_validate({**usual, **fields})
    segment = trainer.train(spec, 0, seconds=1e9, test=True)
    assert segment.test is not None
    return spec, segment, segment.test


@pytest.mark.parametrize(
    "fields", [{}, {"stateful": False}, {"stateful": False, "burn_in": 2}, {"reset_policy": "never"}]
)
def test_the_losses_of_the_timesteps_are_what_the_loss_is_the_mean_of(
    trainer: Trainer, fields: dict[str, object]
) -> None:
    _, _, test = trained(trainer, **fields)
    assert len(test.losses) == len(trainer.dataset.scored_timesteps(trainer.dataset.test))
    assert float(test.losses.mean(dtype=np.float64)) == pytest.approx(test.metrics["test/loss"], rel=1e-5)


def test_accuracy_is_averaged_where_it_is_the_objective() -> None:
    _, _, test = trained(Trainer(classification(LENGTHS), Objective("validation/accuracy", "maximize")))
    assert set(np.unique(test.losses)) <= {0, 1}
    assert test.losses.mean() == pytest.approx(test.metrics["test/accuracy"])


def test_scoring_the_test_split_changes_nothing_else(trainer: Trainer) -> None:
    spec, segment, _ = trained(trainer)
    plain = trainer.train(spec, 0, seconds=1e9)
    assert plain.test is None
    here, there = (Checkpoint.from_bytes(s.checkpoint) for s in (segment, plain))
    assert all((a == b).all() for a, b in zip(here.variables, there.variables, strict=True))


def test_a_stateless_model_is_slid_one_timestep_at_a_time_as_it_is_deployed(trainer: Trainer, dataset: Dataset) -> None:
    """Each prediction has the window before it as context, or all there is since the sequence began."""
    spec, segment, test = trained(trainer, stateful=False)
    model = export.deployable(spec, dataset, Checkpoint.from_bytes(segment.checkpoint).best, streaming=False)
    scaling = dataset.scaling
    features = dataset.timeline.features * scaling.feature_scale + scaling.feature_mean
    targets = dataset.timeline.targets * scaling.target_scale + scaling.target_mean
    errors = []
    for start, stop, reach in zip(dataset.test.start, dataset.test.stop, dataset.test.reach, strict=True):
        for t in range(start, stop):
            context = features[max(reach, t - spec.window + 1) : t + 1]
            errors.append((model(context[None]).numpy()[0, -1, 0] - targets[t, 0]) ** 2)
    assert test.metrics["test/loss_sliding"] == pytest.approx(np.mean(errors), rel=1e-4)


def test_a_carrying_model_is_not_slid(trainer: Trainer) -> None:
    _, _, test = trained(trainer, reset_policy="every_sequence")
    assert "test/loss_sliding" not in test.metrics


def test_the_loss_falls_with_the_position_in_the_window_where_state_matters(trainer: Trainer) -> None:
    """The target adds up three inputs: from zero state, the first two positions of a window lack some of them."""
    _, _, test = trained(trainer, stateful=False, epochs=30)
    assert test.positions["cold"].shape == (5,)
    assert test.positions["cold"][0] > 2 * test.positions["cold"][2:].mean()
