"""`sweep.open`: a study that is told from its ledger, as the commands tell it."""

from pathlib import Path

import pandas as pd
import pytest

import sweep
from sweep.api.opened import OpenStudy
from sweep.config.study_file import load
from sweep.core.errors import ConfigError, StudyUnknown
from sweep.execution.fakes import FakeTrainer
from sweep.launch.data import load_data
from sweep.study import Study
from tests.sweep.worlds import NoLease, run, study_file

FIELDS = {"budget.trials": 6, "space.cell": ["LSTM"], "pruner": {"kind": "median"}}


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OpenStudy:
    monkeypatch.chdir(tmp_path)
    return sweep.open(study_file(tmp_path), FIELDS)


@pytest.fixture
def searched(opened: OpenStudy, tmp_path: Path) -> OpenStudy:
    """The same once its search was run with workers that pretend."""
    changed = ["budget.trials=6", "space.cell=[LSTM]", "pruner=median"]
    file = load(tmp_path / "study.yaml", changed)
    with Study.open(file.config, load_data(file), NoLease()) as study:
        run(study, [FakeTrainer()])
    return opened


def test_every_problem_of_the_file_is_in_the_error(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_text("name: small\nbudgte: {trials: 3}\ndata: {kind: tusk}\n")
    with pytest.raises(ConfigError) as error:
        sweep.open(path)
    assert f"{path}:2: budgte: no such field" in str(error.value)
    assert f"{path}:3: data" in str(error.value)


def test_a_field_is_set_as_on_the_command_line_and_its_fault_is_called_so(tmp_path: Path) -> None:
    assert sweep.open(study_file(tmp_path), {"name": "other"}).name == "other"
    with pytest.raises(ConfigError, match=r"--set budget\.trials: "):
        sweep.open(study_file(tmp_path), {"budget.trials": "many"})


def test_a_study_that_was_never_launched_says_so(opened: OpenStudy) -> None:
    assert opened._repr_html_() == "<p><b>small</b>: not launched yet; <code>run()</code> runs it</p>"
    for tell in (opened.trials, opened.report, lambda: opened.verdict):
        with pytest.raises(StudyUnknown):
            tell()


def test_trials_are_a_table_with_a_row_each(searched: OpenStudy) -> None:
    table = searched.trials()
    assert list(table["number"]) == list(range(6))
    assert list(table["stage"].unique()) == ["search"]
    assert set(table["cell"].unique()) == {"LSTM"}
    assert set(table["state"]) <= {"complete", "pruned", "failed"}
    complete = table[table["state"] == "complete"]
    assert complete["value"].notna().all()
    assert pd.api.types.is_numeric_dtype(table["learning_rate"])
    assert {"arm", "reset_policy", "validation/loss"} <= set(table.columns)
    assert table.columns.is_unique


def test_the_report_is_that_of_the_command(searched: OpenStudy, tmp_path: Path) -> None:
    page = searched.report()
    assert page == Path("reports/small/report.html")
    assert "small" in (tmp_path / page).read_text()


def test_a_study_without_a_verdict_says_how_far_it_is(searched: OpenStudy) -> None:
    assert searched.verdict is None
    assert searched._repr_html_().startswith("<p><b>small</b>: ")
    assert "no verdict yet" in searched._repr_html_()


def test_a_file_that_has_changed_is_not_run(opened: OpenStudy, tmp_path: Path) -> None:
    with (tmp_path / "study.yaml").open("a") as file:
        file.write("# a remark\n")
    with pytest.raises(ConfigError, match="has changed since it was opened; open it again"):
        opened.run()
