"""A trial at an origin: it is trained on what lies before its stretch, and scored there alone."""

from dataclasses import replace

import numpy as np
import pytest

from tests.workers.worlds import sums
from workers.data.dataset import Dataset, prepare, with_origins
from workers.data.splits import Split
from workers.data.timeline import Timeline
from workers.engine.training import Trainer
from workers.spec import Segment, TrialSpec

pytestmark = pytest.mark.lengthy

SPLIT = Split(validation=0.2, test=0.3)
SPEC = TrialSpec(units=4, window=5, batch_size=3, epochs=2, learning_rate=0.01)


def cut(timeline: Timeline) -> Dataset:
    return with_origins(prepare(timeline, SPLIT), SPLIT, 3)


def trained(data: Dataset, origin: int) -> Segment:
    return Trainer(data.for_workers).train(SPEC, 7, seconds=1e9, test=True, origin=origin)


@pytest.fixture(scope="module")
def timeline() -> Timeline:
    """A record of 300 timesteps: the stretches begin at 210, 240 and 270."""
    return replace(sums((300,)), record=True)


@pytest.fixture(scope="module")
def second(timeline: Timeline) -> Segment:
    return trained(cut(timeline), 2)


def after(timeline: Timeline, moment: int) -> Timeline:
    """The same, with everything else from this timestep on."""
    later = np.arange(len(timeline.features))[:, None] >= moment
    return replace(timeline, features=timeline.features + 3 * later, targets=timeline.targets - 5 * later)


def losses(segment: Segment) -> list[float]:
    return [report.metrics["validation/loss"] for report in segment.reports]


def test_nothing_after_a_stretch_changes_what_is_forecast_of_it(timeline: Timeline, second: Segment) -> None:
    changed = trained(cut(after(timeline, 270)), 2)
    assert second.test
    assert changed.test
    assert len(second.test.losses) == 30
    assert (changed.test.losses == second.test.losses).all()


def test_nothing_of_a_stretch_changes_what_is_learnt_for_it(timeline: Timeline, second: Segment) -> None:
    changed = trained(cut(after(timeline, 240)), 2)
    assert losses(changed) == losses(second)
    assert changed.final == second.final
    assert changed.test
    assert second.test
    assert (changed.test.losses != second.test.losses).any()
