"""Every arm at every setting: the page's section of it, and the thin lines of the drawing."""

from dataclasses import replace

import numpy as np
import pytest

from sweep.comparison.verdict import Verdict
from sweep.report import tables
from sweep.report.forest import forest
from sweep.report.page import as_html
from tests.sweep.comparison.arms import RECORDED, scores, verdict
from tests.sweep.report.reports import OWN, SETTINGS, Page, crossed, full_report, uncrossed


@pytest.fixture(scope="module")
def found() -> Verdict:
    return crossed()


@pytest.fixture(scope="module")
def html() -> str:
    return as_html(full_report()).partition("<h2>Arm by setting</h2>")[2].partition("</section>")[0]


def cell(found: Verdict, arm: str, setting: str) -> tables.SettingCell | None:
    (row,) = [row for row in tables.by_setting(found) if row.arm == arm]
    return row.cells[list(SETTINGS).index(setting)]


def test_a_row_is_an_arm_in_the_verdicts_order_and_a_column_a_setting(found: Verdict, html: str) -> None:
    rows = tables.by_setting(found)
    assert [row.arm for row in rows] == [row.arm for row in found.arms]
    assert all(len(row.cells) == len(SETTINGS) for row in rows)
    assert '<th scope="col">arm</th><th scope="col">A</th><th scope="col">B</th><th scope="col">C</th>' in html


def test_each_arm_has_one_setting_of_its_own(found: Verdict, html: str) -> None:
    for row in tables.by_setting(found):
        own = [name for name, each in zip(SETTINGS, row.cells, strict=True) if each and each.own]
        assert own == [OWN[row.arm]]
    assert html.count('class="number own"') == len(OWN)


def test_a_cell_has_the_mean_of_its_runs_and_the_difference_of_those_that_decide(found: Verdict) -> None:
    errors = np.array(RECORDED["every_sequence"])
    own = cell(found, "every_sequence", "B")
    assert own is not None
    assert own.test == pytest.approx(np.mean([*errors, *(errors[:3] + 0.5)]))
    assert own.runs == "13 runs"
    assert own.difference.startswith("−5.1 % (−5.")
    (row,) = [row for row in found.arms if row.arm == "every_sequence"]
    assert (there := row.at("B")) is not None
    assert there.deciding
    assert there.difference == pytest.approx(errors.mean() / (np.mean(RECORDED["stateless"]) + 0.4) - 1, rel=1e-3)


def test_runs_that_only_choose_settings_show_a_difference_too(found: Verdict) -> None:
    other = cell(found, "every_epoch", "B")
    assert other is not None
    assert (other.runs, other.own) == ("3 runs", False)
    assert "to" in other.difference


def test_the_reference_differs_from_nothing(found: Verdict) -> None:
    assert {each.difference for each in tables.by_setting(found)[0].cells if each} == {""}


def test_one_run_has_no_interval_and_a_diverged_one_no_mean(found: Verdict, html: str) -> None:
    given_up, diverged = cell(found, "every_epoch", "C"), cell(found, "every_sequence", "C")
    assert given_up is not None
    assert (given_up.runs, given_up.difference) == ("1 run", "+9.0 %")
    assert diverged is not None
    assert (np.isnan(diverged.test), diverged.difference) == (True, "+∞")
    assert "no result" in html
    assert "nan" not in html


def test_where_an_arm_would_be_another_one_there_is_a_dash(found: Verdict, html: str) -> None:
    assert cell(found, "never", "A") is None
    assert html.count("<td>–</td>") == 1


def test_a_setting_is_told_by_the_arms_that_have_it_and_by_what_differs(found: Verdict) -> None:
    named = replace(found, settings={name: {**fields, "optimizer": "adam"} for name, fields in SETTINGS.items()})
    assert tables.settings(named)[0] == (
        "A",
        "stateless, every_epoch, stateless-shuffled",
        "units 32, learning_rate 0.001, window 48, dropout 0",
    )


def test_a_setting_that_no_arm_is_compared_at_and_one_without_others_are_named_too(found: Verdict) -> None:
    spare = replace(found, settings={**SETTINGS, "D": SETTINGS["A"]})
    assert tables.settings(spare)[-1].arms == "none"
    assert tables.settings(replace(found, settings={"A": SETTINGS["A"]}))[0].fields == "all the same"


def test_a_placebo_is_told_in_a_note_and_takes_no_row() -> None:
    twin = "stateless (twin)"
    cells = {(arm, "A"): scores(RECORDED["stateless"]) for arm in ("stateless", twin)}
    cells["never", "A"] = scores(RECORDED["never"])
    tried = verdict(cells, dict.fromkeys(("stateless", twin, "never"), "A"))
    page = as_html(replace(full_report(), verdict=replace(tried, settings={"A": SETTINGS["A"]})))
    assert [row.arm for row in tables.by_setting(tried)] == ["stateless", "never"]
    assert twin not in page
    assert "The placebo, stateless under another name" in Page(page).text


def test_without_common_settings_there_is_no_such_section() -> None:
    plain = replace(full_report(), verdict=replace(uncrossed("stateless", "never"), settings={"A": SETTINGS["A"]}))
    assert "Arm by setting" not in as_html(plain)
    assert "Thin lines" not in as_html(plain)
    assert "Thin lines" in Page(as_html(full_report())).text


def test_thin_lines_show_both_at_the_arms_setting_and_at_the_references(found: Verdict) -> None:
    (axes,) = forest(found, {}).axes
    thin = [line for line in axes.get_lines() if line.get_linewidth() == 0.9]
    drawn = {(found.arms[round(y - 0.2)].arm, round(y % 1, 2)): x for x, (y, _) in map(ends, thin)}
    expected = {("every_sequence", 0.17): "B", ("every_sequence", 0.26): "A", ("never", 0.17): "C"}
    assert drawn.keys() == expected.keys()  # the other arms have the reference's setting; `never` cannot be run at it
    for (arm, where), setting in expected.items():
        (row,) = [row for row in found.arms if row.arm == arm]
        assert (there := row.at(setting)) is not None
        assert drawn[arm, where] == pytest.approx(there.interval)


def ends(line: object) -> tuple[list[float], list[float]]:
    return list(line.get_xdata()), list(line.get_ydata())  # type: ignore[attr-defined]
