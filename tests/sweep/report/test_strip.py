"""The picture that a report begins with: every arm and baseline on one axis, in the target's units."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from sweep.comparison.measure import in_table, measure_of
from sweep.report.content import Report
from sweep.report.page import as_html
from sweep.report.strip import Row, _limits, rows
from tests.sweep.comparison.arms import recorded
from tests.sweep.report.reports import full_report, plot

LOOKS = {arm: {"color": "#000000", "marker": "o"} for arm in ("stateless", "every_sequence", "never")}


@pytest.fixture(scope="module")
def full() -> Report:
    return full_report()


def test_every_arm_and_baseline_is_there_with_its_number(full: Report) -> None:
    assert full.verdict is not None
    verdict = replace(full.verdict, measure=full.measure)
    page = as_html(replace(full, verdict=verdict))
    for drawing in (plot(page, "strip"), plot(page, "strip-narrow")):
        assert "rmse, mg/dL, on the test split; lower is better" in drawing
        for name, value in {row.arm: row.test_mean for row in verdict.arms}.items():
            assert name in drawing
            assert f"{in_table(value)}</text>" in drawing
        assert "persistence" in drawing
        assert "no network" in drawing
        assert drawing.count("recommended") == 1


def test_it_comes_first_and_is_of_squared_errors_their_roots(full: Report) -> None:
    squared = measure_of("validation/loss", "rmse", "mg/dL", squared=True)
    assert full.verdict is not None
    page = as_html(replace(full, verdict=replace(full.verdict, measure=squared)))
    drawing = plot(page, "strip")
    assert page.index("<svg") == page.index(drawing)
    for row in full.verdict.arms:
        assert f">{in_table(row.test_mean**0.5)}</text>" in drawing
        assert f">{in_table(row.test_mean)}</text>" not in drawing


@pytest.mark.parametrize("sign", [1, -1])
def test_the_best_is_at_the_top_and_what_came_to_no_result_at_the_foot(sign: int) -> None:
    found = recorded("stateless", "every_sequence", "never", baselines={"mean": 40.0, "broken": float("nan")})
    names = [row.name for row in rows(found, {}, LOOKS, sign)]
    expected = ["every_sequence", "stateless", "never", "mean"]
    assert names == [*(expected if sign > 0 else reversed(expected)), "broken"]


def row(mark: float, dots: Sequence[float] = ()) -> Row:
    return Row("arm", mark, dots, "", "#000000", "o")


def test_one_that_is_far_off_does_not_squeeze_the_others() -> None:
    low, high = _limits([row(610.0), row(646.0), row(656.0, [640.0, 670.0]), row(751.0), row(1370.0), row(2860.0)])
    assert low < 610
    assert 751 < high < 1370


@pytest.mark.parametrize("marks", [[0.0], [5.0, 5.0, 5.0], [float("nan")], [float("nan"), float("inf")], [1.0, 2.0]])
def test_whatever_the_numbers_are_there_is_an_axis(marks: list[float]) -> None:
    low, high = _limits([row(mark) for mark in marks])
    assert low < high < float("inf")
