"""The engine: reproducible, indifferent to how it is cut, and compiled once per signature."""

import math
from dataclasses import replace

import numpy as np
import pytest

from tests.workers.engine.training_helpers import losses, train
from tests.workers.plans.test_equivalence import SAME
from tests.workers.worlds import classification, regression, sequences
from workers.data.dataset import for_refit
from workers.data.timeline import Sequences
from workers.engine.checkpoint import Checkpoint, TornCheckpoint
from workers.engine.device import DevicePlan
from workers.engine.training import Trainer
from workers.objective import Objective
from workers.plans import epochs, policies
from workers.plans.equivalence import canonical
from workers.spec import TrialSpec

pytestmark = pytest.mark.lengthy

SMALL = {"units": 8, "window": 5, "batch_size": 3, "epochs": 3, "learning_rate": 0.01}
LENGTHS = (70, 33, 91, 58, 12, 66)


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    return Trainer(regression(LENGTHS, by="sequence", validation=0.2, test=0.2))


def small(**fields: object) -> TrialSpec:
    return TrialSpec.model_validate({**SMALL, **fields})


def test_the_same_seed_gives_the_same_losses_and_another_seed_others(trainer: Trainer) -> None:
    first = losses(trainer, small(), seed=1)
    assert losses(trainer, small(), seed=1) == first
    assert losses(trainer, small(), seed=2) != first


def test_a_fresh_worker_gives_the_same_losses(trainer: Trainer) -> None:
    assert losses(Trainer(trainer.dataset), small()) == losses(trainer, small())


@pytest.mark.parametrize(
    "fields",
    [
        {"dropout": 0.3, "recurrent_dropout": 0.3, "layers": 2},
        {"stateful": False, "shuffle": True},
        {"learning_rate_schedule": "cosine", "warmup_epochs": 0.5, "optimizer": "adamw", "window_jitter": 0.5},
        pytest.param({"optimizer": "sgd", "momentum": 0.9, "learning_rate_schedule": "step"}, marks=pytest.mark.slow),
        pytest.param({}, marks=pytest.mark.slow),
        pytest.param({"reset_policy": "random"}, marks=pytest.mark.slow),
    ],
)
def test_the_size_of_a_segment_never_changes_a_result(trainer: Trainer, fields: dict[str, object]) -> None:
    assert losses(trainer, small(**fields), seconds=0.0) == losses(trainer, small(**fields))


@pytest.mark.representative
def test_a_trial_goes_on_elsewhere_with_the_same_bits(trainer: Trainer) -> None:
    fields = {"dropout": 0.2, "recurrent_dropout": 0.2, "reset_policy": "never", "learning_rate_schedule": "linear"}
    spec, other = small(**fields), Trainer(trainer.dataset)
    first = trainer.train(spec, 0, seconds=0.0)
    losses(other, small(units=8, learning_rate=0.5))  # whatever it did before
    rest = [other.train(spec, 0, first.checkpoint, 1e9), trainer.train(spec, 0, first.checkpoint, 1e9)]
    here, there = (Checkpoint.from_bytes(segment.checkpoint) for segment in rest)
    assert all((a == b).all() for a, b in zip(here.variables, there.variables, strict=True))


def test_recurrent_dropout_has_one_program_for_all_rates_above_zero(trainer: Trainer) -> None:
    mine = Trainer(trainer.dataset)
    first, other, again = (losses(mine, small(recurrent_dropout=rate, epochs=2)) for rate in (0.2, 0.5, 0.2))
    assert mine.traces["train"] == 1
    assert first == again != other
    assert first != losses(mine, small(epochs=2))
    assert mine.traces["train"] == 2


