"""Each arm's setting and the reference are chosen on validation, by runs that decide nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.comparison.selection import Cell, Selection, kept, select

NAN = float("nan")
VALIDATION = {
    Cell("stateless", "A"): np.array([1.0, 1.1, 1.2]),
    Cell("stateless", "B"): np.array([0.9, 1.0, 1.1]),
    Cell("stateless-shuffled", "A"): np.array([1.3, 1.2, 1.1]),
    Cell("stateless-shuffled", "B"): np.array([2.0]),
    Cell("every_epoch", "A"): np.array([0.5, 0.5, 0.5]),
    Cell("every_epoch", "B"): np.array([0.6, 0.6, 0.6]),
}


def test_an_arms_setting_is_its_best_and_the_reference_the_best_stateless_arm() -> None:
    assert select(VALIDATION) == Selection(
        "stateless", {"every_epoch": "A", "stateless": "B", "stateless-shuffled": "A"}
    )


def test_without_a_stateless_arm_the_best_of_all_is_the_reference() -> None:
    assert select({Cell("never", "A"): np.array([2.0]), Cell("every_epoch", "A"): np.array([1.0])}).reference == (
        "every_epoch"
    )


def test_a_cell_that_was_given_up_after_fewer_runs_is_not_chosen() -> None:
    lucky = {**VALIDATION, Cell("stateless-shuffled", "B"): np.array([0.1])}
    assert select(lucky).settings["stateless-shuffled"] == "A"


def test_a_cell_with_fewer_diverged_runs_comes_first() -> None:
    shaky = {Cell("stateless", "A"): np.array([0.1, NAN]), Cell("stateless", "B"): np.array([3.0, 3.0])}
    assert select(shaky).settings == {"stateless": "B"}


def test_where_every_run_diverged_the_first_by_name_is_chosen() -> None:
    assert select({Cell("never", "B"): np.array([NAN]), Cell("never", "A"): np.array([NAN])}).settings == {"never": "A"}


def test_the_better_half_gets_more_runs_and_two_at_least() -> None:
    five = {
        Cell("never", name): np.array([error]) for name, error in zip("ABCDE", (3.0, 1.0, 5.0, 2.0, NAN), strict=True)
    }
    assert kept(five) == [Cell("never", "A"), Cell("never", "B"), Cell("never", "D")]
    assert kept({cell: five[cell] for cell in list(five)[:2]}) == [Cell("never", "A"), Cell("never", "B")]


def test_those_that_decide_are_the_arms_as_tuned_and_all_pairs_at_either_setting() -> None:
    chosen = select(VALIDATION)
    cells = chosen.deciding(VALIDATION, crossed=True)
    assert sorted(cells) == [
        ("every_epoch", "A"), ("every_epoch", "B"), ("stateless", "A"), ("stateless", "B"),
        ("stateless-shuffled", "A"), ("stateless-shuffled", "B"),
    ]  # fmt: skip
    assert chosen.deciding(VALIDATION, crossed=False) == [
        ("every_epoch", "A"), ("stateless", "B"), ("stateless-shuffled", "A")
    ]  # fmt: skip


def test_a_cell_that_does_not_exist_is_not_asked_for() -> None:
    chosen = Selection("stateless", {"stateless": "A", "never": "B"})
    cells = [Cell("stateless", "A"), Cell("never", "B"), Cell("never", "A")]
    assert chosen.deciding(cells, crossed=True) == [("stateless", "A"), ("never", "B"), ("never", "A")]


ERRORS = st.lists(st.floats(0.1, 10) | st.just(NAN), min_size=2, max_size=2).map(np.array)
TABLES = st.dictionaries(
    st.builds(Cell, st.sampled_from(["stateless", "never"]), st.sampled_from("ABC")), ERRORS, min_size=1
)


@given(TABLES)
def test_the_order_of_cells_decides_nothing(validation: dict[Cell, np.ndarray]) -> None:
    shuffled = dict(sorted(validation.items(), reverse=True))
    assert select(shuffled) == select(validation)
    assert set(kept(shuffled)) == set(kept(validation))


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_the_unit_of_the_errors_decides_nothing(unit: float) -> None:
    assert select({cell: unit * errors for cell, errors in VALIDATION.items()}) == select(VALIDATION)
