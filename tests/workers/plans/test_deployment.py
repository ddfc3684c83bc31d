"""What a deployed model is fed, and how far back it remembers then."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.workers.worlds import feed, sequences, sums
from workers.data.timeline import Sequences
from workers.plans import epochs
from workers.plans.deployment import Feed
from workers.spec import TrialSpec


def test_a_timeline_without_groups_is_fed_in_its_order_and_begins_once() -> None:
    whole = Feed.of(sums((30, 20, 10)))
    assert list(whole.start) == [0, 30, 50]
    assert list(whole.stop) == [30, 50, 60]
    assert list(whole.anew) == [True, False, False]


def test_groups_are_fed_one_after_the_other_and_each_begins_anew() -> None:
    whole = Feed.of(replace(sums((30, 20, 10, 5)), groups=np.array([2, -1, 2, -1])))
    assert list(whole.start) == [30, 60, 0, 50]
    assert list(whole.stop) == [50, 65, 30, 60]
    assert list(whole.anew) == [True, False, True, False]


PASTS: list[tuple[dict[str, Any], int]] = [
    ({"reset_policy": "every_epoch"}, 117),
    ({"reset_policy": "every_sequence"}, 73),
    ({"reset_policy": "every_n_batches", "reset_interval": 3}, 15),
    ({"stateful": False}, 5),
]


@pytest.mark.parametrize(("fields", "longest"), PASTS)
def test_the_longest_past_reaches_back_to_the_last_reset(fields: dict[str, Any], longest: int) -> None:
    """From 50 to 73 of a sequence's 100 timesteps, and from 7 to 17 of the next one."""
    split = Sequences(np.array([50, 107]), np.array([73, 117]), np.array([0, 100]))
    spec = TrialSpec.model_validate({"window": 5, "batch_size": 3, **fields})
    plans = epochs.evaluation_plans(spec, split, sequences(50, 7), feed(100, 60))
    deployed = plans["matched"] if spec.stateful else epochs.sliding_plan(spec, split, plans["cold"].plan.lanes)
    assert deployed.longest_past == longest
