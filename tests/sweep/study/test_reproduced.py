"""A trial that is trained again: what is another number is named, and nothing else."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sweep.core.trials import Outcome
from sweep.study.reproduced import differences
from workers.spec import EpochReport, TestScores


def reports(*losses: float) -> list[EpochReport]:
    return [EpochReport(epoch, {"loss": loss, "same": 1.0}, float(epoch)) for epoch, loss in enumerate(losses)]


def outcome(state: Any = "complete", final: float = 0.5, *losses: float) -> Outcome:
    test = TestScores({"test/loss": 0.25}, np.array(losses, np.float32), {}) if losses else None
    return Outcome(state, final, 1, {"final": final}, test=test)


def test_the_same_numbers_at_another_time_are_no_difference() -> None:
    later = [replace(each, timestamp=each.timestamp + 9) for each in reports(3.0, 2.0)]
    assert differences(reports(3.0, 2.0), outcome(), later, outcome()) == []
    assert differences(reports(math.nan), outcome("failed"), reports(math.nan), outcome("failed")) == []


def test_how_long_an_epoch_took_is_no_result() -> None:
    slow, fast = (EpochReport(0, {"loss": 1.0, "seconds": took, "steps_per_second": 9 / took}, 0.0) for took in (3, 1))
    assert differences([slow], outcome(), [fast], outcome()) == []


def test_the_last_bit_counts() -> None:
    [found] = differences(reports(3.0, 2.0), outcome(), reports(3.0, np.nextafter(2.0, 3.0)), outcome())
    assert (found.at, found.metric, found.recorded) == ("epoch 2", "loss", 2.0)
    assert found.relative == pytest.approx(2.2e-16, rel=0.1)


def test_of_a_trial_that_was_given_up_the_epochs_that_it_had_are_compared() -> None:
    assert differences(reports(3.0, 2.0), outcome("pruned"), reports(3.0, 2.0, 1.0), outcome("complete", 0.1)) == []


def test_a_trial_that_ends_earlier_now_is_another() -> None:
    found = differences(reports(3.0, 2.0), outcome("pruned"), reports(3.0), outcome("failed"))
    assert [(each.metric, each.recorded, each.now) for each in found] == [("epochs", 2, 1)]


def test_what_is_scored_once_is_compared_too() -> None:
    again = outcome("complete", 0.25, 1.0, 3.0)
    found = differences(reports(3.0), outcome("complete", 0.5, 1.0, 2.0), reports(3.0), again)
    assert [each.at for each in found] == ["as deployed", "on the test split"]
    assert (found[1].recorded, found[1].now) == (1.5, 2.0)
    assert (
        differences(reports(3.0), outcome("complete", 0.5, 1.0), reports(3.0), outcome())[0].at == "on the test split"
    )


def test_no_size_is_told_where_there_is_none() -> None:
    [found] = differences(reports(0.0), outcome(), reports(1.0), outcome())
    assert found.relative == math.inf
