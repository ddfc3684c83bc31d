"""Reset policies: what each keeps."""

import itertools

import numpy as np
import pytest

from tests.workers.worlds import feed, sequences
from workers.data.timeline import Sequences
from workers.plans import epochs, policies, windows
from workers.plans.crossing import at_epochs
from workers.plans.deployment import deployed_keep
from workers.plans.evaluation_lanes import continued
from workers.plans.policies import PolicyFields
from workers.plans.policy_row import Policy, Training
from workers.plans.windows import EpochPlan
from workers.spec import TrialSpec

THREE = sequences(30, 17, 38)  # 6, 4 and 8 windows of 5


def planned(**fields: object) -> EpochPlan:
    spec = TrialSpec.model_validate({"batch_size": 3, "window": 5, **fields})
    return epochs.training_plan(spec, THREE, epoch=0, seed=0)


ROWS = pytest.mark.parametrize("row", policies.POLICIES.values(), ids=lambda row: row.name)


@ROWS
def test_a_row_is_found_by_its_name_and_has_words(row: Policy) -> None:
    assert policies.POLICIES[row.name] is row
    assert row.meaning
    assert row.advice.split()[0] in ("Carry", "Reset")
    assert len({(other.meaning, other.advice) for other in policies.POLICIES.values()}) == len(policies.POLICIES)


@ROWS
def test_the_fields_of_a_row_are_the_trials_and_apply_to_its_trials(row: Policy) -> None:
    assert set(row.fields) <= PolicyFields.model_fields.keys() - {"stateful", "reset_policy"}
    assert set(row.fields) <= TrialSpec(reset_policy=row.name).parameters.keys()
    assert row.interval_field in ("", *row.fields)


@pytest.mark.parametrize("name", sorted(PolicyFields.model_fields.keys() - {"stateful", "reset_policy"}))
def test_every_own_field_is_some_rows(name: str) -> None:
    assert any(name in row.fields for row in policies.POLICIES.values())


def test_one_policy_resets_at_intervals() -> None:
    assert [row.name for row in policies.POLICIES.values() if row.interval_field] == [policies.interval_policy().name]


@ROWS
def test_a_row_equals_policies_that_there_are_and_no_chain_of_them(row: Policy) -> None:
    assert all(not policies.POLICIES[other].equals for other in row.equals)


@ROWS
def test_a_rows_functions_answer_for_every_training(row: Policy) -> None:
    trial = TrialSpec(reset_policy=row.name)
    for flags in itertools.product((True, False), repeat=3):
        met = Training(3, 4, *flags)
        for same in (row.as_stateless, *row.equals.values()):
            assert same(trial, met) in (True, False)
    assert 0 <= row.first_epoch(trial, 3) <= 3
    assert row.simplest(trial, 3).keys() <= set(row.fields)


@ROWS
def test_in_training_a_row_keeps_a_fraction_and_nothing_where_data_begin_anew(row: Policy) -> None:
    layout = windows.lanes(windows.windows(THREE, 5), 3)
    filled = row.keep(layout, TrialSpec(reset_policy=row.name), np.random.default_rng(0))
    assert filled.shape == layout.offset.shape
    assert filled.dtype == np.float32
    assert ((filled >= 0) & (filled <= 1)).all()
    begins = layout.first & (layout.offset == 0) & (layout.end > 0)
    assert row.between_epochs or (filled[begins] == 0).all()
    assert row.carries or not filled.any()


@ROWS
def test_a_deployed_row_keeps_a_fraction_that_depends_on_nothing_but_a_windows_place_in_its_sequence(
    row: Policy,
) -> None:
    trial, position = TrialSpec(reset_policy=row.name), np.array([0, 1, 2, 0, 1, 2, 3, 4, 5])
    filled = deployed_keep(trial, position, position == 0, whole_lanes=False)
    assert filled.shape == position.shape
    assert filled.dtype == np.float32
    assert ((filled >= 0) & (filled <= 1)).all()
    assert (filled[:3] == filled[3:6]).all()
    alone = [deployed_keep(trial, position[at:][:1], position[at:][:1] == 0, whole_lanes=False) for at in range(9)]
    assert (np.concatenate(alone) == filled).all()
    assert row.carries or not filled.any()


