"""Quantiles in the engine: calibrated by validation once a trial is finished, whatever it was cut into."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from tests.workers.worlds import sums
from workers.data.asked_loss import Asked
from workers.data.dataset import Dataset, prepare
from workers.data.splits import Split
from workers.engine.checkpoint import Checkpoint
from workers.engine.training import Trainer
from workers.plans.equivalence import canonical
from workers.spec import Segment, TrialSpec

pytestmark = pytest.mark.lengthy

LEVELS = (0.1, 0.5, 0.9)
FIELDS = {"units": 4, "window": 5, "batch_size": 8, "epochs": 12, "learning_rate": 0.05}


@cache
def trainer_of(*, calibrate: bool) -> Trainer:
    """One for all tests, which compiles once."""
    return Trainer(noisy(calibrate=calibrate))


def noisy(*, calibrate: bool) -> Dataset:
    """Targets of which the half is noise of a known distribution."""
    timeline = sums((3000,))
    targets = timeline.targets + np.random.default_rng(5).exponential(4, size=(3000, 1)).astype(np.float32)
    asked = Asked("quantiles", quantiles=LEVELS, calibrate=calibrate)
    return prepare(replace(timeline, targets=targets, loss=asked), Split(validation=0.3, test=0.3))


def trained(trainer: Trainer, seconds: float = 1e9, **fields: object) -> Segment:
    """The last segment of a trial."""
    spec = canonical(TrialSpec.model_validate(FIELDS | fields), trainer.dataset.train)
    segment = trainer.train(spec, 0, None, seconds, test=True)
    while not segment.finished:
        segment = trainer.train(spec, 0, segment.checkpoint, seconds, test=True)
    again = trainer.train(spec, 0, segment.checkpoint, seconds, test=True)
    assert again.final == segment.final
    assert again.checkpoint == segment.checkpoint
    return segment


@pytest.mark.parametrize("stateful", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_a_calibrated_model_covers_what_it_should_and_a_segment_more_changes_no_bit(stateful: bool) -> None:
    trainer = trainer_of(calibrate=True)
    whole, cut = trained(trainer, stateful=stateful), trained(trainer, 0.001, stateful=stateful)
    assert whole.test is not None
    assert whole.final is not None
    assert whole.final["validation/coverage_deployed"] == pytest.approx(0.8, abs=0.02)
    assert whole.test.metrics["test/coverage_deployed"] == pytest.approx(0.8, abs=0.04)
    weights, others = (Checkpoint.from_bytes(segment.checkpoint).best for segment in (whole, cut))
    assert [each.tobytes() for each in weights] == [each.tobytes() for each in others]


def test_calibrating_moves_the_bias_of_the_head_alone() -> None:
    plain, moved = (
        Checkpoint.from_bytes(trained(trainer_of(calibrate=calibrate)).checkpoint).best for calibrate in (False, True)
    )
    assert [each.tobytes() for each in plain[:-1]] == [each.tobytes() for each in moved[:-1]]
    assert (plain[-1] != moved[-1]).all()
