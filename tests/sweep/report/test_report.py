import json
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sweep.comparison.interval import Interval
from sweep.comparison.measure import measure_of
from sweep.comparison.smallest_carry import Carry
from sweep.comparison.verdict import AtOrigin, BaselineVerdict
from sweep.report.content import Curves, Positions, Report
from sweep.report.drawings import pngs, svgs
from sweep.report.html import script
from sweep.report.machine_readable import as_json
from sweep.report.page import as_html
from sweep.report.tables import of_trials
from sweep.report.write import write_files
from sweep.study.deployment import Deployment
from tests.sweep.comparison.arms import RECORDED, scores, verdict
from tests.sweep.report.reports import METRIC, Page, diagnosed, full_report, plot, plots_of, searched
from workers.objective import Objective

RMSE = measure_of("loss", "rmse", "mg/dL", squared=True)
DRAWINGS = ("strip", "differences", "learning", "positions", "search", "effort", "fields", "timeline")
HOSTILE = "\"'><script>alert(1)</script><img src=//evil.example/x onerror=alert(1)> $\\frac{"


@pytest.fixture(scope="module")
def full() -> Report:
    return full_report()


@pytest.fixture(scope="module")
def html(full: Report) -> str:
    return as_html(full)


def test_the_sentence_comes_first(full: Report, html: str) -> None:
    body = Page(html[html.index("<body>") :])

    assert body.text.strip().startswith(full.verdict.sentence)  # type: ignore[union-attr]


def test_the_differences_come_before_any_table(html: str) -> None:
    assert html.index("<svg") < html.index("<table")


def test_the_page_loads_nothing_from_anywhere(html: str) -> None:
    for tag, attributes in Page(html).elements:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base"}
        assert not attributes.keys() & {"src", "srcset", "action", "data"}
        assert all((attributes.get(name) or "#").startswith("#") for name in ("href", "xlink:href"))
    assert not re.search(r"https?:|@import|url\((?!#)", html)


