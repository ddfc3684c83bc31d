"""Rivals of plain carrying: state passed at random late in training, lanes that rotate, windows of varied length."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workers.engine.training_helpers import losses, train
from tests.workers.plans.test_windows import scored
from tests.workers.worlds import feed, regression, sequences
from workers.engine.training import Trainer
from workers.plans import epochs, policies, windows
from workers.plans.equivalence import canonical
from workers.spec import TrialSpec

THREE = sequences(30, 17, 38)  # 6, 4 and 8 windows of 5
SMALL = {"units": 4, "window": 5, "batch_size": 3, "epochs": 10}
VARIED = ({"rotate_lanes": True}, {"window_jitter": 0.6}, {"rotate_lanes": True, "window_jitter": 0.6})


def small(**fields: object) -> TrialSpec:
    return TrialSpec.model_validate({**SMALL, **fields})


def planned(epoch: int, **fields: object) -> windows.EpochPlan:
    return epochs.training_plan(small(**fields), THREE, epoch, seed=0)


def test_random_state_passing_carries_nothing_before_its_start_and_then_as_ever() -> None:
    late, always = ({"reset_policy": "random", "carry_start": start} for start in (0.8, 0.0))
    assert all((planned(epoch, **late).keep == 0).all() for epoch in range(8))
    assert all((planned(epoch, **late).keep == planned(epoch, **always).keep).all() for epoch in (8, 9))
    assert (planned(8, **late).keep > 0).any()


@pytest.mark.parametrize(("asked", "same"), [(0.04, 0.0), (0.31, 0.3), (0.3, 0.3)])
def test_starts_in_the_same_epoch_are_one_trial(asked: float, same: float) -> None:
    assert canonical(small(reset_policy="random", carry_start=asked), THREE).carry_start == same


def test_random_state_passing_is_scored_as_it_ends() -> None:
    specs = [small(reset_policy="random", carry_start=start) for start in (0.8, 0.0)]
    late, always = (epochs.evaluation_plans(s, sequences(400), THREE, feed(400))["matched"].plan.keep for s in specs)
    assert np.array_equal(late, always)


lengths = st.lists(st.integers(1, 60), min_size=1, max_size=6)
varied = st.builds(
    small,
    reset_policy=st.sampled_from(sorted(policies.POLICIES)),
    batch_size=st.integers(1, 9),
    window=st.integers(1, 20),
    rotate_lanes=st.booleans(),
    window_jitter=st.floats(0, 1),
)


@given(varied, lengths, st.integers(0, 9))
def test_each_timestep_is_scored_once_an_epoch(spec: TrialSpec, lengths: list[int], epoch: int) -> None:
    layout = epochs.training_plan(spec, sequences(*lengths), epoch, seed=0)
    assert sorted(scored(layout)) == list(range(sum(lengths)))
    assert layout.end.max() <= spec.window


@given(varied, lengths, st.integers(0, 9))
def test_a_lane_goes_on_where_it_stopped_or_enters_a_sequence(spec: TrialSpec, lengths: list[int], epoch: int) -> None:
    layout = epochs.training_plan(spec, sequences(*lengths), epoch, seed=0)
    follows = layout.offset[1:] == layout.offset[:-1] + layout.end[:-1]
    enters = np.isin(layout.offset[1:], sequences(*lengths).start)
    assert (follows | enters | (layout.end[1:] == 0)).all()


@given(varied, lengths, st.integers(0, 9))
def test_the_end_of_the_data_is_not_carried_into_their_beginning(
    spec: TrialSpec, lengths: list[int], epoch: int
) -> None:
    layout = epochs.training_plan(spec, sequences(*lengths), epoch, seed=0)
    begins = (layout.offset == 0) & (layout.end > 0)
    assert spec.reset_policy == "never" or (layout.keep[begins] == 0).all()


@given(st.integers(1, 12), st.integers(0, 8), lengths, st.integers(0, 99))
def test_varied_windows_are_neither_too_long_nor_too_short_but_at_the_end(
    shortest: int, more: int, lengths: list[int], seed: int
) -> None:
    cut = windows.varied_windows(sequences(*lengths), shortest, shortest + more, np.random.default_rng(seed))
    last = np.append(cut.first[1:], True)
    assert (cut.end <= shortest + more).all()
    assert (cut.end[~last] >= shortest).all()


@pytest.mark.parametrize("fields", VARIED)
def test_lanes_are_cut_anew_each_epoch_and_the_same_from_the_same_seed(fields: dict[str, object]) -> None:
    first, again, second = (planned(epoch, **fields) for epoch in (0, 0, 1))
    assert np.array_equal(first.offset, again.offset)
    assert not np.array_equal(first.offset, second.offset)


def test_rotated_lanes_hold_the_windows_in_their_order() -> None:
    cut = windows.windows(THREE, 5)
    turned = windows.lanes(cut, 3, turn=4).offset.T.ravel()
    assert np.array_equal(turned, np.roll(cut.offset, -4))


@pytest.mark.parametrize(("asked", "same"), [(0.05, 0.0), (0.41, 0.4), (1.0, 0.8)])
def test_jitters_that_cut_off_as_much_are_one_trial(asked: float, same: float) -> None:
    assert canonical(small(window_jitter=asked), THREE).window_jitter == same


@pytest.mark.parametrize("fields", VARIED)
def test_varied_lanes_may_hold_two_sequences_even_where_plain_ones_hold_one(fields: dict[str, object]) -> None:
    assert canonical(small(), sequences(30, 30, 30)).arm == "every_epoch"
    assert canonical(small(**fields), sequences(30, 30, 30)).arm == "every_sequence"


def test_a_trial_that_carries_nothing_has_the_plan_of_a_stateless_one() -> None:
    forms = [
        canonical(small(**fields), THREE)
        for fields in ({"reset_policy": "every_batch", **VARIED[2]}, {"stateful": False})
    ]
    plans = [epochs.training_plan(form, THREE, 3, seed=0) for form in forms]
    assert all(np.array_equal(*values) for values in zip(*(vars(p).values() for p in plans), strict=True))


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    return Trainer(regression((70, 33, 91)))


@pytest.mark.parametrize("fields", [*VARIED, {"reset_policy": "random", "carry_start": 0.5}])
@pytest.mark.lengthy
def test_the_size_of_a_segment_never_changes_a_result(trainer: Trainer, fields: dict[str, object]) -> None:
    spec = small(epochs=3, **fields)
    assert losses(trainer, spec, seconds=0.0) == losses(trainer, spec)


def test_windows_of_varied_length_take_more_steps_and_each_epoch_its_own(trainer: Trainer) -> None:
    plain, jittered = (train(trainer, small(epochs=3, window_jitter=j))[0] for j in (0.0, 0.6))
    assert len({report.metrics["updates"] for report in plain}) == 1
    assert len({report.metrics["updates"] for report in jittered}) > 1
    assert min(r.metrics["updates"] for r in jittered) > plain[0].metrics["updates"]
