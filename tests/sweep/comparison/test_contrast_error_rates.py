"""How often contrasts err, over thousands of made-up comparisons, and how often they find what is there."""

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from sweep.comparison.cell_contrast import averaged_contrast, contrast
from sweep.comparison.cell_runs import CellRuns
from sweep.comparison.holm import holm
from tests.cases import shown
from tests.sweep.comparison.cells import cell, record, remembering

pytestmark = pytest.mark.lengthy

Floats = NDArray[np.floating]

ALPHA = 0.05
TIMESTEPS = 300
ERROR = 20.0
LUCK = 0.05  # standard deviation of an arm's mean error by the luck of the test data


def cells(
    arms: int, seeds: int, ratio: float, rng: np.random.Generator, *, memory: float = 0.0, apart: float = 0.0
) -> list[CellRuns]:
    """Arms that are equally good.

    ratio   of the variances of an arm's mean error by seeds and by test data
    memory  of what the test data do to an arm's losses
    apart   what single seeds do at single timesteps, as a part of the luck of the test data
    """
    lasting = np.sqrt(TIMESTEPS * (1 - memory) / (1 + memory))  # what makes of a series' luck that of its mean
    series = LUCK * lasting * remembering(memory, arms, 1, TIMESTEPS, rng=rng)
    skill = LUCK * np.sqrt(ratio * seeds) * rng.normal(size=(arms, seeds, 1))
    noise = apart * LUCK * np.sqrt(TIMESTEPS * seeds) * rng.normal(size=(arms, seeds, TIMESTEPS))
    return [cell(losses) for losses in ERROR + series + skill + noise]


def p_values(repeats: int, arms: int, seeds: int, ratio: float, **others: float) -> Iterator[list[float]]:
    """Of each arm against the first, comparison by comparison."""
    rng = np.random.default_rng(seeds + arms)
    for _ in range(repeats):
        reference, *rest = cells(arms + 1, seeds, ratio, rng, **others)
        yield [contrast(arm, reference, record(TIMESTEPS), 0.0).p for arm in rest]


@pytest.mark.sampled(4)
@pytest.mark.parametrize("seeds", shown([10, 5, 30]))
@pytest.mark.parametrize("ratio", shown([1.0, 0.01, 100.0, 0.1, 10.0]))
def test_two_cells_that_do_not_differ_are_told_apart_as_often_as_promised(ratio: float, seeds: int) -> None:
    wrong = [p < ALPHA for (p,) in p_values(1500, 1, seeds, ratio)]
    assert 0.03 <= np.mean(wrong) <= 0.065


@pytest.mark.sampled(3)
@pytest.mark.parametrize("arms", shown([4, 7]))
@pytest.mark.parametrize(("ratio", "seeds"), shown([(1.0, 10), (0.01, 10), (1.0, 5), (100.0, 10)]))
def test_of_several_arms_any_is_told_apart_no_oftener_than_promised(arms: int, ratio: float, seeds: int) -> None:
    wrong = [min(holm(p)) < ALPHA for p in p_values(600, arms, seeds, ratio)]
    assert np.mean(wrong) <= 0.065


@pytest.mark.parametrize("ratio", shown([1.0, 0.01]))
@pytest.mark.parametrize("memory", shown([0.5, 0.0]))
def test_what_single_seeds_do_at_single_timesteps_is_not_counted_twice(memory: float, ratio: float) -> None:
    wrong = [p < ALPHA for (p,) in p_values(1500, 1, 10, ratio, memory=memory, apart=1.0)]
    assert 0.03 <= np.mean(wrong) <= 0.065


@pytest.mark.parametrize("ratio", shown([1.0, 0.01, 0.3]))
def test_losses_that_remember_long_mislead_a_little_oftener(ratio: float) -> None:
    wrong = [p < ALPHA for (p,) in p_values(1500, 1, 10, ratio, memory=0.9)]
    assert 0.03 <= np.mean(wrong) <= 0.075


@pytest.mark.sampled(2)
@pytest.mark.parametrize("factor", shown([0.8, 1.0, 2.0]))
@pytest.mark.parametrize("root", shown([True, False]))
@pytest.mark.representative
def test_nineteen_of_twenty_intervals_contain_the_relative_difference(root: bool, factor: float) -> None:
    """Also where seeds vary by a twentieth of the error, so that the reference's own luck matters."""
    rng, covered = np.random.default_rng(0), []
    for _ in range(1500):
        errors = (1 + 0.05 * rng.normal(size=(2, 6, 1))) * (1 + 0.3 * remembering(0.5, 2, 1, TIMESTEPS, rng=rng))
        arm, reference = np.array([factor, 1.0])[:, None, None] * np.maximum(errors, 0)
        own, other = (cell(losses**2 if root else losses, root=root) for losses in (arm, reference))
        low, high = contrast(own, other, record(TIMESTEPS), 0.0).interval(0.95)
        covered.append(low <= factor - 1 <= high)
    assert np.mean(covered) == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize("spread", shown([0.1, 0.0, 1.0]))
def test_settings_that_do_not_differ_on_average_are_told_apart_as_often_as_promised(spread: float) -> None:
    """Whether their differences vary or not; the luck of seeds has a standard deviation of 0.1."""
    rng, wrong = np.random.default_rng(0), []
    for _ in range(600):
        pairs = []
        for shift in spread * rng.normal(size=5):
            arm, reference = cells(2, 3, 1.0, rng)
            pairs.append((cell(arm.finished_losses + shift), reference))
        wrong.append(averaged_contrast(pairs, record(TIMESTEPS), 0.0).p < ALPHA)
    assert 0.02 <= np.mean(wrong) <= 0.065


def found(seeds: int, run_luck: float) -> float:
    """How often an arm that is better by twice the luck of the test data is told apart."""
    rng, hits = np.random.default_rng(0), []
    for _ in range(400):
        reference, arm = cells(2, seeds, run_luck / seeds, rng)
        better = cell(arm.finished_losses - 2 * LUCK)
        hits.append(contrast(better, reference, record(TIMESTEPS), 0.0).p < ALPHA)
    return float(np.mean(hits))


def test_more_seeds_find_more() -> None:
    assert found(5, run_luck=10.0) < 0.5 * found(40, run_luck=10.0)


def test_more_seeds_find_no_more_where_the_luck_is_that_of_the_test_data() -> None:
    assert found(5, run_luck=0.01) == pytest.approx(found(20, run_luck=0.01), abs=0.05)


def test_beliefs_are_as_often_right_as_they_are_strong() -> None:
    """Where true differences are spread widely, of beliefs of 80 to 90 % that the arm is better 85 % are true."""
    rng, strong = np.random.default_rng(0), []
    for _ in range(3000):
        shift = 0.5 * rng.normal()
        arm, reference = cells(2, 6, 1.0, rng)
        better = (
            contrast(cell(arm.finished_losses + shift), reference, record(TIMESTEPS), 0.0).probabilities(0.0).better
        )
        if 0.8 < better < 0.9:
            strong.append(shift < 0)
    assert np.mean(strong) == pytest.approx(0.85, abs=0.06)
