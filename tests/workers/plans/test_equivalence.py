"""The canonical form: which trials are the same computation."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.workers.worlds import sequences
from workers.data.timeline import Sequences
from workers.plans import arms, epochs
from workers.plans.equivalence import canonical, training
from workers.plans.policies import POLICIES
from workers.spec import TrialSpec

THREE = sequences(30, 17, 38)  # 6, 4 and 8 windows of 5


def arm(train: Sequences = THREE, **fields: object) -> str:
    return canonical(TrialSpec.model_validate({"batch_size": 3, "window": 5, **fields}), train).arm


SAME = [  # a trial, what it is the same as, and the sequences where that holds
    ({"reset_policy": "every_batch"}, "stateless", THREE),
    ({"reset_policy": "every_n_batches", "reset_interval": 1}, "stateless", THREE),
    ({"reset_policy": "random", "reset_probability": 1.0}, "stateless", THREE),
    ({"reset_policy": "random", "carry_start": 1.0}, "stateless", THREE),
    ({"reset_policy": "random", "carry_start": 0.9, "reset_probability": 0.0, "epochs": 3}, "stateless", THREE),
    ({"reset_policy": "decay", "state_decay": 0.0}, "stateless", THREE),
    ({"reset_policy": "every_sequence"}, "stateless", sequences(5, 4, 5, 3)),
    ({"reset_policy": "every_epoch", "batch_size": 18}, "stateless", THREE),
    ({"reset_policy": "every_sequence", "batch_size": 18}, "stateless", THREE),
    ({"reset_policy": "decay", "batch_size": 18}, "stateless", THREE),
    ({"reset_policy": "every_n_batches", "reset_interval": 6}, "every_epoch", THREE),
    ({"reset_policy": "random", "reset_probability": 0.0}, "every_epoch", THREE),
    ({"reset_policy": "random", "reset_probability": 0.0, "carry_start": 0.1, "epochs": 2}, "every_epoch", THREE),
    ({"reset_policy": "decay", "state_decay": 1.0}, "every_epoch", THREE),
    ({"reset_policy": "never", "epochs": 1}, "every_epoch", THREE),
    ({"reset_policy": "every_sequence"}, "every_epoch", sequences(30, 30, 30)),
    ({"reset_policy": "every_sequence"}, "every_epoch", sequences(200)),
    ({"reset_policy": "every_n_batches", "reset_interval": 1, "rotate_lanes": True}, "stateless", THREE),
    ({"reset_policy": "decay", "batch_size": 18, "rotate_lanes": True}, "stateless", THREE),
    ({"reset_policy": "every_sequence", "rotate_lanes": True}, "every_epoch", sequences(200)),
    ({"reset_policy": "every_sequence", "window_jitter": 0.6}, "every_epoch", sequences(200)),
    ({"reset_policy": "every_n_batches", "reset_interval": 15, "window_jitter": 0.6}, "every_epoch", THREE),
    ({"reset_policy": "decay", "state_decay": 1.0, "rotate_lanes": True, "window_jitter": 0.2}, "every_epoch", THREE),
]
DIFFERENT = [
    ({"reset_policy": "every_n_batches", "reset_interval": 5}, "every_n_batches"),
    ({"reset_policy": "every_n_batches", "reset_interval": 14, "window_jitter": 0.6}, "every_n_batches"),
    ({"reset_policy": "every_epoch", "window_jitter": 0.6, "batch_size": 18}, "every_epoch"),
    ({"reset_policy": "every_sequence"}, "every_sequence"),
    ({"reset_policy": "every_epoch"}, "every_epoch"),
    ({"reset_policy": "never"}, "never"),
    ({"reset_policy": "never", "batch_size": 18}, "never"),
    ({"reset_policy": "random"}, "random"),
    ({"reset_policy": "random", "reset_probability": 0.0, "carry_start": 0.5}, "random"),
    ({"reset_policy": "decay"}, "decay"),
    ({"stateful": False}, "stateless"),
    ({"stateful": False, "shuffle": True}, "stateless-shuffled"),
    ({"stateful": False, "burn_in": 2}, "stateless-burn-in"),
    ({"stateful": False, "bidirectional": True}, "stateless-bidirectional"),
    ({"stateful": False, "bidirectional": True, "shuffle": True}, "stateless-bidirectional"),
]


@pytest.mark.parametrize(("fields", "same", "train"), SAME)
def test_equal_configurations_have_one_canonical_form(fields: dict[str, Any], same: str, train: Sequences) -> None:
    assert arm(train, **fields) == same


@pytest.mark.parametrize(("fields", "own"), DIFFERENT)
def test_other_configurations_keep_their_own_arm(fields: dict[str, Any], own: str) -> None:
    assert arm(**fields) == own


trains = st.lists(st.integers(1, 40), min_size=1, max_size=6)
specs = st.builds(
    TrialSpec,
    reset_policy=st.sampled_from(sorted(POLICIES)),
    reset_interval=st.integers(1, 30),
    reset_probability=st.sampled_from([0.0, 0.3, 1.0]),
    carry_start=st.sampled_from([0.0, 0.2, 0.5, 1.0]),
    state_decay=st.sampled_from([0.0, 0.5, 1.0]),
    stateful=st.booleans(),
    shuffle=st.booleans(),
    bidirectional=st.booleans(),
    burn_in=st.integers(0, 4),
    batch_size=st.integers(1, 20),
    window=st.just(5),
    rotate_lanes=st.booleans(),
    window_jitter=st.sampled_from([0.0, 0.05, 0.5, 1.0]),
    epochs=st.integers(1, 2),
)


@given(specs, trains)
def test_the_canonical_form_is_its_own_and_plans_the_same_epoch(spec: TrialSpec, lengths: list[int]) -> None:
    """Lanes that vary are not asked of a trial that carries nothing: there the canonical form decides."""
    train = sequences(*lengths)
    form = canonical(spec, train)
    assert canonical(form, train) == form
    assume(form.stateful or not spec.varies_lanes)
    asked, same = (epochs.training_plan(s, train, spec.epochs - 1, 0) for s in (spec, form))
    live = asked.end > 0
    if spec.epochs == 1:
        asked.keep[0] = same.keep[0] = 0  # a first epoch starts at zero anyway
    assert (asked.offset == same.offset).all()
    assert (asked.keep[live] == same.keep[live]).all()


@given(specs, trains)
def test_the_arm_of_a_canonical_form_says_whether_it_carries(spec: TrialSpec, lengths: list[int]) -> None:
    form = canonical(spec, sequences(*lengths))
    assert (form.arm in arms.STATELESS) == (not form.stateful)
    assert form.arm in arms.arms()


@given(specs, trains)
def test_what_a_policy_meets_is_what_the_epochs_hold(spec: TrialSpec, lengths: list[int]) -> None:
    train = sequences(*lengths)
    spec = spec.model_copy(update={"stateful": True})
    met = training(spec, train)
    for epoch in range(3):
        plan = epochs.training_plan(spec, train, epoch, 0)
        begins = np.isin(plan.offset, train.start) & (plan.end > 0)
        assert plan.steps <= met.steps
        assert not met.one_sequence_a_lane or begins[1:].sum() <= 1
        assert not met.one_window_a_sequence or (begins | (plan.end == 0)).all()
