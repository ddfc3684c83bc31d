"""docs/calibration.md says what was counted, and nothing that was not run."""

import json
from pathlib import Path

import pytest

from benchmarks.calibration import plan
from benchmarks.calibration.conditions import digest
from benchmarks.calibration.page import COUNTS, PAGE, page
from benchmarks.calibration.tables import Counts, share
from tests.paths import ROOT

DOCS = ROOT / "docs"
TEXT = (DOCS / PAGE).read_text(encoding="utf-8")
RECORDED = json.loads((DOCS / COUNTS).read_text(encoding="utf-8"))
PLANNED = {condition.name: condition for condition in plan.everything()}


def test_the_measured_part_is_what_was_counted() -> None:
    assert page(TEXT, RECORDED, plan.everything()) == TEXT


def test_what_was_counted_is_planned_as_it_was_run() -> None:
    stale = [name for name, row in RECORDED["conditions"].items() if row["digest"] != digest(PLANNED[name])]
    assert stale == [], "run make calibrate again"


def test_no_count_is_larger_than_its_studies() -> None:
    for row in RECORDED["conditions"].values():
        said = [row["told_apart"], *(sum(counts.values()) for counts in row["decisions"].values())]
        assert max(said) <= row["studies"] <= row["planned"]


def test_the_page_names_the_machine_and_no_path_of_it() -> None:
    for machine in RECORDED["machines"]:
        assert machine in TEXT
        assert "cores" in machine
        assert "/" not in machine


def test_without_results_the_page_claims_nothing() -> None:
    empty = page(TEXT, {"machines": [], "code": [], "days": [], "conditions": {}}, plan.everything())
    measured = empty.partition("<!-- measured")[2]
    assert "%:" not in measured
    assert "0 of" not in measured
    for condition in plan.everything():
        assert Counts({}).told_apart(condition) == "not run"


def test_what_is_not_run_is_said_with_the_command_that_runs_it() -> None:
    one = PLANNED["equal, 4 arms, seeds, crossed"]
    row = {
        "digest": digest(one),
        "planned": one.planned,
        "studies": 100,
        "seconds": 0.1,
        "told_apart": 3,
        "decisions": {},
        "obstacles": {},
        "placebo": {},
    }
    ran = {"machines": ["A processor, 2 cores"], "code": ["0.1.0"], "days": ["2026-01-01"]}
    counts = {**ran, "conditions": {one.name: row}}
    written = page(TEXT, counts, [one])
    assert "3 of 100: 3.0% (0.6% to 8.5%)" in written
    assert "- `made-up`: 400 studies of 500" in written
    assert "make calibrate PARTS=" in written


@pytest.mark.parametrize(
    ("count", "total", "said"),
    [(0, 40, "0 of 40: 0.0% (0.0% to 8.8%)"), (40, 40, "40 of 40: 100.0% (91.2% to 100.0%)"), (0, 0, "not run")],
)
def test_intervals_are_those_of_clopper_and_pearson(count: int, total: int, said: str) -> None:
    assert share(count, total) == said


def test_every_file_that_the_page_names_is_there() -> None:
    assert Path(ROOT / "benchmarks" / "calibration" / "signals.py").exists()
    assert "benchmarks/calibration/signals.py" in TEXT
