"""What is shown in the place of an objective's value."""

import math

import numpy as np
import pytest

from sweep.comparison.measure import Measure, in_table, measure_of, texts


def test_a_squared_error_is_shown_as_its_root_in_the_targets_units() -> None:
    measure = measure_of("validation/loss", "rmse", "MW", squared=True)
    assert (measure.name, measure.value(9.0), measure.error) == ("rmse", 3.0, "error")
    assert (measure.heading, measure.after_number, measure.said(9.0)) == ("rmse, MW", " MW rmse", "rmse 3.000 MW")


def test_a_root_that_is_the_objective_is_shown_as_it_is() -> None:
    measure = measure_of("validation/rmse_deployed", "rmse", "MW", squared=True)
    assert (measure.value(9.0), measure.said(9.0)) == (9.0, "rmse 9.000 MW")


def test_a_loss_of_classes_is_called_by_its_own_name() -> None:
    measure = measure_of("validation/accuracy_deployed", "", "", squared=False)
    assert (measure.heading, measure.after_number, measure.error) == ("accuracy", "", "error rate")
    assert measure.value(0.75) == 0.75


def test_a_perfect_score_is_shown_and_what_is_none_is_said_to_be_none() -> None:
    assert Measure("rmse", is_root=True).said(0.0) == "rmse 0"
    assert Measure("rmse", is_root=True).said(math.nan) == "rmse no result"


def test_the_deviation_of_roots_is_theirs_to_first_order() -> None:
    roots = 20 + np.random.default_rng(0).normal(0, 0.1, 2000)
    squares = roots**2
    found = Measure("rmse", is_root=True).deviation(float(squares.mean()), float(squares.std()))
    assert found == pytest.approx(float(roots.std()), rel=0.01)
    assert Measure("mae").deviation(20.0, 0.5) == 0.5


def test_numbers_are_told_apart_and_are_no_powers_of_ten() -> None:
    assert texts(2860.4, 646.2) == ["2860", "646"]
    assert texts(0.12341, 0.12342) == ["0.12341", "0.12342"]


def test_numbers_of_a_table_have_the_same_number_of_digits() -> None:
    assert [in_table(value) for value in (751.24, 2860.4, 17.3, 9.99996, 0.7, -0.5, 0.0000123456)] == [
        "751.2", "2860", "17.30", "10.00", "0.7000", "-0.5000", "1.235e-05",
    ]  # fmt: skip
    assert [in_table(value) for value in (0.0, 28604.0, math.inf)] == ["0", "28600", "no result"]
