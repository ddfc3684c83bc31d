"""How many timesteps each window's state has behind it in training, by hand."""

import numpy as np
import pytest

from tests.workers.worlds import sequences
from workers.plans.epochs import training_plan
from workers.spec import TrialSpec


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"stateful": False}, [0, 0, 0, 0, 0]),
        ({"reset_policy": "every_epoch"}, [0, 5, 10, 15, 20]),
        ({"reset_policy": "every_sequence"}, [0, 5, 10, 0, 5]),
        ({"reset_policy": "every_n_batches", "reset_interval": 2}, [0, 5, 0, 5, 0]),
        ({"reset_policy": "decay", "state_decay": 0.5}, [0, 5, 10, 15, 20]),
    ],
)
def test_it_is_what_the_lane_has_gone_through_since_its_last_reset(
    fields: dict[str, object], expected: list[int]
) -> None:
    trial = TrialSpec.model_validate({"window": 5, "batch_size": 1, "epochs": 1, **fields})
    plan = training_plan(trial, sequences(15, 10), 0, 0)
    assert list(plan.ages[plan.end > 0]) == expected


def test_windows_that_are_empty_do_not_count() -> None:
    trial = TrialSpec(window=5, batch_size=2, reset_policy="every_epoch")
    plan = training_plan(trial, sequences(23), 0, 0)
    found = plan.ages[plan.end > 0]
    assert len(found) == 5
    assert np.isin(found, [0, 5, 10]).all()
