"""Comparisons in which something is rare: mistakes, runs that diverge, runs that are left; and references near zero."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sweep.comparison.cell_contrast import contrast
from sweep.comparison.cell_runs import CellRuns
from sweep.comparison.interval import UNBOUNDED
from sweep.comparison.outliers import outliers
from sweep.comparison.question import Scores
from sweep.comparison.verdict import ArmVerdict
from tests.cases import shown
from tests.sweep.comparison.arms import at_one_setting, row, scores, verdict
from tests.sweep.comparison.cells import cell, level, record

pytestmark = pytest.mark.lengthy

Floats = NDArray[np.floating]
NAIVE = 0.5  # the error rate of a naive forecast


def decided(arm: CellRuns, reference: CellRuns, **question: Any) -> ArmVerdict:
    """What is said of an arm; all that is shown of either are its errors on the test split."""
    named = {"stateless": reference, "never": arm}
    table = {name: Scores(runs, runs.errors, runs.errors) for name, runs in named.items()}
    count = reference.finished_losses.shape[1]
    asked = {"timesteps": record(count), "seeds": 10, **question}
    return row("never", at_one_setting(table, **asked))


def mistakes(wrong: NDArray[np.bool_], seeds: int = 10) -> CellRuns:
    """Each seed is wrong at the same timesteps."""
    return cell([wrong.astype(float)] * seeds)


@pytest.mark.parametrize("count", shown([100, 1, 20]))
def test_arms_of_which_one_seldom_errs_are_not_equivalent_because_the_test_split_has_no_such_timestep(
    count: int,
) -> None:
    rng = np.random.default_rng(0)
    never, seldom = mistakes(np.zeros(count, bool)), [mistakes(rng.random(count) < 0.01) for _ in range(100)]
    found = [decided(arm, never, floor=0.01 * NAIVE).decision for arm in seldom]
    assert "equivalent" not in found


@pytest.mark.parametrize(("count", "decision"), [(400, "equivalent"), (50, "undecided")])
def test_arms_without_mistakes_are_equivalent_where_a_single_one_would_not_matter(count: int, decision: str) -> None:
    none = mistakes(np.zeros(count, bool))
    assert decided(none, none, floor=NAIVE, margin=0.02).decision == decision


def test_equal_losses_of_different_runs_are_not_the_same_runs() -> None:
    one, other = mistakes(np.arange(40) < 4), mistakes(np.arange(40) < 4)
    assert contrast(one, other, record(40), 0.0).interval(0.95).high > 0


def unstable(error: float, diverges: float, rng: np.random.Generator, at_least: int = 1) -> CellRuns:
    """Ten runs with about this error, some of which diverge."""
    lost = rng.random(10) < diverges
    lost[: at_least if diverges else 0] = True
    return level(*(None if gone else error * (1 + 0.01 * rng.normal()) for gone in lost))


@pytest.mark.parametrize("diverges", shown([0.1, 0.05]))
def test_a_reference_that_diverges_now_and_then_hides_no_better_arm(diverges: float) -> None:
    rng = np.random.default_rng(0)
    found = [decided(unstable(0.6, 0, rng), unstable(1.0, diverges, rng)).decision for _ in range(40)]
    assert set(found) == {"better"}


def test_a_worse_arm_that_diverges_too_is_worse() -> None:
    rng = np.random.default_rng(0)
    found = [decided(unstable(2.0, 0.05, rng), unstable(1.0, 0, rng)).decision for _ in range(40)]
    assert set(found) == {"worse"}


def test_a_reference_that_diverges_makes_no_small_difference_a_large_one() -> None:
    rng = np.random.default_rng(0)
    found = decided(level(*(0.995 + 1e-5 * rng.normal(size=10))), level(None, *(1 + 1e-5 * rng.normal(size=9))))
    assert (found.decision, found.obstacle) == ("undecided", "margin")


def test_better_runs_of_an_arm_that_diverges_are_undecided() -> None:
    rng = np.random.default_rng(0)
    found = [decided(unstable(0.6, 0.05, rng), unstable(1.0, 0, rng)) for _ in range(40)]
    assert {(each.decision, each.obstacle) for each in found} == {("undecided", "diverged runs")}


@pytest.mark.parametrize("diverges", shown([0.1, 0.3]))
def test_equal_arms_that_diverge_alike_are_told_apart_no_oftener_than_promised(diverges: float) -> None:
    rng, wrong = np.random.default_rng(0), []
    for _ in range(600):
        pair = [unstable(1.0, diverges, rng, at_least=0) for _ in range(2)]
        wrong.append(decided(*pair, margin=0.0).decision in ("better", "worse"))
    assert np.mean(wrong) <= 0.05


def test_a_reference_that_is_solved_by_some_seeds_hides_no_arm_that_errs_far_more() -> None:
    rng, found = np.random.default_rng(0), []
    for _ in range(100):
        solved = np.where(rng.random(10) < 0.3, 1.0, 0.05) * np.exp(0.1 * rng.normal(size=10))
        found.append(decided(level(*(5 * np.exp(0.1 * rng.normal(size=10)))), level(*solved), floor=0.06).decision)
    assert set(found) == {"worse"}


@pytest.mark.parametrize("sign", [1, -1])
def test_where_the_reference_cannot_be_told_from_zero_a_certain_difference_has_one_end(sign: int) -> None:
    reference = level(*(sign * error for error in (0.02, 0.02, 0.9, 0.03, 0.02)))
    arm = level(*(sign * error for error in (5.0, 5.1, 5.2, 4.9, 5.0)))
    found = contrast(arm, reference, record(), 0.0)
    near, far = found.interval(0.99)[::sign]
    assert sign * near > 0
    assert sign * far == np.inf
    confidences = 1 - found.p * np.array([1.01, 0.99])
    assert [found.interval(each) == UNBOUNDED for each in confidences] == [False, True]


@pytest.mark.parametrize("ratio", shown([2.0, 1.0, 3.0]))
@pytest.mark.parametrize("left", shown([3, 5]))
def test_few_runs_that_are_left_mislead_no_oftener_than_promised(left: int, ratio: float) -> None:
    rng, wrong = np.random.default_rng(left), []
    for _ in range(2000):
        few, many = ratio * rng.normal(size=left), rng.normal(size=10)
        wrong.append(contrast(level(*(100 + few), count=2), level(*(100 + many), count=2), record(2), 0.0).p < 0.0375)
    assert np.mean(wrong) <= 0.055


def test_two_runs_that_are_left_of_ten_decide_nothing() -> None:
    arm, reference = level(0.5, 0.5001), level(*(1 + 0.001 * np.arange(10)))
    assert decided(arm, reference).decision == "undecided"
    assert decided(arm, reference, seeds=2).decision == "better"


def test_a_run_that_errs_far_more_than_its_others_is_told_though_it_only_chose_a_setting() -> None:
    usual = 1 + 0.01 * np.random.default_rng(0).normal(size=10)
    table = {("never", "A"): scores(usual), ("stateless", "A"): scores(usual + 0.1)}
    chose = {("never", "A"): scores(np.array([1.0, 2.0, 1.01]), first=1)}
    found, plain = (verdict(table, dict.fromkeys(("never", "stateless"), "A"), each) for each in (chose, None))
    assert [note for note in found.notes if note not in plain.notes] == [
        "never: a run errs far more or less than its others; from so few seeds nobody knows how often that happens."
    ]


def test_of_runs_that_vary_as_usual_few_studies_have_one_that_is_told() -> None:
    rng = np.random.default_rng(0)
    assert sum(outliers(1 + 0.05 * rng.normal(size=13)) > 0 for _ in range(500)) <= 0.05 * 500
    assert outliers(np.array([1.0, 1.0, 1.0, 1.0, np.nan, 0.0])) == 0
