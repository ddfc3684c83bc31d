import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sweep.report.content import Curves, Positions, Report
from sweep.report.drawing_style import arm_looks
from sweep.report.machine_readable import as_json
from sweep.report.page import MAX_TRIALS, NO_COMPARISON, as_html
from tests.sweep.comparison.arms import RECORDED, arm, recorded, verdict
from tests.sweep.report.reports import Page, full_report, plots_of, searched


@pytest.fixture(scope="module")
def full() -> Report:
    return full_report()


def test_without_a_comparison_the_first_line_says_so_and_the_best_of_each_arm_follow(full: Report) -> None:
    body = as_html(replace(full, verdict=None)).partition("<body>")[2]
    page = Page(body)

    assert page.text.strip().startswith(NO_COMPARISON)
    assert page.text.index("0 LSTM never b16") < page.text.index("What was searched")


def test_more_is_better_when_maximizing(full: Report) -> None:
    found = verdict(recorded("stateless", "never"), metric="validation/accuracy", goal="maximize")
    wide = plots_of(as_html(replace(full, verdict=found, goal="maximize", metric="validation/accuracy")))[0]

    assert "← worse" in wide
    assert "better →" in wide


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


@pytest.mark.parametrize(
    "changes",
    [
        {"verdict": None, "trials": [], "curves": {}, "positions": {}, "facts": {}, "study_file": "", "notes": []},
        {"verdict": None, "trials": [searched(0, None, "failed", error="no memory"), searched(1, None, "running")]},
        {"verdict": verdict([arm("never", [1.0, 2.0])]), "differences": {}},
        {"verdict": verdict([arm("stateless", [1.0, 2.0]), arm("never", [math.nan] * 2)])},
        {"verdict": verdict([arm("stateless", [math.nan] * 3), arm("never", [math.nan] * 3)])},
        {"verdict": verdict([arm("stateless", [0.0] * 3), arm("never", [1.0, 2.0, 3.0])])},
        {"differences": {"never": [math.nan, math.inf, 0.1]}},
        {"curves": {"never": Curves(np.arange(3.0), np.full((2, 3), np.nan))}, "trials": [searched(0, math.inf)]},
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
        "one",
        "long",
    ],
)
def test_every_result_of_a_study_is_rendered(full: Report, changes: dict[str, Any]) -> None:
    report = replace(full, **changes)

    assert as_html(report).endswith("</html>\n")
    assert json.dumps(as_json(report), allow_nan=False)


def test_thirty_arms_are_told_apart(full: Report) -> None:
    values = RECORDED["stateless"]
    found = verdict([arm("stateless", values), *(arm(f"arm-{n}", [v + n / 9 for v in values]) for n in range(29))])
    curves = {row.arm: Curves(np.arange(3.0), np.ones((1, 3))) for row in found.arms}
    page = as_html(replace(full, verdict=found, differences={}, curves=curves, positions={}))

    assert all(f"arm-{n}" in plots_of(page)[0] for n in range(29))
    assert len({str(look) for look in arm_looks(list(curves)).values()}) == 30


def test_axes_over_several_orders_of_magnitude_have_plain_numbers(full: Report) -> None:
    curves = {"never": Curves(np.arange(3.0), np.array([[1e-3, 1e-1, 10.0]]))}
    drawn = plots_of(as_html(replace(full, verdict=None, curves=curves, positions={})))[0]
    assert all(f">{number}</text>" in drawn for number in ("0.001", "0.1", "10"))
