"""What is copied from a report works where it is pasted."""

from dataclasses import replace
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from sweep.config.sections import StudyConfig
from sweep.config.study_file import load
from sweep.report.page import as_html
from sweep.report.use import Use, configuration, new_file, python, use
from tests.sweep.report.reports import Page, full_report
from tests.sweep.worlds import study_file
from workers.spec import TrialSpec

SPECS = [
    TrialSpec(),
    TrialSpec(stateful=True, reset_policy="every_n_batches", reset_interval=3, learning_rate=1e-5, clip_norm=None),
    TrialSpec(stateful=False, optimizer="adamw", weight_decay=0.01, dropout=0.25, cell="LSTM"),
]


@pytest.mark.parametrize("spec", SPECS)
def test_the_configuration_is_a_part_of_a_study_file(spec: TrialSpec) -> None:
    part = YAML(typ="safe").load(configuration(spec.parameters))
    study = StudyConfig.model_validate({"name": "again", "data": {"kind": "arrays", "path": "x.npz"}, **part})
    assert study.trial.parameters == spec.parameters


def test_a_text_that_yaml_would_not_take_as_one_is_quoted() -> None:
    fields = {"cell": "my_cells:Cell", "layout": "true", "schedule": "cosine", "none": None}
    text = configuration(fields)
    assert YAML(typ="safe").load(text) == {"trial": fields}
    assert "schedule: cosine" in text


@pytest.fixture
def no_uri(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


@pytest.mark.usefixtures("no_uri")
def test_the_commands_name_the_study_s_file(tmp_path: Path) -> None:
    path = study_file(tmp_path)
    found = use(load(path), "#/page")
    predict, ui = found.shell.splitlines()
    assert predict == f"sweep predict {path} new.npz --out forecast.csv"
    assert ui == f"sweep ui {path}"
    assert (found.python, found.link) == (python("small"), "")


@pytest.mark.usefixtures("no_uri")
def test_the_commands_find_a_study_that_was_renamed_or_is_in_another_mlflow(tmp_path: Path) -> None:
    path = study_file(tmp_path)
    found = use(load(path, ["name=other", "tracking=sqlite:///a b.db"]), "")
    where = "MLFLOW_TRACKING_URI='sqlite:///a b.db' sweep"
    assert found.shell.splitlines() == [f"{where} predict other new.npz --out forecast.csv", f"{where} ui other"]
    with Path(path).open("a") as file:
        file.write("tracking: sqlite:///own.db\n")
    assert use(load(path), "").shell.startswith(f"sweep predict {path} ")
    renamed = use(load(path, ["name=other"]), "")
    assert renamed.shell.startswith("MLFLOW_TRACKING_URI=sqlite:///own.db sweep predict other ")


@pytest.mark.usefixtures("no_uri")
def test_where_mlflow_is_a_server_there_is_a_link_without_its_password(tmp_path: Path) -> None:
    path = study_file(tmp_path)
    found = use(load(path, ["tracking=http://me:secret@mlflow:5000/"]), "#/experiments/7")
    assert "secret" not in f"{found}"
    assert found.link.startswith("http://")
    assert found.link.endswith("mlflow:5000/#/experiments/7")
    assert len(found.shell.splitlines()) == 1
    named = use(load(path, ["tracking=http://mlflow:5000"]), "")
    assert 'sweep.load("models:/small@champion", "http://mlflow:5000")' in named.python


@pytest.mark.parametrize(
    ("path", "name"),
    [("a/rows.csv", "new.csv"), ("rows.csv.gz", "new.csv"), ("2023-*.parquet", "new.parquet"), ("a.txt", "new.txt")],
)
def test_the_new_file_is_written_as_the_data_are(path: str, name: str) -> None:
    class Data:
        pass

    data = Data()
    assert new_file(data) == "new.npz"
    data.path = path  # type: ignore[attr-defined]
    assert new_file(data) == name


def test_the_page_shows_all_of_it_before_any_table_with_the_link() -> None:
    full = full_report()
    assert full.verdict is not None
    shown = Use("import sweep", "sweep predict", 'http://mlflow:5000/#/experiments/1?a="b"')
    page = as_html(replace(full, use=shown))
    found = Page(page)
    assert [link["href"] for tag, link in found.elements if tag == "a"] == [shown.link]
    for text in ("import sweep", "sweep predict", configuration(full.verdict.recommendation.parameters)):
        assert found.text.index(text) < found.text.index("The numbers")


def test_every_box_that_may_scroll_can_be_scrolled_by_keys_and_has_a_name() -> None:
    boxes = [of for tag, of in Page(as_html(full_report())).elements if (of.get("class") or "").startswith("table")]
    assert len(boxes) > 4
    assert all((box["role"], box["tabindex"]) == ("region", "0") and box["aria-label"] for box in boxes)
