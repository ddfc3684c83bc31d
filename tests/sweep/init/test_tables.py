"""A first study of tables of many kinds says what it should, and runs as it is."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from sweep.cli.main import main
from sweep.config.study_file import load
from sweep.config.yaml_text import parse
from sweep.launch.data import load_study
from sweep.launch.dry_run import describe
from sweep.study import Study
from tests.sweep.init.tables import CASES, Case
from tests.sweep.worlds import NoLease, run
from workers.engine.training import Trainer

QUICK = {
    "a panel of shops",
    "hours through the end of summer time",
    "semicolons and decimal commas",
    "whole numbers that are classes",
    "columns that tell nothing",
    "no column of times",
    "hours that are described twice",
    "events that come when they like",
    "words and numbers that mean missing",
}


@pytest.fixture(params=[pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in CASES])
def case(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    """A table, which lies in a folder of the working directory."""
    found: Case = CASES[request.param]
    if found.name.endswith(".xlsx"):
        pytest.importorskip("openpyxl")
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    Path("data", found.name).write_bytes(found.content())
    return found


def test_a_study_says_what_was_seen_and_is_accepted_as_it_is(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", f"data/{case.name}", "--out", "study.yaml"]) == 0
    said = capsys.readouterr()
    assert said.out == "study.yaml\n"
    data: dict[str, Any] = parse(Path("study.yaml").read_text(encoding="utf-8")).value["data"]
    assert data["path"] == f"data/{case.name}" or "path" in case.data
    others = {field: value for field, value in case.data.items() if field != "path"}
    assert {field: data.get(field) for field in others} == others
    assert [entry for entry in case.inputs if entry not in data["inputs"]] == []
    assert [name for name in case.without if name in data["inputs"]] == []
    assert fields_of(said.err) == sorted(case.unsure)
    file, dataset = load_study("study.yaml", (), "text")
    found = describe(file.config, dataset)
    assert "arms" in found["compared"]
    warned = capsys.readouterr().err
    assert "too few to tell a good setting" not in warned
    assert "steps an epoch" not in warned


def fields_of(said: str) -> list[str]:
    """The fields that are called unsure on stderr."""
    named = [line.split(": ")[1] for line in said.splitlines() if line.startswith("unsure: ")]
    return sorted(name for name in named if name.startswith(("data.", "trial.")))


@pytest.mark.slow
@pytest.mark.tensorflow
def test_such_a_study_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    case = CASES["a panel of shops"]
    Path(case.name).write_bytes(case.content())
    assert main(["init", case.name, "--out", "study.yaml"]) == 0
    smaller: Sequence[str] = ["trial.epochs=1", "trial.units=2", "budget.trials=4", "compare=none"]
    file, dataset = load_study("study.yaml", smaller, "text")
    with Study.open(load("study.yaml", smaller).config, dataset, NoLease()) as study:
        run(study, [Trainer(dataset)])
        states = [outcome.state for _, outcome in study]
    assert file.config.budget.trials == len(states) == 4
    assert set(states) == {"complete"}
