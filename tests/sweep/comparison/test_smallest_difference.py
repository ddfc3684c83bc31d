"""What a comparison would probably find is what its verdicts find, simulated."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from sweep.comparison.data_luck import mean_luck
from sweep.comparison.looks_spending import spent
from sweep.comparison.question import Scores
from sweep.comparison.smallest_difference import (
    POWER,
    Design,
    Spread,
    chance_of_equality,
    chance_to_find,
    fewest_seeds,
    smallest_difference,
)
from tests.cases import shown
from tests.sweep.comparison.arms import TIMESTEPS, at_one_setting, row, verdict
from tests.sweep.comparison.cells import cell, record, remembering

pytestmark = pytest.mark.lengthy

STUDIES = 300
NOISE = 0.07  # three standard errors of a share of 0.8 among so many
DESIGN = Design(10, spent(0.05, 0))
SPREAD = Spread(0.01, 0.01**2, 20.0)


class World:
    """Made-up runs: an error with a level, by the seed, and by a pattern along the test split of each cell's own."""

    def __init__(self, spread: Spread, memory: float, seeds: int) -> None:
        self._rng = np.random.default_rng(seeds)
        self._spread, self._memory, self._seeds = spread, memory, seeds

    def scores(self, level: float) -> Scores:
        """A cell of this error."""
        lasting = np.sqrt(
            TIMESTEPS * (1 - self._memory) / (1 + self._memory)
        )  # what makes a series' luck that of its mean
        pattern = np.sqrt(self._spread.test_data / 2) * lasting * remembering(self._memory, 1, TIMESTEPS, rng=self._rng)
        skill = self._spread.seeds * self._rng.normal(size=(self._seeds, 1))
        losses = level * (1 + pattern + skill)
        errors = losses.mean(axis=1)
        return Scores(cell(losses, seeds=range(4, 4 + self._seeds)), validation=errors, test=errors)

    def decision(self, arms: Mapping[str, float], *, crossed: bool, margin: float) -> str:
        """What is said of the first of these arms, whose errors are given; the reference's is 1."""
        if not crossed:
            cells = {name: self.scores(error) for name, error in {"stateless": 1.0, **arms}.items()}
            return row(next(iter(arms)), at_one_setting(cells, margin=margin)).decision
        deciding = {("stateless", "R"): self.scores(1.0)}
        for name, error in arms.items():
            deciding |= {(name, name): self.scores(error), ("stateless", name): self.scores(1.0)}
        settings = {"stateless": "R", **{name: name for name in arms}}
        return row(next(iter(arms)), verdict(deciding, settings, margin=margin)).decision


def known_freedom(memory: float) -> float:
    """Degrees of freedom with which such a record tells its luck."""
    rng = np.random.default_rng(0)
    lucks = (mean_luck(remembering(memory, 1, TIMESTEPS, rng=rng)[0], record(TIMESTEPS)) for _ in range(50))
    return float(np.mean([luck[1] for luck in lucks if luck]))


@pytest.mark.parametrize(
    ("design", "seeds_luck", "data_luck", "memory", "others"),
    shown(
        [
            (Design(10, 0.0375, 0.01, crossed=True), 0.01, 0.014, 0.5, 0),
            (Design(10, 0.0375, 0.01, crossed=True), 0.002, 0.0014, 0.0, 0),  # the margin is the hurdle
            (Design(3, 0.0375, crossed=False), 0.02, 0.001, 0.0, 0),
            (Design(5, 0.0375 / 3, 0.01, crossed=True), 0.02, 0.01, 0.0, 2),
            (Design(10, 0.0375, 0.01, crossed=False), 0.003, 0.03, 0.5, 0),
        ],
        count=2,
    ),
)
def test_the_smallest_difference_is_found_in_four_of_five_studies(
    design: Design, seeds_luck: float, data_luck: float, memory: float, others: int
) -> None:
    spread = Spread(seeds_luck, data_luck**2, known_freedom(memory))
    world, smallest = World(spread, memory, design.seeds), smallest_difference(design, spread)
    arms = {"every_epoch": 1 - smallest, **{f"other {number}": 1.0 for number in range(others)}}
    said = [world.decision(arms, crossed=design.crossed, margin=design.margin) for _ in range(STUDIES)]
    assert said.count("better") / STUDIES == pytest.approx(POWER, abs=NOISE)


def test_equal_arms_are_shown_to_be_equal_as_often_as_expected() -> None:
    margin, design = 0.028, Design(10, 0.0375, crossed=False)
    spread = Spread(0.01, 0.008**2, known_freedom(0.0))
    world = World(spread, 0.0, design.seeds)
    said = [world.decision({"never": 1.0}, crossed=False, margin=margin) for _ in range(STUDIES)]
    expected = chance_of_equality(margin, design, spread)
    assert 0.4 < expected < 0.8
    assert said.count("equivalent") / STUDIES == pytest.approx(expected, abs=0.08)


def test_the_chance_of_the_smallest_difference_is_four_of_five() -> None:
    for design in (DESIGN, replace(DESIGN, crossed=False), replace(DESIGN, margin=0.03)):
        assert chance_to_find(smallest_difference(design, SPREAD), design, SPREAD) == pytest.approx(POWER, abs=1e-6)


def test_more_seeds_and_less_luck_find_smaller_differences() -> None:
    smallest = smallest_difference(DESIGN, SPREAD)
    assert smallest_difference(replace(DESIGN, seeds=20), SPREAD) < smallest
    assert smallest_difference(DESIGN, SPREAD._replace(seeds=0.005)) < smallest
    assert smallest_difference(DESIGN, SPREAD._replace(test_data=0.005**2)) < smallest
    assert smallest_difference(DESIGN, SPREAD._replace(freedom=5.0)) > smallest
    assert smallest_difference(replace(DESIGN, alpha=0.01), SPREAD) > smallest
    assert smallest_difference(replace(DESIGN, crossed=False), SPREAD) < smallest


def test_no_smaller_difference_than_the_margin_is_found() -> None:
    no_luck = Spread(0.0, 0.0, 20.0)
    assert smallest_difference(replace(DESIGN, margin=0.05), no_luck) == pytest.approx(0.05)
    assert smallest_difference(DESIGN, no_luck) == pytest.approx(0.0, abs=1e-9)


def test_where_the_luck_of_the_test_data_is_unknown_nothing_is_found() -> None:
    for spread in (Spread(0.01, np.inf, 1.0), Spread(0.01, 0.01**2, 0.0)):
        assert smallest_difference(DESIGN, spread) == np.inf
        assert fewest_seeds(0.05, DESIGN, spread) is None


def test_the_fewest_seeds_find_the_difference_and_one_less_does_not() -> None:
    seeds = fewest_seeds(0.04, DESIGN, SPREAD._replace(seeds=0.03))
    assert seeds is not None
    enough, below = (
        chance_to_find(0.04, replace(DESIGN, seeds=n), SPREAD._replace(seeds=0.03)) for n in (seeds, seeds - 1)
    )
    assert below < POWER <= enough


def test_no_number_of_seeds_makes_up_for_too_few_test_data() -> None:
    assert fewest_seeds(0.01, DESIGN, SPREAD) is None
