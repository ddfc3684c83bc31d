"""The test split: scored once, at the end, as it was trained and as it would be deployed."""

import keras
import numpy as np
import pytest

from tests.cases import shown
from tests.workers.worlds import classification, regression
from workers.data.dataset import Dataset, prepare
from workers.data.splits import Split
from workers.data.timeline import Sequences, Timeline
from workers.engine.checkpoint import Checkpoint
from workers.engine.evaluation import Evaluator
from workers.engine.training import Trainer
from workers.forecasting import keras_models
from workers.objective import Objective
from workers.spec import Segment, TestScores, TrialSpec

pytestmark = pytest.mark.lengthy

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
def test_the_losses_of_the_timesteps_are_what_the_error_is_the_root_mean_of(
    trainer: Trainer, fields: dict[str, object]
) -> None:
    _, _, test = trained(trainer, **fields)
    assert len(test.losses) == len(trainer.dataset.scored_timesteps(trainer.dataset.test))
    mean = float(test.losses.mean(dtype=np.float64))
    assert test.metrics["test/error_deployed"] == mean**0.5
    scale = float(trainer.dataset.scaling.target_scale[0])
    assert test.metrics["test/rmse_deployed"] == pytest.approx(scale * mean**0.5, rel=1e-6)


def test_misses_are_counted_where_accuracy_is_the_objective() -> None:
    dataset = classification(LENGTHS)
    _, _, test = trained(Trainer(dataset, Objective("validation/accuracy", "maximize")))
    assert set(np.unique(test.losses)) <= {0, 1}
    assert test.metrics["test/error_deployed"] == float(test.losses.mean(dtype=np.float64))
    assert test.losses.mean() == pytest.approx(1 - test.metrics["test/accuracy_deployed"])
    naive = dataset.test_baselines["majority"]
    assert dataset.baseline_losses("validation/accuracy")["majority"].shape == test.losses.shape
    assert dataset.baseline_errors("validation/accuracy") == pytest.approx({"majority": 1 - naive["test/accuracy"]})
    assert dataset.baseline_errors("validation/loss") == pytest.approx({"majority": naive["test/loss"]})


def test_scoring_the_test_split_changes_nothing_else(trainer: Trainer) -> None:
    spec, segment, _ = trained(trainer)
    plain = trainer.train(spec, 0, seconds=1e9)
    assert plain.test is None
    here, there = (Checkpoint.from_bytes(s.checkpoint) for s in (segment, plain))
    assert all((a == b).all() for a, b in zip(here.variables, there.variables, strict=True))


@pytest.mark.parametrize("fields", shown([{"burn_in": 2}, {}, {"shuffle": True}]))
def test_a_stateless_model_is_slid_one_timestep_at_a_time_as_it_is_deployed(
    trainer: Trainer, dataset: Dataset, fields: dict[str, object]
) -> None:
    """Each prediction has the window before it as context, or all there is since the sequence began."""
    spec, segment, test = trained(trainer, stateful=False, **fields)
    model = keras_models.deployable(spec, dataset, Checkpoint.from_bytes(segment.checkpoint).best, streaming=False)
    for found, split, name in (
        (test.metrics, dataset.test, "test"),
        (segment.final, dataset.validation, "validation"),
    ):
        assert found is not None
        errors = slid_errors(model, dataset, split, spec.window)
        assert found[f"{name}/loss_deployed"] == pytest.approx(np.mean(np.square(errors)), rel=1e-4)
        assert found[f"{name}/passes"] == 1


def slid_errors(model: keras.Model, dataset: Dataset, split: Sequences, window: int) -> list[float]:
    scaling = dataset.scaling
    features = dataset.timeline.features * scaling.feature_scale + scaling.feature_mean
    targets = dataset.timeline.targets * scaling.target_scale + scaling.target_mean
    errors = []
    for start, stop, reach in zip(split.start, split.stop, split.reach, strict=True):
        for t in range(start, stop):
            context = features[max(reach, t - window + 1) : t + 1]
            errors.append(model(context[None]).numpy()[0, -1, 0] - targets[t, 0])
    return errors


