"""Rolling origins: how they are put together, how often they mislead, and what they find."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from sweep.comparison.cell_contrast import contrast
from sweep.comparison.cell_runs import CellRuns
from sweep.comparison.contrast import Contrast
from sweep.comparison.scored_timesteps import ScoredTimesteps
from tests.cases import shown
from tests.sweep.comparison.cells import cell, record, remembering

pytestmark = pytest.mark.lengthy

ALPHA = 0.05
TIMESTEPS = 300
ERROR = 20.0
LUCK = 0.05  # standard deviation of the difference by the test data, had there been one origin


def at(origins: int, count: int = TIMESTEPS) -> ScoredTimesteps:
    """A record that is cut into so many stretches."""
    return replace(record(count), origin=np.arange(count) * origins // count) if origins > 1 else record(count)


def test_an_estimate_is_the_mean_over_origins_by_their_timesteps_and_its_variance_that_between_them() -> None:
    """Differences of 1, 2 and 6 in stretches of 20 timesteps: 3, with the variance 7 / 3 and two degrees of freedom."""
    origin = np.repeat([0, 1, 2], 20)
    data = replace(record(60), origin=origin)
    arm = cell([np.array([1.0, 2.0, 6.0])[origin] + 10 + seed for seed in (0.0, 1e-9)])
    found = contrast(arm, cell([np.full(60, 10.0), np.full(60, 10.0 + 1e-9)]), data, 0.0)
    assert found.difference == pytest.approx(0.3)
    assert found.origins.variance() * 10**2 == pytest.approx(7 / 3)
    assert found.origins.freedom == pytest.approx(2)
    assert found.p == pytest.approx(float(2 * stats.t.sf(3 / np.sqrt(7 / 3), 2)))


def test_a_long_stretch_weighs_more() -> None:
    """40 timesteps with a difference of 1, and 20 with one of 4: 2. They tell as much as 1.8 alike ones."""
    origin = np.repeat([0, 1], [40, 20])
    arm = cell([np.array([1.0, 4.0])[origin] + 10 + seed for seed in (0.0, 1e-9)])
    found = contrast(arm, cell([np.full(60, 10.0)] * 2), replace(record(60), origin=origin), 0.0)
    assert found.difference == pytest.approx(0.2)
    assert found.origins.freedom == pytest.approx(0.8)


def test_one_origin_is_todays_contrast_to_the_bit() -> None:
    rng = np.random.default_rng(0)
    arm, reference = (cell(list(ERROR + rng.normal(size=(5, 60)))) for _ in range(2))
    found = contrast(arm, reference, record(), 0.0)
    assert found.origins.variance() == 0
    assert found.parts == (found.arm_seeds, found.reference_seeds, found.test_data, found.settings)


def test_runs_that_are_the_same_differ_by_nothing_at_every_origin() -> None:
    runs = replace(cell(list(np.random.default_rng(0).random((4, 60)))), keys=list("abcd"))
    found = contrast(runs, runs, at(3, 60), 0.0)
    assert found.interval(0.95) == (0, 0)


def made(origins: int, luck: float, rng: np.random.Generator, *, memory: float = 0.0, shift: float = 0.0) -> Contrast:
    """Two arms whose difference varies from origin to origin.

    luck    the standard deviation of an origin's difference, in parts of LUCK
    memory  of what the test data do to an arm's losses
    shift   the true difference, in parts of LUCK
    """
    data = at(origins)
    origin = np.arange(TIMESTEPS) * origins // TIMESTEPS
    lasting = np.sqrt(TIMESTEPS * (1 - memory) / (1 + memory) / 2)
    series = LUCK * lasting * remembering(memory, 2, 1, TIMESTEPS, rng=rng)
    skill = LUCK * rng.normal(size=(2, 5, origins))[:, :, origin]  # of each run, which are one a seed and origin
    arm, reference = ERROR + series + skill
    apart = LUCK * (shift + luck * rng.normal(size=origins))[origin]
    return contrast(cell(list(arm + apart)), cell(list(reference)), data, 0.0)


@pytest.mark.sampled(8)
@pytest.mark.parametrize("memory", shown([0.0, 0.5]))
@pytest.mark.parametrize("luck", shown([2.0, 0.0, 0.5, 1.0, 4.0, 16.0]))
@pytest.mark.parametrize("origins", [3, 4, 6])
def test_equal_arms_are_told_apart_as_seldom_as_promised_however_much_origins_differ(
    origins: int, luck: float, memory: float
) -> None:
    rng = np.random.default_rng(20 + origins)
    assert np.mean([made(origins, luck, rng, memory=memory).p < ALPHA for _ in range(1000)]) <= 0.065


def alone(luck: float, rng: np.random.Generator, shift: float = 0.0) -> Contrast:
    """The same with one origin, whose luck no interval of its own can show."""
    return made(1, luck, rng, shift=shift)


def test_one_origin_misleads_where_origins_differ() -> None:
    """By twice the luck of the test data equal arms are told apart in three studies of ten."""
    rng = np.random.default_rng(0)
    assert np.mean([alone(2.0, rng).p < ALPHA for _ in range(400)]) > 0.2


@pytest.mark.parametrize("origins", shown([6, 4]))
def test_more_origins_find_more_than_one_where_origins_differ(origins: int) -> None:
    """With one, as much would have to be asked for as makes it err as seldom: a smaller p value."""
    rng = np.random.default_rng(0)
    equal = sorted(alone(3.0, rng).p for _ in range(400))
    strict = equal[round(0.05 * len(equal))]
    one = np.mean([alone(3.0, rng, shift=6.0).p < strict for _ in range(400)])
    several = np.mean([made(origins, 3.0, rng, shift=6.0).p < ALPHA for _ in range(400)])
    assert several > one + 0.05


def test_a_run_is_of_its_own_seed_in_every_stretch() -> None:
    """Put together by seed, the seeds' variance is that of their means over origins."""
    rows: list[np.ndarray] = [np.repeat([seed, 3 * seed, 5.0 * seed], 20) + 10 for seed in range(3)]
    runs: CellRuns = cell(rows)
    found = contrast(runs, cell([np.full(60, 10.0)] * 3), at(3, 60), 0.0)
    assert found.arm_seeds.variance() * 100 == pytest.approx(np.var([0, 3, 6], ddof=1) / 3)
