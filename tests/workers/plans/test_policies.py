"""Reset policies: what each keeps, and which trials are the same computation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workers.worlds import sequences
from workers.plans import policies, windows
from workers.spec import TrialSpec

THREE = sequences(30, 17, 38)  # 6, 4 and 8 windows of 5


def planned(**fields: object) -> windows.EpochPlan:
    return policies.training_plan(TrialSpec(**{"batch_size": 3, "window": 5, **fields}), THREE, epoch=0, seed=0)


def arm(train=THREE, **fields: object) -> str:  # type: ignore[no-untyped-def]
    return policies.canonical(TrialSpec(**{"batch_size": 3, "window": 5, **fields}), train).arm


@pytest.mark.parametrize("policy", sorted(policies.POLICIES))
def test_every_policy_but_never_starts_each_epoch_at_zero(policy: str) -> None:
    assert (planned(reset_policy=policy).keep[0] == 0).all() == (policy != "never")


@pytest.mark.parametrize("policy", sorted(policies.POLICIES))
def test_a_policy_keeps_a_fraction_for_every_step_and_lane(policy: str) -> None:
    epoch = planned(reset_policy=policy)
    assert epoch.keep.shape == epoch.offset.shape
    assert epoch.keep.dtype == np.float32
    assert ((epoch.keep >= 0) & (epoch.keep <= 1)).all()


def test_every_n_batches_resets_every_nth_step() -> None:
    assert (planned(reset_policy="every_n_batches", reset_interval=2).keep[:, 0] == [0, 1, 0, 1, 0, 1]).all()


def test_every_sequence_resets_where_a_lane_enters_another_sequence() -> None:
    assert (planned().keep[:, 1] == [0, 1, 1, 1, 0, 1]).all()


def test_every_epoch_carries_across_sequences() -> None:
    assert (planned(reset_policy="every_epoch").keep[1:] == 1).all()


def test_decay_keeps_its_fraction() -> None:
    assert (planned(reset_policy="decay", state_decay=0.25).keep[1:] == 0.25).all()


def test_random_resets_are_drawn_anew_each_epoch_and_again_from_the_same_seed() -> None:
    spec = TrialSpec(batch_size=3, window=5, reset_policy="random")
    first, again, second = (policies.training_plan(spec, THREE, epoch, 0).keep for epoch in (0, 0, 1))
    assert (first == again).all()
    assert (first != second).any()


def test_carried_timesteps_count_back_to_the_last_reset() -> None:
    # windows of 5, but for one of 2: the lanes' states are 0 to 25, 0 to 22 and 0 to 25 timesteps old
    assert planned(reset_policy="every_epoch").carried_timesteps == pytest.approx((75 + 69 + 75) / 18)
    assert planned(reset_policy="every_batch").carried_timesteps == 0


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
]


@pytest.mark.parametrize(("fields", "same", "train"), SAME)
def test_equal_configurations_have_one_canonical_form(fields, same, train) -> None:  # type: ignore[no-untyped-def]
    assert arm(train, **fields) == same


@pytest.mark.parametrize(("fields", "own"), DIFFERENT)
def test_other_configurations_keep_their_own_arm(fields: dict[str, object], own: str) -> None:
    assert arm(**fields) == own


specs = st.builds(
    TrialSpec,
    reset_policy=st.sampled_from(sorted(policies.POLICIES)),
    reset_interval=st.integers(1, 30),
    reset_probability=st.sampled_from([0.0, 0.3, 1.0]),
    carry_start=st.sampled_from([0.0, 0.2, 0.5, 1.0]),
    state_decay=st.sampled_from([0.0, 0.5, 1.0]),
    stateful=st.booleans(),
    shuffle=st.booleans(),
    burn_in=st.integers(0, 4),
    batch_size=st.integers(1, 20),
    window=st.just(5),
    rotate_lanes=st.booleans(),
    window_jitter=st.sampled_from([0.0, 0.05, 0.5, 1.0]),
    epochs=st.integers(1, 2),
)


@given(specs, st.lists(st.integers(1, 40), min_size=1, max_size=6))
def test_the_canonical_form_is_its_own_and_plans_the_same_epoch(spec: TrialSpec, lengths: list[int]) -> None:
    train = sequences(*lengths)
    form = policies.canonical(spec, train)
    asked, same = (policies.training_plan(s, train, spec.epochs - 1, 0) for s in (spec, form))
    assert policies.canonical(form, train) == form
    live = asked.end > 0
    if spec.epochs == 1:
        asked.keep[0] = same.keep[0] = 0  # a first epoch starts at zero anyway
    assert (asked.offset == same.offset).all()
    assert (asked.keep[live] == same.keep[live]).all()


@given(specs, st.lists(st.integers(1, 40), min_size=1, max_size=6))
def test_equal_trials_are_evaluated_alike(spec: TrialSpec, lengths: list[int]) -> None:
    train, validation = sequences(*lengths), sequences(33, 12)
    form = policies.canonical(spec, train)
    for mode, asked in policies.evaluation_plans(spec, validation, train).items():
        assert (asked.keep == policies.evaluation_plans(form, validation, train)[mode].keep).all()


def test_where_lanes_are_cut_does_not_show_in_the_resets_of_an_evaluation() -> None:
    spec = TrialSpec(reset_policy="every_n_batches", reset_interval=3, window=5, batch_size=3)
    matched = policies.evaluation_plans(spec, sequences(2000), sequences(500))["matched"]
    position = windows.evaluation_lanes(sequences(2000), 5).position
    live = matched.end > matched.begin
    assert (matched.keep[live] == (position[live] % 3 != 0)).all()
