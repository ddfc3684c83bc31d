"""docs/using-the-model.md works when it is pasted."""

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from ruamel.yaml import YAML

import sweep
from sweep.cli.main import main
from sweep.config.sections import StudyConfig
from sweep.config.study_file import load
from sweep.report.use import python, use
from sweep.study.error_on_test import error_on_test
from sweep.tracking import registry, tag_names
from sweep.tracking.model import log_model
from sweep.tracking.recorder import Recorder
from tests.paths import ROOT
from tests.sweep.conftest import no_tracking_uri
from tests.sweep.tracking.worlds import CARD
from tests.workers.forecasting.worlds import walk
from workers.data import sources
from workers.engine.training import Trainer
from workers.forecasting import packing
from workers.forecasting.package import FinishedTrial
from workers.spec import TrialSpec

__all__ = ["no_tracking_uri"]

TEXT = (ROOT / "docs" / "using-the-model.md").read_text(encoding="utf-8")
SPEC = TrialSpec(units=4, window=5, batch_size=4, epochs=1)

pytestmark = [pytest.mark.filterwarnings("ignore:.* leaves what training saw"), pytest.mark.lengthy]


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def commands() -> dict[str, list[str]]:
    """The page's commands by their names, each as its arguments."""
    return {words[1]: words[1:] for words in map(str.split, blocks("sh"))}


@pytest.fixture
def rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_tracking_uri: None) -> pd.DataFrame:
    """Rows of the page's study, in a folder where its model is in MLflow."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    rows = walk(150)
    rows.to_csv("rows.csv", index=False)
    rows[120:].to_csv("new.csv", index=False)
    config = StudyConfig.model_validate({"name": "walk", **YAML(typ="safe").load(blocks("yaml")[0])})
    Path("study.yaml").write_text(f"name: walk\n{blocks('yaml')[0]}")
    dataset = sources.load(config.data, tmp_path)
    trained = Trainer(dataset, config.objective).train(SPEC, 0, None, 1e9, test=True)
    assert trained.test is not None
    test = error_on_test(trained.test, dataset, config.objective.metric)
    trial = FinishedTrial("walk", SPEC, config.data, trained.checkpoint, trained.test.metrics, test)
    package = packing.packed(trial, dataset)
    recorder = Recorder(f"sqlite:///{tmp_path}/mlflow.db", CARD)
    recorder.open(0.0)
    model = log_model(recorder.tracking_uri, str(recorder.await_study_run(30)), package)
    tags = {tag_names.SEED: "0", tag_names.DATA: dataset.digest, tag_names.KEY: "key", tag_names.STAGE: "search"}
    registry.register(recorder.tracking_uri, "walk", model, {**tags, tag_names.TRIAL: "0"})
    recorder.close(10)
    return rows


def test_every_python_block_runs_after_the_ones_before(rows: pd.DataFrame, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {"rows": rows}
    assert main(commands()["export"]) == 0
    for block in blocks("python"):
        exec(block, names)
    assert "the model of walk: LSTM every_sequence, rmse " in capsys.readouterr().out
    at_once = names["served"].predict(rows)
    pd.testing.assert_frame_equal(names["forecast"], at_once)
    pd.testing.assert_frame_equal(pd.concat([names["first"], names["then"]]), at_once, rtol=1e-5)


def test_a_report_s_code_is_the_page_s_and_runs(rows: pd.DataFrame) -> None:
    assert [line for line in python("walk").splitlines() if f"\n{line}\n" not in TEXT] == []
    shown = use(load("study.yaml"), "")
    names: dict[str, Any] = {"rows": rows}
    exec(shown.python, names)
    assert len(names["forecast"]) == len(rows)
    (predict, _) = shown.shell.splitlines()
    assert predict.split()[1:] == commands()["predict"]
    assert main(predict.split()[1:]) == 0


def test_rows_one_by_one_are_forecast_as_all_at_once(rows: pd.DataFrame) -> None:
    model = sweep.load("models:/walk@champion")
    on_line = pd.concat([model.update(rows[position : position + 1]) for position in range(40)])
    assert on_line["level"].to_numpy() == pytest.approx(model.predict(rows[:40])["level"].to_numpy(), rel=1e-5)


def test_the_command_works_as_it_stands(rows: pd.DataFrame) -> None:
    assert main(commands()["predict"]) == 0
    forecast = pd.read_csv("forecast.csv")
    assert list(forecast.columns) == ["when", "forecast_for", "level"]
    assert len(forecast) == 30


def test_new_rows_are_scored_beside_the_test_split(rows: pd.DataFrame, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(commands()["score"]) == 0
    sentence, _, _, own, naive = capsys.readouterr().out.splitlines()
    assert re.match(r"On 29 new rows rmse is [\d.]+ \(95 % interval .*\); on the test split it was [\d.]+ \(", sentence)
    assert (own.split()[:2], naive.split()[0]) == (["the", "model"], "persistence")


def test_an_export_writes_the_files_of_the_table(rows: pd.DataFrame) -> None:
    assert main(commands()["export"]) == 0
    (table,) = re.findall(r"\| file \| \|\n\|---\|---\|\n((?:\|.*\n)+)", TEXT)
    named = [name.rstrip("/") for row in table.splitlines() for name in re.findall(r"`([^`]+)`", row.split("|")[1])]
    assert sorted(named) == sorted(path.name for path in Path("walk-model").iterdir())


def test_every_link_leads_to_a_heading() -> None:
    for file, anchor in re.findall(r"\(([\w-]+\.md)(?:#([\w-]+))?\)", TEXT):
        page = (ROOT / "docs" / file).read_text(encoding="utf-8")
        headings = {heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.*)$", page, re.MULTILINE)}
        assert not anchor or anchor in headings
