"""`sweep score`: how good a model is on new rows, beside how good it was on the test split, in a shell."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sweep.cli.main import main
from tests.sweep.cli.models import deploy
from tests.sweep.models import DATASET, ROWS, package
from workers.forecasting.package import MeanError

UNIT = float(DATASET.scaling.target_scale[0])
TEST = MeanError("loss", mean=(1 / UNIT) ** 2, variance=(0.1 / UNIT**2) ** 2, freedom=30.0)  # rmse 1


def rows(error: float, count: int = 200) -> pd.DataFrame:
    """Rows that a model which forecasts 3 misses by about so much."""
    draws = np.random.default_rng(0)
    inputs = pd.DataFrame(draws.uniform(-1, 1, (count, 2)), columns=list(ROWS))
    return inputs.assign(target=3 + error * draws.choice([-0.9, 1.1], count))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with rows of all kinds, where the study's model forecasts 3 and had an rmse of 1."""
    folder = tmp_path_factory.mktemp("score")
    rows(5.0).to_csv(folder / "worse.csv", index=False)
    rows(1.0).to_csv(folder / "alike.csv", index=False)
    rows(1.0, 5).to_csv(folder / "few.csv", index=False)
    rows(1.0).drop(columns="target").to_csv(folder / "no_target.csv", index=False)
    rows(1.0).assign(target=np.nan).to_csv(folder / "unknown.csv", index=False)
    return deploy(folder, package(3.0, TEST))


@pytest.fixture(autouse=True)
def _there(folder: Path, monkeypatch: pytest.MonkeyPatch, no_tracking_uri: None) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")


def test_a_larger_error_is_a_sentence_and_a_table_with_the_forecast_without_a_model(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["score", "study.yaml", "worse.csv"]) == 0
    said = capsys.readouterr()
    sentence, _, heading, own, naive = said.out.splitlines()
    assert sentence.startswith("On 200 new rows rmse is 5.0")
    assert "on the test split it was 1 (" in sentence
    assert sentence.endswith("Train it again with these rows.")
    assert heading.split() == ["loss", "rmse"]
    assert float(own.split()[-1]) == pytest.approx(5.0, rel=0.05)
    assert naive.split()[0] == "mean"
    assert "note: the model of glucose: LSTM stateless" in said.err


def test_json_is_one_object_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", "glucose", "alike.csv", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["rows"] == {"given": 200, "scored": 200, "seen_in_training": 0}
    assert printed["metrics"].keys() == printed["baselines"]["mean"].keys() == {"loss", "rmse"}
    assert printed["comparison"]["decision"] == "no difference"
    low, high = printed["comparison"]["interval"]
    assert low < printed["comparison"]["value"] < high
    assert printed["comparison"]["value"] == pytest.approx(printed["metrics"]["rmse"])
    assert "no more than luck explains" in printed["sentence"]


@pytest.mark.parametrize(
    ("file", "code", "message"),
    [
        ("few.csv", 0, "rmse is 0.9849: too few rows to say more; on the test split it was 1 (95 % interval "),
        ("no_target.csv", 65, "no_target.csv: has no column target; there is input 1, input 2"),
        ("unknown.csv", 65, "there is no row whose target is known, so nothing can be scored"),
        ("old.csv", 65, "old.csv: no such file; "),
        ("study.yaml", 65, "study.yaml: is not an .npz archive, or damaged"),
    ],
)
def test_what_cannot_be_said_is_one_message(
    file: str, code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["score", "study.yaml", file]) == code
    said = capsys.readouterr()
    assert message in (said.out if code == 0 else said.err)
    assert "Traceback" not in said.err
