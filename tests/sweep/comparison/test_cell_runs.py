"""The runs of a cell: their errors, and what each timestep adds to them."""

import numpy as np
import pytest

from sweep.comparison.cell_runs import CellRuns
from sweep.comparison.scored_timesteps import ScoredTimesteps
from tests.sweep.comparison.cells import cell

LOSSES = np.array([[1.0, 4.0, 4.0], [9.0, 9.0, 9.0]])


def test_an_error_is_the_mean_loss_or_its_root() -> None:
    assert list(cell(LOSSES).errors) == [3.0, 9.0]
    assert list(cell(LOSSES, root=True).errors) == pytest.approx([np.sqrt(3), 3.0])


def test_a_diverged_run_has_no_error() -> None:
    runs = cell([None, LOSSES[0], LOSSES[1] * np.inf])
    assert runs.errors == pytest.approx([np.nan, 3.0, np.nan], nan_ok=True)
    assert (list(runs.finished), runs.diverged, runs.stable, runs.mean) == ([False, True, False], 2, False, 3.0)


def test_a_run_that_diverged_on_validation_has_no_error() -> None:
    assert CellRuns([0, 1], np.array([np.nan, 1.0]), list(LOSSES), root=False).diverged == 1


def test_without_a_finished_run_there_is_no_mean() -> None:
    assert np.isnan(cell([None, None]).mean)
    assert cell([None, None], root=True).influences.shape == (0, 0)


def test_errors_are_in_the_order_of_the_seeds() -> None:
    assert list(cell(LOSSES, seeds=[7, 3]).errors) == [3.0, 9.0]


@pytest.mark.parametrize("root", [False, True])
def test_influences_have_the_error_as_their_mean(root: bool) -> None:
    runs = cell(LOSSES, root=root)
    assert runs.influences.mean(axis=1) == pytest.approx(runs.errors)


def test_an_influence_is_what_a_little_more_loss_adds_to_the_error() -> None:
    step = 1e-6
    more = LOSSES[:1] + step * np.eye(3)
    influences = cell(LOSSES[:1], root=True).influences[0]
    changed = [cell(more[[row]], root=True).mean for row in range(3)]
    slope = (np.array(changed) - cell(LOSSES[:1], root=True).mean) / step
    assert np.diff(influences) == pytest.approx(3 * slope[:2] * np.diff(LOSSES[0]), abs=1e-4)


def test_no_timestep_influences_a_run_without_error() -> None:
    assert not cell(np.zeros((1, 3)), root=True).influences.any()


@pytest.mark.parametrize(
    ("losses", "seeds", "root", "message"),
    [
        (LOSSES, [1, 1], False, "each once"),
        (LOSSES, [1], False, "each with"),
        (LOSSES[:0], [], False, "needs seeds"),
        ([LOSSES[0], LOSSES[0, :2]], [0, 1], False, "same scored timesteps"),
        (-LOSSES, [0, 1], True, "negative"),
    ],
)
def test_runs_that_do_not_fit_are_refused(losses: np.ndarray, seeds: list[int], root: bool, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cell(losses, seeds=seeds, root=root)


def test_ten_groups_stand_for_others_and_fewer_only_for_themselves() -> None:
    drawn = [ScoredTimesteps(20, np.arange(20), np.arange(20) % groups).groups_are_drawn for groups in (9, 10)]
    assert drawn == [False, True]
    assert not ScoredTimesteps(20, np.arange(20)).groups_are_drawn


@pytest.mark.parametrize(
    ("starts", "groups", "clock", "message"),
    [
        ([1], None, None, "begin at 0"),
        ([0, 5, 5], None, None, "ascend"),
        ([0, 9], None, None, "below 9"),
        ([0, 5], [1], None, "its group"),
        ([0, 5], None, [1.0], "its time"),
        ([0, 5], None, [np.nan] * 9, "finite"),
    ],
)
def test_a_test_split_that_does_not_fit_is_refused(
    starts: list[int], groups: list[int] | None, clock: list[float] | None, message: str
) -> None:
    given = None if groups is None else np.array(groups), None if clock is None else np.array(clock)
    with pytest.raises(ValueError, match=message):
        ScoredTimesteps(9, np.array(starts), *given)
