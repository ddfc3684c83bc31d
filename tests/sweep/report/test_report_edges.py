import json
import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sweep.core.trials import Run
from sweep.report import tables
from sweep.report.content import Curves, Positions, Report, ranked
from sweep.report.drawing_style import arm_looks
from sweep.report.machine_readable import as_json
from sweep.report.page import MAX_TRIALS, NO_COMPARISON, as_html
from tests.sweep.comparison.arms import RECORDED, at_one_setting, scores
from tests.sweep.report.reports import Page, full_report, plot, searched, uncrossed


@pytest.fixture(scope="module")
def full() -> Report:
    return full_report()


def test_without_a_comparison_the_first_line_says_so_and_the_best_of_each_arm_follow(full: Report) -> None:
    body = as_html(replace(full, verdict=None)).partition("<body>")[2]
    page = Page(body)

    assert page.text.strip().startswith(NO_COMPARISON)
    assert page.text.index("0 LSTM never b16") < page.text.index("What was searched")
    assert body.index(plot(body, "search")) < body.index("How to use it") < body.index("What was searched")


def test_less_of_the_error_is_better_also_when_the_objective_is_maximized(full: Report) -> None:
    found = uncrossed("stateless", "never", metric="validation/accuracy", goal="maximize")
    page = as_html(replace(full, verdict=found, goal="maximize", metric="validation/accuracy_deployed"))
    wide = plot(page, "differences")

    assert re.search(r"text-anchor: start[^>]*>← better<", wide)
    assert re.search(r"text-anchor: end[^>]*>worse →<", wide)


def test_only_the_best_trials_are_shown_where_there_are_thousands(full: Report) -> None:
    many = replace(full, trials=[searched(number, 19 + number / 7) for number in range(2000)], curves={}, positions={})
    page = Page(as_html(many))

    assert f"The best {MAX_TRIALS} of 2,000 trials" in page.text
    assert f"{MAX_TRIALS - 1} LSTM stateless" in page.text
    assert f"{MAX_TRIALS} LSTM never" not in page.text
    assert len(as_json(many)["trials"]) == 2000


def test_trials_without_a_number_come_last_and_say_why(full: Report) -> None:
    trials = [
        searched(0, None, "failed", error="the loss became NaN\nand more", diverged=True),
        searched(1, math.nan),
        searched(2, 19.5, reused_from=3),
    ]
    text = Page(as_html(replace(full, trials=trials))).text

    assert text.index("the same as trial 3") < text.index("diverged: the loss became NaN")
    assert "and more" not in text


def test_trials_are_ranked_as_deployed_and_those_of_an_earlier_version_by_what_they_have(full: Report) -> None:
    worse, better = searched(0, 19.5), searched(1, 19.1)
    earlier = Run(searched(2).trial, replace(searched(2).outcome, value=19.3, metrics={}))
    rows = tables.of_trials(ranked(replace(full, trials=[worse, earlier, better])), full).rows

    assert [(row.name[0], row.value) for row in rows] == [("1", 19.1), ("2", 19.3), ("0", 19.5)]
    assert [run.outcome.value for run in (worse, better)] == pytest.approx([28.05, 28.09])  # ranked otherwise


@pytest.mark.parametrize(
    "changes",
    [
        {"verdict": None, "trials": [], "curves": {}, "positions": {}, "facts": {}, "study_file": "", "notes": []},
        {"verdict": None, "trials": [searched(0, None, "failed", error="no memory"), searched(1, None, "running")]},
        {"verdict": at_one_setting({"never": scores([1.0, 2.0])}, "never"), "differences": {}},
        {"verdict": at_one_setting({"stateless": scores([1.0, 2.0]), "never": scores([math.nan] * 2)})},
        {"verdict": at_one_setting(dict.fromkeys(("stateless", "never"), scores([math.nan] * 3)))},
        {"verdict": at_one_setting({"stateless": scores([0.0] * 3), "never": scores([1.0, 2.0, 3.0])})},
        {"differences": {"never": [math.nan, math.inf, 0.1]}},
        {"curves": {"never": Curves(np.arange(3.0), np.full((2, 3), np.nan))}, "trials": [searched(0, math.inf)]},
        {"positions": {"never": Positions(np.array([np.nan, np.nan, 1.0]), np.array([np.nan, np.nan, 1.0]))}},
        {"curves": {"never": Curves(np.arange(1.0), np.ones((1, 1)))}, "positions": {"never": Positions(np.ones(1))}},
        {"metric": "度" * 90, "study": "x" * 3000, "trials": [searched(0, label="long" * 500)]},
    ],
    ids=[
        "nothing",
        "no result",
        "one arm",
        "one arm diverged",
        "all diverged",
        "zero",
        "NaN",
        "NaN curve",
        "NaN positions",
        "one",
        "long",
    ],
)
def test_every_result_of_a_study_is_rendered(full: Report, changes: dict[str, Any]) -> None:
    report = replace(full, **changes)

    assert as_html(report).endswith("</html>\n")
    assert json.dumps(as_json(report), allow_nan=False)


def test_thirty_arms_are_told_apart(full: Report) -> None:
    values = np.asarray(RECORDED["stateless"])
    others = {f"arm-{n}": scores(values + n / 9) for n in range(29)}
    found = at_one_setting({"stateless": scores(values), **others})
    curves = {row.arm: Curves(np.arange(3.0), np.ones((1, 3))) for row in found.arms}
    page = as_html(replace(full, verdict=found, differences={}, curves=curves, positions={}))

    assert all(f"arm-{n}" in plot(page, name) for n in range(29) for name in ("differences", "strip"))
    assert len({str(look) for look in arm_looks(list(curves)).values()}) == 30


def test_axes_over_several_orders_of_magnitude_have_plain_numbers(full: Report) -> None:
    curves = {"never": Curves(np.arange(3.0), np.array([[1e-3, 1e-1, 10.0]]))}
    drawn = plot(as_html(replace(full, verdict=None, curves=curves, positions={})), "learning")
    assert all(f">{number}</text>" in drawn for number in ("0.001", "0.1", "10"))
