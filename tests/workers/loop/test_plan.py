"""Plans as arrays: every timestep once, in the order in which state continues; and what is refused."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import workers
from workers.errors import DataError, SpecError
from workers.loop.plan import Plan
from workers.plans.policies import POLICIES


def counted(lengths: list[int], **fields: Any) -> Plan:
    """A plan on sequences of these lengths, whose only feature, and target, is the timestep's number."""
    numbers = np.arange(sum(lengths))[:, None]
    starts = np.cumsum(lengths) - lengths
    return workers.plan(numbers, numbers, starts=starts, padding=-1.0, **fields)


@given(
    lengths=st.lists(st.integers(1, 23), min_size=1, max_size=6),
    window=st.integers(1, 9),
    batch_size=st.integers(1, 5),
    policy=st.sampled_from([*POLICIES]),
)
def test_every_timestep_is_scored_once_an_epoch_and_padding_never(
    lengths: list[int], window: int, batch_size: int, policy: str
) -> None:
    plan = counted(lengths, window=window, batch_size=batch_size, reset_policy=policy, epochs=2)
    for epoch in plan:
        seen = [batch.x[..., 0][batch.sample_weight > 0] for batch in epoch]
        assert sorted(np.concatenate(seen)) == list(range(sum(lengths)))
        assert all((batch.x[..., 0][batch.sample_weight == 0] == -1).all() for batch in epoch)
        assert all(batch.x.shape == (batch_size, window, 1) for batch in epoch)


@given(lengths=st.lists(st.integers(1, 40), min_size=1, max_size=4), batch_size=st.integers(1, 4))
def test_a_row_whose_state_is_carried_goes_on_where_it_ended(lengths: list[int], batch_size: int) -> None:
    plan = counted(lengths, window=5, batch_size=batch_size, reset_policy="every_sequence", epochs=1)
    ended = np.full(batch_size, -1.0)
    for x, _, weight, keep in plan[0]:
        going_on = (keep > 0) & (weight[:, 0] > 0)
        assert (x[going_on, 0, 0] == ended[going_on] + 1).all()
        ended = np.where(weight.any(1), x[..., 0].max(1), ended)


def test_equal_ways_have_the_name_that_a_study_gives_them() -> None:
    assert counted([40], window=5, batch_size=2, reset_policy="every_n_batches", reset_interval=1).arm == "stateless"
    assert counted([20, 20, 20], window=5, batch_size=2, reset_policy="every_sequence").arm == "every_sequence"


def test_timesteps_have_the_weights_that_were_given() -> None:
    numbers, weights = np.arange(12.0)[:, None], np.arange(12.0)
    plan = workers.plan(numbers, numbers, sample_weight=weights, window=5, batch_size=1, epochs=1)
    for x, _, weight, _ in plan[0]:
        assert (weight == np.maximum(x[..., 0], 0)).all()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"reset_polcy": "never"}, "reset_polcy: no such field; these are: .*reset_policy"),
        ({"reset_policy": "sometimes"}, "reset_policy: Input should be 'every_batch'"),
        ({"batch_size": 0}, "batch_size: Input should be greater than or equal to 1, not 0"),
        ({"shuffle": True}, "shuffle: it applies only to stateless trials"),
        ({"reset_interval": 3, "reset_policy": "never"}, "reset_interval: it applies only to"),
        ({"bidirectional": True}, "bidirectional: it applies only to stateless trials"),
        ({"stateful": False, "burn_in": 12}, "burn_in: is 12, which leaves nothing of a window of 12"),
    ],
)
def test_fields_that_are_wrong_are_refused_by_name(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        counted([40], **fields)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"features": np.ones(5), "targets": np.ones((5, 1))}, r"features must be \(time, n_features\)"),
        ({"features": np.ones((5, 1)), "targets": np.ones((4, 1))}, "features have 5 timesteps, but targets 4"),
        ({"features": np.ones((5, 1)), "targets": np.ones(5)}, r"targets must be \(time, n_targets\) numbers"),
        ({"features": np.ones((5, 1)), "targets": np.ones((5, 1)), "starts": [0, 9]}, "starts must begin at 0"),
        ({"features": np.ones((5, 1)), "targets": np.ones((5, 1)), "starts": [0.5]}, "starts must be .* whole numbers"),
        ({"features": np.full((5, 1), np.nan), "targets": np.ones((5, 1))}, "features: not a finite number"),
        (
            {"features": np.ones((5, 1)), "targets": np.ones((5, 1)), "sample_weight": [1, 2]},
            r"sample_weight must be \(5,\) numbers from 0 on",
        ),
    ],
)
def test_arrays_that_do_not_fit_together_are_refused(data: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        workers.plan(**data)


def test_an_epoch_of_other_steps_each_time_is_for_a_loop_of_ones_own() -> None:
    plan = counted([90], window=10, batch_size=2, window_jitter=0.5)
    with pytest.raises(SpecError, match="window_jitter gives each epoch another number of steps"):
        _ = plan.steps_per_epoch


def test_a_plan_needs_no_tensorflow() -> None:
    program = "import sys, workers; workers.plan; print('tensorflow' in sys.modules, 'keras' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"