def test_sliding_is_run_in_pieces_of_the_other_evaluations_steps(trainer: Trainer) -> None:
    """So that it takes no more memory, and is not compiled for itself."""
    spec, _, _ = trained(trainer, stateful=False)
    program = trainer.program(spec)
    evaluator = Evaluator(spec, trainer.dataset.test, trainer.dataset)
    evaluator.score(program, "cold")
    compiled = trainer.traces["evaluate"]
    assert len(evaluator.deployed(program).scored.time) == len(trainer.dataset.scored_timesteps(trainer.dataset.test))
    assert evaluator.deployment.evaluation.plan.steps > 2 * evaluator.plans["cold"].plan.steps
    assert trainer.traces["evaluate"] == compiled


@pytest.mark.slow
def test_a_stateless_model_is_scored_with_its_state_carried_once_at_its_end(trainer: Trainer, dataset: Dataset) -> None:
    """Nothing trains it to forget, so that each such score can take the whole past."""
    _, once, _ = trained(trainer, stateful=False)
    assert not any("validation/loss_carried" in report.metrics for report in once.reports)
    _, each, _ = trained(Trainer(dataset, Objective("validation/loss_carried", at="last")), stateful=False)
    _, last, _ = trained(Trainer(dataset, Objective(at="last")), stateful=False)
    assert last.final is not None
    assert each.final is not None
    assert last.final["validation/loss_carried"] == each.reports[-1].metrics["validation/loss_carried"]
    assert "validation/loss_carried" not in each.final


@pytest.mark.parametrize("policy", ["every_sequence", "random"])
def test_a_carrying_model_is_deployed_as_it_was_trained(trainer: Trainer, policy: str) -> None:
    _, segment, test = trained(trainer, reset_policy=policy)
    assert test.metrics["test/loss_deployed"] == test.metrics["test/loss"]
    assert segment.final is not None
    best = min(segment.reports, key=lambda report: report.metrics["validation/loss"])
    assert segment.final["validation/loss_deployed"] == best.metrics["validation/loss"]


@pytest.mark.slow
def test_the_error_has_no_unit_and_counts_every_target_alike() -> None:
    small, large = (two_targets(scale) for scale in (1, 1000))
    errors, losses = [], []
    for dataset in (small, large):
        _, segment, test = trained(Trainer(dataset), epochs=1)
        assert segment.final is not None
        errors.append((segment.final["validation/error_deployed"], test.metrics["test/error_deployed"]))
        losses.append(test.metrics["test/loss_deployed"])
        own = {name: test.metrics[f"test/rmse_deployed/{name}"] for name in ("wind _m_s_", "rain")}
        assert np.mean(np.square(list(own.values()))) == pytest.approx(test.metrics["test/loss_deployed"], rel=1e-6)
    assert errors[0] == pytest.approx(errors[1], rel=1e-4)
    assert losses[1] > 1000 * losses[0]
    naive = [dataset.test_baselines["mean"]["test/error"] for dataset in (small, large)]
    assert naive[0] == pytest.approx(naive[1], rel=1e-5)


def two_targets(scale: float) -> Dataset:
    """Targets of which the second has this scale."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(300, 2)).astype(np.float32)
    targets = np.column_stack([features[:, 0], scale * (features[:, 1] + features[:, 0])]).astype(np.float32)
    names = ("wind (m/s)", "rain")
    timeline = Timeline(features, targets, np.zeros(1, np.int64), np.ones(300, bool), target_names=names)
    return prepare(timeline, Split())


def test_each_epoch_is_scored_as_deployed_where_that_is_the_objective(dataset: Dataset) -> None:
    deciding = Trainer(dataset, Objective("validation/rmse_deployed"))
    _, segment, _ = trained(deciding, stateful=False)
    values = [report.metrics["validation/rmse_deployed"] for report in segment.reports]
    assert segment.final is not None
    assert segment.final["validation/rmse_deployed"] == min(values)


def test_the_loss_falls_with_the_position_in_the_window_where_state_matters(trainer: Trainer) -> None:
    """The target adds up three inputs: from zero state, the first two positions of a window lack some of them."""
    _, _, test = trained(trainer, stateful=False, epochs=30)
    assert test.positions["cold"].shape == (5,)
    assert test.positions["cold"][0] > 2 * test.positions["cold"][2:].mean()
