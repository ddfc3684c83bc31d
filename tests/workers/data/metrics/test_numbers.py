"""Each metric of numbers is scikit-learn's, or its formula by hand."""

import numpy as np
import pytest
from sklearn import metrics as sklearn

from workers.data.metrics.numbers import NUMBERS
from workers.data.metrics.row import Judged

DRAWS = np.random.default_rng(0)
MEASURED = DRAWS.normal(size=(200, 2)) * [1, 50] + [3, -20]
FORECAST = MEASURED + DRAWS.normal(size=(200, 2)) * [0.5, 20] + [0.2, 0]
ROWS = Judged(MEASURED, np.array([0.5, 8.0]))
SMALL = Judged(np.array([[2.0], [0.0], [-4.0], [0.0]]), np.array([2.0]))
TOLD = np.array([[3.0], [0.0], [-2.0], [1.0]])

KNOWN = {
    "mae": sklearn.mean_absolute_error(MEASURED, FORECAST),
    "rmse": sklearn.root_mean_squared_error(MEASURED.ravel(), FORECAST.ravel()),
    "mape": sklearn.mean_absolute_percentage_error(MEASURED, FORECAST),
    "smape": np.mean([2 * abs(f - y) / (abs(f) + abs(y)) for f, y in zip(FORECAST.flat, MEASURED.flat, strict=True)]),
    "mase": (sklearn.mean_absolute_error(MEASURED, FORECAST, multioutput="raw_values") / [0.5, 8]).mean(),
    "bias": FORECAST.mean() - MEASURED.mean(),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_a_metric_is_that_of_scikit_learn_or_its_formula(name: str) -> None:
    assert NUMBERS[name].value(ROWS, FORECAST) == pytest.approx(KNOWN[name], rel=1e-12)
    assert NUMBERS[name].remark(ROWS) == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mae", 4 / 4),
        ("rmse", 1.5**0.5),
        ("bias", 4 / 4),
        ("mape", (1 / 2 + 2 / 4) / 2),
        ("smape", (2 / 5 + 0 + 4 / 6 + 2) / 4),
        ("mase", 1 / 2),
    ],
)
def test_a_metric_has_the_value_that_is_found_by_hand(name: str, value: float) -> None:
    assert NUMBERS[name].value(SMALL, TOLD) == pytest.approx(value, rel=1e-15)


def test_what_a_measured_0_does_is_said() -> None:
    assert NUMBERS["mape"].remark(SMALL) == "leaves out 2 of 4 measured values of the test split, which are 0"
    zeros = Judged(np.zeros((3, 1)), np.ones(1))
    assert NUMBERS["mape"].remark(zeros) == "is left out: every measured value of the test split is 0"
    assert np.isnan(NUMBERS["mape"].value(zeros, TOLD[:3]))


@pytest.mark.parametrize(
    ("naive", "why"), [(np.nan, "training has no two targets"), (0.0, "the naive forecast has no error in training")]
)
def test_errors_are_scaled_by_no_naive_error_that_there_is_not(naive: float, why: str) -> None:
    rows = Judged(MEASURED, np.array([1.0, naive]))
    assert np.isnan(NUMBERS["mase"].value(rows, FORECAST))
    assert why in NUMBERS["mase"].remark(rows)
