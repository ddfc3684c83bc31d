"""`sweep predict`: forecasts from a file, by a study's deployed model, in a shell."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sweep.cli.main import main
from tests.sweep.cli.models import deploy
from tests.sweep.models import ROWS, package


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a study file, rows, and an MLflow that has the study's model, which forecasts 3."""
    folder = tmp_path_factory.mktemp("predict")
    ROWS.to_csv(folder / "new.csv", index=False)
    np.savez(folder / "new.npz", features=ROWS.to_numpy())
    return deploy(folder, package(3.0))


@pytest.fixture(autouse=True)
def _there(folder: Path, monkeypatch: pytest.MonkeyPatch, no_tracking_uri: None) -> None:
    monkeypatch.chdir(folder)


@pytest.mark.parametrize("study", ["study.yaml", "glucose"])
@pytest.mark.parametrize("rows", ["new.npz", "new.csv"])
def test_forecasts_are_printed_as_csv(study: str, rows: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", study, rows]) == 0
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert lines[0] == "target"
    assert [float(line) for line in lines[1:]] == pytest.approx([3.0] * len(ROWS))
    assert "note: the model of glucose: LSTM stateless, no test score" in said.err


@pytest.mark.parametrize("name", ["forecast.csv", "forecast.parquet"])
def test_or_written_to_a_file(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", "study.yaml", "new.npz", "--out", name]) == 0
    assert capsys.readouterr().out == f"{name}\n"
    read = pd.read_csv if name.endswith("csv") else pd.read_parquet
    assert read(folder / name)["target"].to_numpy() == pytest.approx([3.0] * len(ROWS))


def test_the_rows_are_never_written_over(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "rows.csv").write_text("input 1\n2\n")
    assert main(["predict", "study.yaml", "rows.csv", "--out", "./rows.csv"]) == 2
    assert "--out rows.csv: holds the rows to forecast from; name another file" in capsys.readouterr().err
    assert (folder / "rows.csv").read_text() == "input 1\n2\n"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["study.yaml", "old.npz"], 65, "old.npz: no such file; there is "),
        (["study.yaml", "study.yaml"], 65, "study.yaml: is not an .npz archive, or damaged"),
        (["study.yml", "new.npz"], 1, "study.yml: no such file; give a study file, or a study's name"),
        (["glucosa", "new.npz"], 69, "models:/glucosa@champion: cannot be had from MLflow"),
        (["glucose", "new.npz", "--model", "models:/glucose/7"], 69, "models:/glucose/7: cannot be had from MLflow"),
        (["glucose", "new.csv", "--set", "data.separator=;"], 65, "--set how a file is written is said of tables"),
        (
            ["glucose", "new.csv", "--set", "separator=;"],
            65,
            "--set separator=;: should be FIELD=VALUE of data, such as",
        ),
        (["glucose", "new.csv", "--set", "data"], 65, "--set data: should be FIELD=VALUE of data"),
        (["glucose", "new.npz", "--out", "x.xls"], 2, "--out x.xls: its name must end in .csv or .parquet"),
        (["glucose", "new.npz", "--out", "no/x.csv"], 74, "no/x.csv: cannot be written: "),
    ],
)
def test_what_goes_wrong_is_one_message(
    arguments: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", *arguments]) == code
    said = capsys.readouterr()
    assert message in said.err
    assert "Traceback" not in said.err
    assert said.out == ""
