"""`sweep compare`: studies side by side, each with its own figures, and never ranked where they cannot be."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sweep.cli import side_by_side
from sweep.cli.main import main as sweep
from sweep.cli.side_by_side import Shown
from sweep.comparison.measure import Measure
from sweep.comparison.verdict import Verdict
from sweep.study.finding import Finding, JudgedRows, finding
from sweep.study.overview import Overview
from tests.sweep.study.test_comparison_runs import COMPARED, Slow, confirm, verdict
from tests.sweep.study.test_looks import compared as compared_study
from tests.sweep.worlds import RECORD, open_study, run

ROWS = JudgedRows("77aa88bb", 3504, (2.5,))
RMSE = Measure("rmse", is_root=True, units="vehicles/h", is_error=True, error="error")
NAMED = {
    "arm": "every_epoch",
    "setting": "B",
    "difference": -0.1235,
    "interval": [-0.15, -0.09],
    "score": 656.2,
    "reference_score": 751.2,
    "baseline": "boosting",
    "baseline_score": 700.0,
    "beats": ["boosting"],
    "beaten_by": [],
}
BETTER = {"reference": "stateless-shuffled", "decision": "better", "sentence": "Use it.", "recommendation": NAMED}
SAME = {**NAMED, "arm": "stateless-shuffled", "difference": 0.0, "interval": None, "score": 751.2, "beats": []}
NOTHING = {**BETTER, "decision": "reference", "recommendation": SAME}
FOUND = Finding("aa00", ROWS, RMSE, ("load",), BETTER)


def shown(study: str, found: Finding | None = FOUND, state: str = "finished") -> Shown:
    return Shown(Overview(study, state, 1.7e9, 1.7e9, {"complete": 22, "failed": 2}, 24, 1.0, 180, None), found)


def test_figures_are_those_of_each_studys_own_recommendation() -> None:
    heading, header, gru, lstm = side_by_side.as_text(
        [shown("gru"), shown("lstm", replace(FOUND, data="bb11", verdict=NOTHING))]
    ).splitlines()[2:]
    assert heading == "3,504 test rows of load, digest 77aa88bb; errors are rmse, vehicles/h"
    for said in ("every_epoch at B", "656.2", "-12.35% from stateless-shuffled 751.2", "-15.00% to -9.00%", "better"):
        assert said in gru
    for said in ("boosting 700.0, beaten", "  24  ", "180", "aa00"):
        assert said in gru
    assert "rmse, vehicles/h" in header
    assert [said in lstm for said in ("nothing better", "751.2", "%", "boosting 700.0, undecided", "bb11")] == [
        True,
        True,
        False,
        True,
        True,
    ]


def test_a_column_without_a_value_is_left_out() -> None:
    nothing = replace(FOUND, verdict={**NOTHING, "recommendation": {**SAME, "baseline": None}})
    headings = side_by_side.as_text([shown("gru", nothing), shown("lstm", nothing)]).splitlines()[3]
    assert headings.split("  ")[0] == "study"
    assert not {"difference", "interval", "baseline"} & set(headings.split())


@pytest.mark.parametrize(
    ("change", "differ"),
    [
        ({"test": replace(ROWS, digest="0000")}, "test rows or targets"),
        ({"test": replace(ROWS, spread=(4.5,))}, "test rows or targets"),
        ({"measure": replace(RMSE, units="vehicles/min")}, "units"),
        ({"measure": replace(RMSE, name="mae")}, "what is measured"),
    ],
)
def test_figures_that_are_not_comparable_stand_apart_and_one_line_says_so(change: Any, differ: str) -> None:
    studies = [shown("first"), shown("other", replace(FOUND, **change)), shown("second", replace(FOUND, data="bb"))]
    said = side_by_side.as_text(studies)
    assert [[each.study for each in group] for group in side_by_side.groups(studies)] == [
        ["first", "second"],
        ["other"],
    ]
    assert said.splitlines()[0] == f"Not comparable, and so shown apart: the studies differ in {differ}."
    assert said.count("test rows of load") == 2
    assert side_by_side.as_json(studies)["comparable"] is False


def test_studies_are_in_the_order_in_which_they_are_given_and_not_ranked() -> None:
    worse = replace(FOUND, verdict=NOTHING)
    for names in (["good", "poor"], ["poor", "good"]):
        studies = [shown(name, FOUND if name == "good" else worse) for name in names]
        (group,) = side_by_side.groups(studies)
        assert [each.study for each in group] == names
        assert side_by_side.as_text(studies).splitlines()[0] == side_by_side.UNTESTED


@pytest.mark.parametrize(
    ("study", "why"),
    [
        (shown("other", FOUND, "running"), "it is running"),
        (shown("other", None), "give its study file"),
        (shown("other", replace(FOUND, verdict=None)), "compares nothing"),
        (shown("other", replace(FOUND, test=None)), "compares nothing"),
    ],
)
def test_a_study_without_figures_says_why_and_shows_none(study: Shown, why: str) -> None:
    said = side_by_side.as_text([shown("first"), study])
    (line,) = [line for line in said.splitlines() if line.startswith("other")]
    assert why in line
    assert "656.2" not in line
    plain = side_by_side.as_json([shown("first"), study])
    assert [each["finding"] is None for each in plain["studies"]] == [False, True]
    assert plain["groups"] == [["first"]]


@pytest.mark.parametrize(("columns", "lines"), [(80, 21), (200, 5)])
def test_no_line_is_longer_than_the_terminal(monkeypatch: pytest.MonkeyPatch, columns: int, lines: int) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(columns))
    said = side_by_side.as_text([shown("traffic-of-the-north-6h"), shown("other")]).splitlines()
    assert max(map(len, said)) <= columns
    assert len([line for line in said if line]) >= lines


def decided(folder: Path, *overrides: str) -> Verdict:
    """A study that has finished."""
    with open_study(folder, *COMPARED, *overrides) as study:
        run(study)
        said = verdict(study, confirm(study, trainer=Slow()))
        study.keep_finding(finding(study.config, RECORD, said))
        study.end("finished")
    return said


def compared(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = sweep(["compare", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_studies_are_given_by_name_or_by_file_and_each_is_shown_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SWEEP_STORAGE", raising=False)
    other, small = decided(tmp_path, "name=other", "seed=2"), decided(tmp_path)
    code, out, err = compared(capsys, "study.yaml", "other", "small", "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert [each["study"] for each in told["studies"]] == ["small", "other"]
    assert told["comparable"] is True
    for each, said in zip(told["studies"], (small, other), strict=True):
        assert each["finding"]["verdict"]["recommendation"] == said.as_json()["recommendation"]
        assert each["finding"]["test"]["timesteps"] == len(RECORD.scored_timesteps(RECORD.test))
        assert (each["finding"]["data"], each["lacks"]) == (RECORD.digest, None)
        assert each["runs"] > 0
    code, out, _ = compared(capsys, "other", "small")
    assert code == 0
    assert small.recommendation.arm in out
    code, _, err = compared(capsys, "small", "smal")
    assert code == 65
    assert "'smal' is not in the ledger sqlite:///sweep.db; what is: other, small" in err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["one"], 2, "give two studies or more"),
        ([], 2, "STUDY... is missing"),
        (["one", "two"], 69, "there is no ledger in this folder"),
        (["one.yaml", "two"], 1, "one.yaml: no such file"),
    ],
)
def test_what_goes_wrong_is_one_message(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SWEEP_STORAGE", raising=False)
    ended, out, err = compared(capsys, *arguments)
    assert (ended, out) == (code, "")
    assert said in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_study_of_which_nothing_is_kept_is_decided_anew_by_its_file_and_not_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SWEEP_STORAGE", raising=False)
    decided(tmp_path, "name=other")
    with compared_study(tmp_path, 2) as (study, identity):
        study.look(identity)
        study.end("finished")
    code, out, err = compared(capsys, "study.yaml", "other", "--json")
    assert code == 0, err
    told = json.loads(out)
    assert told["groups"] == [["small"], ["other"]]
    assert told["studies"][0]["finding"]["verdict"]["looks"] == 0
    code, out, _ = compared(capsys, "small", "other")
    assert code == 0
    assert side_by_side.NOT_KEPT in out