def test_the_page_forbids_itself_every_request_and_every_script_but_the_one_in_it(html: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert policy
    assert len(scripts) == html.count("<script") == 1
    digest = b64encode(sha256(scripts[0].encode()).digest()).decode()
    assert policy[1] == f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{digest}'"


def test_a_page_of_a_large_study_is_small(full: Report) -> None:
    trials = [searched(number, 19 + number % 97 / 7) for number in range(5000)]
    assert len(as_html(replace(full, trials=trials))) < 400_000


def test_a_field_that_the_search_varied_has_a_drawing_and_a_column(full: Report, html: str) -> None:
    assert '<th scope="col">learning_rate</th>' in html
    assert '<data value="0.0004">0.0004</data>' in html
    assert not re.search(r'<th scope="col">(units|burn_in)</th>', html)
    assert ">learning_rate</text>" in str(svgs(full)["fields"])
    alike = replace(full, trials=[searched(0, 19.0), searched(2, 19.0)][:1])
    assert "fields" not in svgs(alike)


def test_a_field_of_which_nothing_is_said_at_its_default_has_a_column_where_it_was_varied(full: Report) -> None:
    runs = [searched(number, 19.0) for number in (0, 2)]
    spec = runs[0].trial.spec.model_copy(update={"learning_rate_schedule": "cosine"})
    runs[0] = runs[0]._replace(trial=replace(runs[0].trial, spec=spec, canonical=spec))
    found = of_trials(runs, full)
    column = found.fields.index("learning_rate_schedule")
    assert [row.fields[column] for row in found.rows] == ["cosine", "constant"]


def test_all_that_comes_from_a_user_is_text(full: Report) -> None:
    cells = {
        (arm, setting): scores(RECORDED[like])
        for arm, like in (("stateless", "stateless"), (HOSTILE, "never"))
        for setting in ("A", HOSTILE)
    }
    found = verdict(cells, {"stateless": "A", HOSTILE: HOSTILE}, baselines={HOSTILE: 3.0})
    found = replace(found, notes=(HOSTILE,), settings={"A": {HOSTILE: "B"}, HOSTILE: {HOSTILE: HOSTILE}})
    hostile = Report(
        HOSTILE,
        HOSTILE,
        HOSTILE,
        units=HOSTILE,
        verdict=found,
        trials=[searched(0, label=HOSTILE), searched(1, None, "failed", error=HOSTILE)],
        curves={HOSTILE: Curves(np.arange(2.0), np.ones((1, 2)))},
        curves_of=HOSTILE,
        differences={HOSTILE: [0.1]},
        positions={HOSTILE: Positions(np.ones(3))},
        diagnoses=[diagnosed(HOSTILE)],
        carries=[Carry(1.0, np.ones(2), 4), Carry(2.0, np.zeros(2), arm=HOSTILE)],
        facts={HOSTILE: HOSTILE},
        notes=[HOSTILE],
    )
    for report in (hostile, replace(hostile, verdict=None)):
        own = f"<script>{script('tables.js').text}</script>"
        page = Page(as_html(report).replace(own, ""))

        assert not {"script", "img"} & {tag for tag, _ in page.elements}
        assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
        assert HOSTILE in page.text


def test_every_arm_is_in_the_drawing_and_in_the_table(full: Report, html: str) -> None:
    wide, narrow = plot(html, "differences"), plot(html, "narrow")
    table = html[html.index("<table") : html.index("</table>")]

    for row in full.verdict.arms:  # type: ignore[union-attr]
        assert all(row.arm in part and row.decision in part for part in (wide, narrow, table))


def test_every_baseline_is_in_the_drawing_and_in_the_table_with_what_is_decided_of_it(full: Report) -> None:
    rows = (
        BaselineVerdict("boosting", 18.0, -0.08, Interval(-0.1, -0.06), "better"),
        BaselineVerdict("linear", 19.0, -0.01, Interval(-0.1, 0.06), "undecided"),
        BaselineVerdict("persistence", 99.0, 4.0, Interval(3.0, 5.0), "worse"),
    )
    assert full.verdict is not None
    html = as_html(replace(full, verdict=replace(full.verdict, against=rows)))
    wide, narrow = plot(html, "differences"), plot(html, "narrow")
    table = html[html.index("<table") : html.index("</table>")]
    for row, drawn in zip(rows, ("beats it", "undecided", "beaten"), strict=True):
        assert all(row.name in part and drawn in part for part in (wide, narrow))
        assert row.decision in table[table.index(row.name) :].partition("</tr>")[0]


def test_the_difference_at_each_origin_is_in_a_table_of_its_own(full: Report, html: str) -> None:
    assert full.verdict is not None
    arms = [row.arm for row in full.verdict.arms[1:]]
    origins = [AtOrigin(number, 100 * number, dict.fromkeys(arms, 0.01 * number), "2024-03-01") for number in (1, 2)]
    report = replace(full, verdict=replace(full.verdict, origins=tuple(origins)))
    page = as_html(report)
    table = page[page.index("<h2>Origin by origin</h2>") :].partition("</section>")[0]
    assert all(f'<th scope="col">{arm}</th>' in table for arm in arms)
    assert [value for value, _ in Page(table).numbers] == [100, *[0.01] * len(arms), 200, *[0.02] * len(arms)]
    assert as_json(report)["verdict"]["origins"][1]["differences"][arms[0]] == 0.02
    assert "Origin by origin" not in html


def test_a_trial_is_shown_with_its_score_as_deployed(html: str) -> None:
    row = html[html.index("<td>3 LSTM stateless b16</td>") :].partition("</tr>")[0]
    value, shown = Page(row).numbers[0]
    assert shown == "19.43"
    assert value == pytest.approx(19 + 3 / 7)


def test_the_curves_are_named_by_their_own_metric_and_the_trials_by_that_as_deployed(html: str) -> None:
    *_, learning, _, search, _, _, _ = plots_of(html)
    assert "validation rmse, mg/dL<" in learning
    assert "validation rmse, mg/dL, as deployed<" in search


def test_why_the_arms_differ_is_said_in_words_and_in_a_row_for_each(full: Report, html: str) -> None:
    why = html[html.index("<h2>Why</h2>") : html.index("What was searched")]
    assert all(f'<th scope="row">{row.arm}<' in why for row in full.diagnoses)
    assert all(sentence in Page(why).text for sentence in as_json(full)["why"]["sentences"])


def test_why_is_in_the_target_s_units_by_name_in_the_table_the_sentences_the_drawing_and_the_json(full: Report) -> None:
    report = replace(full, of_loss=RMSE)
    html, told = as_html(report), as_json(report)
    why = html[html.index("<h2>Why</h2>") : html.index("What was searched")]
    for state in ("as used", "cold", "carried on"):
        assert f'<th scope="col">rmse {state}, mg/dL</th>' in why
    assert "their test rmse by" in why
    assert not re.search(r"\bloss\b", Page(why).text)
    assert "rmse, mg/dL on the test split" in plot(html, "positions")
    assert told["of_loss"]["name"] == "rmse"
    assert told["positions"]["stateless"]["matched"] == list(full.positions["stateless"].matched)


def test_no_squared_error_stands_beside_its_root(full: Report) -> None:
    metrics = {"never": {"loss": 16.0, "rmse": 4.0, "mae": 3.0}}
    report = replace(full, metrics=metrics, columns=["rmse", "mae"])
    for of_loss, heads in ((report.of_loss, ["loss", "rmse", "mae"]), (RMSE, ["rmse", "mae"])):
        html = as_html(replace(report, of_loss=of_loss))
        table = html[html.index("<h2>Every metric") :].partition("</table>")[0]
        assert re.findall(r'<th scope="col">(.*?)</th>', table) == ["arm or baseline", *heads]


def test_a_horizon_that_was_not_found_is_shown_as_more_than_what_was_tried(html: str) -> None:
    assert 'over <data value="8.0">8</data>' in html


def test_numbers_in_the_page_are_those_of_the_json(full: Report, html: str) -> None:
    known = numbers_in(as_json(full)) | {trial["epoch"] + 1 for trial in as_json(full)["trials"]}
    shown = Page(html).numbers

    assert len(shown) > 50
    assert {value for value, _ in shown} <= known


def test_numbers_in_the_page_are_rounded_and_not_otherwise_changed(html: str) -> None:
    for value, text in Page(html).numbers:
        plain = float(text.replace("−", "-").replace("%", ""))

        assert plain == pytest.approx(value, rel=0.05) or plain == pytest.approx(100 * value, abs=0.051)


def test_the_json_is_strict_and_holds_the_verdict(full: Report) -> None:
    plain = json.loads(json.dumps(as_json(full), allow_nan=False))

    assert plain["verdict"] == full.verdict.as_json()  # type: ignore[union-attr]
    assert len(plain["trials"]) == len(full.trials)
    assert (plain["units"], plain["curves_of"]) == ("mg/dL", "validation/rmse")


def test_the_same_report_is_the_same_bytes(full: Report, html: str) -> None:
    assert as_html(full) == html
    assert pngs(full) == pngs(full)


def test_ids_are_not_used_twice(html: str) -> None:
    ids = [attributes["id"] for _, attributes in Page(html).elements if "id" in attributes]

    assert len(ids) == len(set(ids))


def test_files_are_written_whole_and_named(full: Report, tmp_path: Path) -> None:
    paths = write_files(full, tmp_path / "new" / "reports")

    drawings = [f"{name}.png" for name in DRAWINGS]
    names = ["report.html", "report.json", *drawings]
    assert [path.name for path in paths] == names
    assert sorted(path.name for path in paths[0].parent.iterdir()) == sorted(names)
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths[2:])


def numbers_in(value: Any) -> set[float]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return set().union(*map(numbers_in, value))
    return {float(value)} if isinstance(value, (int, float)) else set()


def test_it_says_which_run_is_deployed_and_which_trial_is_the_best_of_the_search(full: Report) -> None:
    deployed = Deployment(searched(3, 19.5), Objective(METRIC), None, "asked for")
    report = replace(full, deployed=deployed)
    text = " ".join(Page(as_html(report)).text.split())
    assert f"Deployed: {deployed.described(report.measure)}" in text
    assert f"The best trial of the search is {searched(0).trial.name}." in text
    found = as_json(report)
    assert (found["deployed"]["number"], found["deployed"]["reason"], found["best_trial"]) == (3, "asked for", 0)


def test_before_a_trial_is_complete_nothing_is_deployed() -> None:
    report = Report("study", "", METRIC, trials=[searched(0, None, "failed", error="x")])
    assert "Deployed" not in as_html(report)
    assert (as_json(report)["deployed"], as_json(report)["best_trial"]) == (None, None)
