"""The smallest carry that suffices."""

import numpy as np

from sweep.comparison.selection import Cell, Selection
from sweep.comparison.smallest_carry import Carry, carrying_base, ladder, smallest_carry
from sweep.core.trials import Trial
from tests.workers.worlds import sequences
from workers.spec import TrialSpec

NOISE = np.array([-0.1, 0, 0.1])  # a standard error of 0.058


def carry(interval: int | None, timesteps: float, mean: float) -> Carry:
    return Carry(timesteps, mean + NOISE, interval)


SHORT, MIDDLE, LONG = carry(2, 10, 1.3), carry(4, 30, 1.05), carry(16, 150, 1.0)
WHOLE = carry(None, 900, 0.99)  # every_epoch


def test_it_is_the_shortest_within_one_standard_error_of_the_best() -> None:
    assert smallest_carry([SHORT, MIDDLE, LONG]) is MIDDLE


def test_another_policy_can_be_the_best_but_not_the_smallest_carry() -> None:
    assert smallest_carry([SHORT, MIDDLE, LONG, WHOLE]) is LONG
    assert smallest_carry([SHORT, MIDDLE, WHOLE]) is None


def test_short_is_meant_in_timesteps_not_in_batches() -> None:
    small_batches = carry(8, 12, 1.02)
    assert smallest_carry([MIDDLE, LONG, small_batches]) is small_batches


def test_what_diverged_once_does_not_suffice() -> None:
    assert smallest_carry([Carry(1, np.array([1, 1, np.nan]), 2), LONG]) is LONG


def test_one_seed_has_no_standard_error() -> None:
    assert smallest_carry([Carry(10, np.ones(1), 2)]) is None


TRAIN = sequences(2400)  # 13 batches of 16 windows of 12


def champion(**fields: object) -> Trial:
    form = TrialSpec.model_validate({"learning_rate": 0.005, **fields})
    return Trial(0, form, form, "key", seed=0)


def test_a_ladder_is_one_configuration_with_other_intervals() -> None:
    best = champion(reset_policy="every_n_batches", reset_interval=4)
    rungs = ladder(best, [8, 2, 8], TRAIN)
    assert [rung.canonical for rung in rungs] == [
        best.canonical.model_copy(update={"reset_interval": n}) for n in (2, 8)
    ]


def test_a_ladder_may_be_of_another_arm_that_carries() -> None:
    (rung,) = ladder(champion(reset_policy="decay", state_decay=0.5), [2], TRAIN)
    assert rung.canonical == champion(reset_policy="every_n_batches", reset_interval=2).canonical


def test_an_interval_as_long_as_the_epoch_is_no_rung() -> None:
    (rung,) = ladder(champion(reset_policy="never"), [12, 13], TRAIN)
    assert rung.canonical.reset_interval == 12


def chosen(**settings: str) -> Selection:
    return Selection("stateless", {"stateless": "A", **settings})


STATELESS = champion(stateful=False)
CARRYING = {
    Cell("never", "A"): champion(reset_policy="never"),
    Cell("never", "B"): champion(reset_policy="never", units=8),
}


def test_it_stands_at_the_setting_of_the_reference() -> None:
    cells = {Cell("stateless", "A"): STATELESS, **CARRYING}
    assert carrying_base(cells, chosen(never="B")) is CARRYING[Cell("never", "A")]


def test_an_arm_without_a_cell_there_stands_at_its_own() -> None:
    cells = {Cell("stateless", "A"): STATELESS, Cell("never", "B"): CARRYING[Cell("never", "B")]}
    assert carrying_base(cells, chosen(never="B")) is CARRYING[Cell("never", "B")]


def test_the_policy_with_intervals_comes_before_others_that_carry() -> None:
    interval = champion(reset_policy="every_n_batches")
    cells = {Cell("stateless", "A"): STATELESS, Cell("every_n_batches", "A"): interval, **CARRYING}
    assert carrying_base(cells, chosen(never="B", every_n_batches="A")) is interval


def test_where_nothing_carries_there_is_no_ladder() -> None:
    assert carrying_base({Cell("stateless", "A"): STATELESS}, chosen()) is None
    assert ladder(None, [2], TRAIN) == []
