"""What a comparison is asked: a margin in the target's units becomes a part of what differences are parts of."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sweep.comparison.selection import Cell
from sweep.config.margin import Margin
from sweep.execution.fakes import FakeTrainer
from sweep.study.answer import relative
from tests.sweep.comparison.cells import level
from tests.sweep.study.test_deployment import World
from workers.data.scaling import Scaling
from workers.spec import Segment

ONE = np.ones(1)
SCALING = Scaling(0 * ONE, ONE, 0 * ONE, 5 * ONE)  # an error of 1 in the scale of training is one of 5 mg/dL


@pytest.mark.parametrize(
    ("error", "floor", "part"), [(2.0, 0.01, 0.05), (0.001, 0.01, 10.0), (0.0, 0.01, 10.0), (0.0, 0.0, 0.1)]
)
def test_a_margin_in_units_is_a_part_of_the_references_error_or_of_the_floor(
    error: float, floor: float, part: float
) -> None:
    reference = level(error, error)
    assert relative(Margin(0.5, "mg/dL"), reference, 5 * error, floor, SCALING.unit) == pytest.approx(part)


class Zeros(FakeTrainer):
    """Every number that is scored is 0: a loss without an error, or an accuracy without a hit."""

    def train(self, *args: Any, **kwargs: Any) -> Segment:
        segment = super().train(*args, **kwargs)
        reports = [replace(report, metrics=dict.fromkeys(report.metrics, 0.0)) for report in segment.reports]
        final = segment.final and dict.fromkeys(segment.final, 0.0)
        test = segment.test and replace(
            segment.test, metrics=dict.fromkeys(segment.test.metrics, 0.0), losses=0 * segment.test.losses
        )
        return replace(segment, reports=tuple(reports), final=final, test=test)


def test_a_score_of_exactly_0_is_a_score_and_no_divergence(tmp_path: Path) -> None:
    world = World(tmp_path, Zeros())
    ended = [outcome for _, outcome in world.runs.every()]
    assert {(outcome.state, outcome.value, outcome.diverged) for outcome in ended} == {("complete", 0.0, False)}
    reference, *arms = world.verdict.arms
    assert (reference.test_mean, reference.stability) == (0.0, 1.0)
    assert arms
    for row in arms:
        assert (row.decision, row.difference, row.test_mean, row.stability) == ("equivalent", 0.0, 0.0, 1.0)
        assert row.interval is not None
        assert (row.interval.low, row.interval.high) == (0.0, 0.0)
    assert "diverged" not in world.verdict.sentence
    for row in world.verdict.arms:
        trial = world.runs.plan.cells.trials[Cell(row.arm, row.setting)]
        assert (row.parameters, trial.arm) == (trial.canonical.parameters, row.arm)
    assert world.deployed.run.outcome.value == 0.0
