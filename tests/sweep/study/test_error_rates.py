"""Whole studies, search included, with made-up errors: how often equal arms are told apart, and effects are found."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from scipy.stats import binom
from typing_extensions import override

from benchmarks.calibration.made_up import Effect, Luck, MadeUpTrainer
from benchmarks.calibration.studies import Design, verdict
from sweep.comparison import smallest_difference
from sweep.comparison.verdict import Verdict
from sweep.config.sections import StudyConfig
from sweep.config.space import Range
from sweep.config.strategies import Tpe
from sweep.study.versions import DRAWS
from tests.sampling import IS_WHOLE, sampled
from workers.plans.arms import STATELESS

pytestmark = pytest.mark.lengthy

WAVES = 13.0  # by which so many timesteps tell their luck
STUDIES = 30  # by which the rules of draws are compared
TIMESTEPS = 200  # scored, of benchmarks.calibration.studies.dataset
LUCKS = {
    "seeds": Luck(seeds=0.01, test_data=0.0),
    "seeds and test data alike": Luck(seeds=0.01, test_data=0.01),
    "test data": Luck(seeds=0.003, test_data=0.01),
    "much of both": Luck(seeds=0.03, test_data=0.02),
}
STEADY = Luck(seeds=0.005, test_data=0.002)


def studies(count: int, design: Design, luck: Luck, **others: Any) -> list[Verdict]:
    """Verdicts of so many studies, each of other data."""
    return [verdict(design, MadeUpTrainer(TIMESTEPS, world, luck, **others), seed=world) for world in range(count)]


def told_apart(found: Verdict) -> bool:
    return any(row.decision in ("better", "worse") for row in found.arms)


def most_by_chance(count: int) -> float:
    """Of so many studies, how many a rate of 5 % tells apart at most, in 19 of 20 such tests."""
    return float(binom.ppf(0.95, count, 0.05))


def better(found: Verdict) -> set[str]:
    return {row.arm for row in found.arms if row.decision == "better"}


def everywhere(size: float) -> Effect:
    """Arms that carry have this much more error, at every setting."""

    def effect(arm: str, _fields: Mapping[str, Any]) -> float:
        return 0.0 if arm in STATELESS else size

    return effect


def test_equal_arms_are_rarely_told_apart() -> None:
    assert sum(map(told_apart, studies(60, Design(), LUCKS["seeds and test data alike"]))) <= most_by_chance(60)


@pytest.mark.campaign
@pytest.mark.timeout(1800)  # a minute on a quiet machine
@pytest.mark.parametrize("luck", sampled([*LUCKS], 1))
def test_equal_arms_are_told_apart_in_one_study_of_twenty_at_most(luck: str) -> None:
    count = 500 if IS_WHOLE else 200
    assert sum(map(told_apart, studies(count, Design(), LUCKS[luck]))) <= most_by_chance(count)


@pytest.mark.campaign
@pytest.mark.timeout(1800)  # a minute on a quiet machine
def test_seven_equal_arms_are_told_apart_no_more_often() -> None:
    count = 200 if IS_WHOLE else 80
    design = Design(policies=("every_epoch", "never", "decay", "random", "every_n_batches"), trials=28)
    assert sum(map(told_apart, studies(count, design, LUCKS["seeds and test data alike"]))) <= most_by_chance(count)


def test_by_their_champions_alone_equal_arms_would_be_told_apart_in_most_studies() -> None:
    found = studies(20, Design(crossed=False), LUCKS["seeds"])
    assert sum(map(told_apart, found)) >= 0.5 * 20


def test_on_one_data_set_no_arm_is_better_under_one_seed_and_worse_under_another() -> None:
    trainer = MadeUpTrainer(TIMESTEPS, 7, LUCKS["seeds"])
    found: Counter[tuple[str, str]] = Counter()
    for seed in range(10):
        found.update((row.arm, row.decision) for row in verdict(Design(), trainer, seed).arms)
    assert not {arm for arm, decision in found if decision == "better"} & {
        arm for arm, decision in found if decision == "worse"
    }


@pytest.mark.representative
def test_an_effect_of_5_per_cent_at_every_setting_is_found_in_nine_of_ten_studies() -> None:
    found = [better(each) for each in studies(20, Design(), STEADY, effect=everywhere(-0.05))]
    for arm in ("every_epoch", "never"):
        assert sum(arm in names for names in found) >= 0.9 * 20


@pytest.mark.slow
def test_arms_that_are_5_per_cent_worse_are_called_so() -> None:
    found = studies(20, Design(), STEADY, effect=everywhere(0.05))
    assert sum(sum(row.decision == "worse" for row in each.arms) for each in found) >= 0.9 * 40
    assert not any(map(better, found))


def test_an_arm_that_is_better_at_settings_of_its_own_alone_is_found() -> None:
    def effect(arm: str, fields: Mapping[str, Any]) -> float:
        return -0.05 if arm == "never" and fields["cell"] == "GRU" else 0.0

    luck = Luck(settings=0.02, seeds=0.005, test_data=0.002)
    found = [better(each) for each in studies(20, Design(), luck, effect=effect)]
    assert sum("never" in names for names in found) >= 0.9 * 20
    assert sum("every_epoch" in names for names in found) <= 2


@pytest.mark.slow
def test_an_effect_of_either_sign_by_setting_is_no_effect_of_state() -> None:
    def effect(arm: str, fields: Mapping[str, Any]) -> float:
        if arm in STATELESS:
            return 0.0 if fields["cell"] == "GRU" else -0.03
        return -0.05 if fields["cell"] == "GRU" else 0.05

    found = [
        row
        for each in studies(20, Design(), Luck(settings=0.01, seeds=0.003, test_data=0.001), effect=effect)
        for row in each.arms
    ]
    carrying = [row for row in found if row.arm not in STATELESS]
    depends = [row for row in carrying if row.obstacle == "setting"]
    assert len(depends) >= 0.5 * len(carrying)


@pytest.mark.campaign
@pytest.mark.timeout(1800)  # a minute on a quiet machine
@pytest.mark.parametrize("times", sampled([1.5, 2.0, 5.0], 1))
def test_arms_that_differ_by_more_than_the_margin_are_rarely_called_equivalent(times: float) -> None:
    margin, count = 0.01, 200 if IS_WHOLE else 80
    wrong = 0
    for world in range(count):
        trainer = MadeUpTrainer(TIMESTEPS, world, Luck(seeds=0.01, test_data=0.005), everywhere(times * margin))
        rows = verdict(Design(policies=("every_epoch",), margin=margin), trainer, world).arms
        wrong += any(row.decision == "equivalent" for row in rows if row.arm not in STATELESS)
    assert wrong <= 0.05 * count


@pytest.mark.slow
def test_a_placebo_is_told_apart_as_rarely() -> None:
    found = studies(40, Design(placebo=True, trials=24), LUCKS["seeds"])
    assert sum(each.placebo is not None and each.placebo.decision in ("better", "worse") for each in found) <= 0.15 * 40


@pytest.mark.slow
@dataclass(frozen=True)
class Uneven(Design):
    """A study in which some draws lead to another arm, and whose random trials do not come in whole rounds.

    Its arms are compared by their champions alone, so that the luck of the draw is taken for an arm's merit.
    """

    rule: int = DRAWS

    @property
    @override
    def draws(self) -> int:
        return self.rule

    @override
    def config(self, seed: int) -> StudyConfig:
        plain = super().config(seed)
        space = {**plain.space, "reset_interval": Range(low=2, high=64)}
        sampler = Tpe(n_startup_trials=self.trials - 2)
        return plain.model_copy(update={"space": space, "sampler": sampler})


def test_draws_that_are_alike_tell_equal_arms_apart_no_oftener_than_those_of_the_first_rule() -> None:
    def wrong(*, crossed: bool, rule: int) -> int:
        design = Uneven(policies=("every_n_batches",), trials=10, crossed=crossed, rule=rule)
        return sum(map(told_apart, studies(STUDIES, design, Luck(settings=0.05, seeds=0.003, test_data=0.0))))

    assert wrong(crossed=True, rule=DRAWS) <= 0.15 * STUDIES
    assert wrong(crossed=False, rule=DRAWS) <= wrong(crossed=False, rule=1) + 2


@pytest.mark.slow
def test_the_smallest_difference_that_was_foreseen_is_found_in_four_of_five_whole_studies() -> None:
    luck = Luck(settings=0.05, seeds=0.01, test_data=0.005)
    spread = smallest_difference.Spread(luck.seeds, 2 * luck.test_data**2, WAVES)
    design = smallest_difference.Design(Design().seeds, 0.0375 / 3, Design().margin)
    size = smallest_difference.smallest_difference(design, spread)

    def effect(arm: str, _fields: Mapping[str, Any]) -> float:
        return -size if arm == "never" else 0.0

    found = studies(40, Design(), luck, effect=effect)
    assert sum("never" in better(each) for each in found) >= 0.7 * 40