def test_a_torn_checkpoint_is_not_believed(trainer: Trainer) -> None:
    whole = trainer.train(small(), 0, seconds=0.0).checkpoint
    with pytest.raises(TornCheckpoint):
        trainer.train(small(), 0, whole[: len(whole) // 2])


@pytest.mark.parametrize(
    "signatures",
    [[("LSTM", 4)], pytest.param([("LSTM", 4), ("GRU", 4), ("LSTM", 6)], marks=pytest.mark.slow)],
    ids=["one signature", "three"],
)
def test_nothing_is_traced_anew_for_another_policy_rate_or_seed(signatures: list[tuple[str, int]]) -> None:
    trainer = Trainer(regression(LENGTHS, by="sequence"))
    for cell, units in signatures:
        for policy in sorted(policies.POLICIES):
            train(trainer, small(cell=cell, units=units, reset_policy=policy, epochs=1))
        train(trainer, small(cell=cell, units=units, learning_rate=0.02, clip_norm=None), seed=5)
        train(trainer, small(cell=cell, units=units, stateful=False, shuffle=True))
    assert trainer.traces["train"] == len(signatures)


@pytest.mark.parametrize(("fields", "same", "train_on"), SAME)
def test_equal_configurations_are_equal_bit_for_bit(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch, fields: dict[str, object], same: str, train_on: Sequences
) -> None:
    """However a trial is asked, its weights become the same. That equal trials are scored alike is by definition."""
    monkeypatch.setattr(trainer, "dataset", replace(trainer.dataset, train=train_on))
    spec = TrialSpec.model_validate({**SMALL, **fields})
    form = canonical(spec, train_on)
    assert form.arm == same
    asked = spec if form.stateful else spec.model_copy(update=UNVARIED)  # without state, no lanes are varied
    assert weights_way(trainer, asked) == weights_way(trainer, form)


UNVARIED = {"rotate_lanes": False, "window_jitter": 0.0}


def weights_way(trainer: Trainer, spec: TrialSpec) -> list[tuple[float, float]]:
    """Of every epoch, the losses that depend on the weights alone: in training, and of a fixed evaluation."""
    return [(trained, cold) for trained, _, cold, *_ in losses(trainer, spec)]


def test_validation_leaves_training_untouched(trainer: Trainer) -> None:
    short = replace(trainer.dataset, validation=trainer.dataset.test)
    trained = [[loss for loss, *_ in losses(t, small(reset_policy="never"))] for t in (trainer, Trainer(short))]
    assert trained[0] == trained[1]


@pytest.mark.slow
def test_padding_may_hold_anything(trainer: Trainer) -> None:
    """A sequence's last window reads on into the next sequence, where only masks keep it out."""
    spoilt = replace(trainer.dataset.timeline, features=trainer.dataset.timeline.features.copy())
    piece = Sequences(np.array([0]), np.array([68]), np.array([0]))
    spoilt.features[68:] = 1e30
    dataset = replace(trainer.dataset, train=piece, validation=piece)
    spoilt_dataset = replace(dataset, timeline=spoilt)
    assert losses(Trainer(spoilt_dataset), small()) == losses(Trainer(dataset), small())


def test_a_lane_with_nothing_left_keeps_its_state_bit_for_bit(trainer: Trainer) -> None:
    spec = small(reset_policy="never", batch_size=2)
    epoch = epochs.training_plan(spec, sequences(25), 0, 0)  # lanes of 3 and 2 windows
    program, plan = trainer.program(spec), DevicePlan.of(epoch)
    sums = np.zeros(program.n_statistics + 2, np.float32)
    two = program.train(plan, spec.window, 0, 2, sums, program.zero_states(2))
    three = program.train(plan, spec.window, 2, 3, *two)
    assert all((before[1] == after[1]).numpy().all() for before, after in zip(two[1], three[1], strict=True))
    assert all((before[0] != after[0]).numpy().any() for before, after in zip(two[1], three[1], strict=True))


def test_divergence_is_seen_within_an_epoch_and_ends_the_trial(trainer: Trainer) -> None:
    reports, last = train(trainer, small(optimizer="sgd", learning_rate=1e30, clip_norm=None, cell="SimpleRNN"))
    assert last.finished
    assert "epoch 1" in last.diverged
    assert not reports


def test_the_best_epochs_weights_are_kept() -> None:
    trainer = Trainer(regression(LENGTHS), Objective(at="best"))
    reports, last = train(trainer, small(epochs=8, learning_rate=0.3, clip_norm=None))
    kept = Checkpoint.from_bytes(last.checkpoint)
    assert kept.best_value == min(report.metrics["validation/loss"] for report in reports)
    assert kept.best_epoch == Objective().select(reports).epoch


@pytest.mark.parametrize("lengths", [pytest.param((97,), marks=pytest.mark.slow), (31, 1, 2, 40), (16,)])
@pytest.mark.parametrize("batch_size", [pytest.param(1, marks=pytest.mark.slow), 32])
@pytest.mark.representative
def test_remainders_and_short_sequences_train(lengths: tuple[int, ...], batch_size: int) -> None:
    trainer = Trainer(regression(lengths, n_features=1))
    reports, _ = train(trainer, small(batch_size=batch_size, epochs=1))
    assert math.isfinite(reports[0].metrics["validation/loss"])


@pytest.mark.slow
def test_hundreds_of_features_train() -> None:
    reports, _ = train(Trainer(regression((80,), n_features=300)), small(epochs=1))
    assert math.isfinite(reports[0].metrics["validation/loss"])


def test_classes_report_accuracy_and_values_their_own_units() -> None:
    classes, _ = train(Trainer(classification()), small(epochs=1))
    values, _ = train(Trainer(regression()), small(epochs=1))
    assert 0 <= classes[0].metrics["validation/accuracy"] <= 1
    assert values[0].metrics["validation/rmse"] == pytest.approx(values[0].metrics["validation/loss"] ** 0.5)
    assert values[0].metrics["validation/loss"] == pytest.approx(27, rel=0.7)  # three inputs of variance 1, times 3


@pytest.mark.slow
def test_refit_trains_on_what_was_held_back_too_and_goes_through_without_a_test_split(trainer: Trainer) -> None:
    """A change of a number of the test split, which no other training sees."""
    dataset = trainer.dataset
    given = dataset.given
    held_back = given.features.copy()
    held_back[dataset.test.timesteps] += 1
    other = replace(given, features=held_back)
    changed = replace(dataset, timeline=dataset.scaling.scaled(other), own_units=other)
    last = Objective(at="last")
    same = [losses(Trainer(data, last), small()) for data in (dataset, changed)]
    refit = [losses(Trainer(for_refit(data), last), small()) for data in (dataset, changed)]
    assert same[0] == same[1]
    assert refit[0] != refit[1]
    assert all(math.isfinite(value) for epoch in refit[0] for value in epoch)


def test_a_segment_tells_scoring_from_training() -> None:
    _, segment = train(Trainer(regression()), TrialSpec(units=3, window=5, batch_size=2, epochs=1))
    assert 0 < segment.evaluating_seconds < segment.training_seconds