@ROWS
def test_a_row_that_spans_lanes_is_deployed_by_sequence_where_each_lane_held_one(row: Policy) -> None:
    trial, position = TrialSpec(reset_policy=row.name), np.array([0, 1, 2, 0, 1])
    whole, shared = (deployed_keep(trial, position, position == 0, whole_lanes=flag) for flag in (True, False))
    assert np.array_equal(whole, position > 0) if row.spans_lanes else np.array_equal(whole, shared)


@ROWS
def test_a_row_says_whether_its_resets_are_drawn(row: Policy) -> None:
    trial = TrialSpec(reset_policy=row.name, batch_size=3, window=5)
    first, second = (epochs.training_plan(trial, THREE, epoch, 0).keep for epoch in (0, 1))
    assert (first != second).any() == row.drawn == epochs.changes(trial)


@pytest.mark.parametrize("policy", sorted(policies.POLICIES))
def test_every_policy_but_those_that_carry_between_epochs_starts_each_at_zero(policy: str) -> None:
    assert (planned(reset_policy=policy).keep[0] == 0).all() == (not policies.POLICIES[policy].between_epochs)


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
    first, again, second = (epochs.training_plan(spec, THREE, epoch, 0).keep for epoch in (0, 0, 1))
    assert (first == again).all()
    assert (first != second).any()


def test_carried_timesteps_count_back_to_the_last_reset() -> None:
    # windows of 5, but for one of 2: the lanes' states are 0 to 25, 0 to 22 and 0 to 25 timesteps old
    assert planned(reset_policy="every_epoch").carried_timesteps == pytest.approx((75 + 69 + 75) / 18)
    assert planned(reset_policy="every_batch").carried_timesteps == 0


def test_where_lanes_are_cut_and_the_split_begins_does_not_show_in_the_resets_of_an_evaluation() -> None:
    spec = TrialSpec(reset_policy="every_n_batches", reset_interval=3, window=5, batch_size=3)
    split = Sequences(np.array([502]), np.array([2000]), np.array([0]))
    matched = epochs.evaluation_plans(spec, split, sequences(502), feed(2400))["matched"]
    assert matched.plan.lanes > 1
    live = matched.plan.end > matched.plan.begin
    window = matched.plan.offset[live] // 5
    assert (matched.plan.keep[live] == (window % 3 != 0)).all()


@pytest.mark.parametrize("name", sorted(policies.POLICIES))
def test_a_trial_that_is_over_sooner_treats_state_in_each_epoch_as_the_longer_one_did(name: str) -> None:
    fields = {"carry_start": 0.4} if "carry_start" in policies.POLICIES[name].fields else {}
    given = {"reset_policy": name, "window": 5, "batch_size": 3, "epochs": 10, **fields}
    longer = TrialSpec.model_validate(given)
    for count in range(1, 11):
        shorter = at_epochs(longer, count)
        assert shorter.epochs == count
        for epoch in range(count):
            own, other = (epochs.training_plan(spec, THREE, epoch, seed=0).keep for spec in (longer, shorter))
            np.testing.assert_array_equal(own, other)


@ROWS
def test_nothing_happens_to_the_state_where_a_split_ends_inside_a_window(row: Policy) -> None:
    spec = TrialSpec(reset_policy=row.name, reset_interval=2, window=5, batch_size=3)
    split = Sequences(np.array([50, 107]), np.array([73, 117]), np.array([0, 100]))
    plans = epochs.evaluation_plans(spec, split, sequences(50, 7), feed(100, 60))
    for plan in (plans["carried"], plans["matched"]):
        rest = continued(plan.run)
        assert list(plan.run.offset[rest]) == [73]
        assert (plan.keep[rest] == 1).all()
        assert plan.keep[0] == 0
