"""`sweep export`: a study's model in a folder, with all that it takes to use it elsewhere."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

import sweep
from sweep.cli.main import main
from tests.cases import shown

pytestmark = [pytest.mark.tensorflow, pytest.mark.lengthy]
MODELS = ["MODEL.md", "batch.keras", "forecaster/recipe.json", "forecaster/weights.npz", "streaming.keras"]
PROGRAM = ["data.npz", "train.py"]


@pytest.fixture
def export(there: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[Path, str]]:
    """Exports a study to a folder; that, and what was said on stderr."""

    def exported(*arguments: str) -> tuple[Path, str]:
        assert main(["export", *arguments, "--to", str(tmp_path / "out")]) == 0
        return tmp_path / "out", capsys.readouterr().err

    return exported


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("study", ["compared", "searched", "refit"])
def test_a_study_file_gives_models_card_and_a_program(study: str, export: Callable[..., tuple[Path, str]]) -> None:
    folder, said = export(f"{study}.yaml")
    assert files(folder) == sorted([*MODELS, *PROGRAM])
    assert said == ""


def test_what_was_written_is_printed_with_how_to_go_on(
    there: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "searched.yaml", "--to", str(tmp_path / "out")]) == 0
    *written, last = capsys.readouterr().out.splitlines()
    assert written == [str(tmp_path / "out" / name) for name in sorted([*MODELS, *PROGRAM])]
    assert last.startswith(f"Read {tmp_path / 'out' / 'MODEL.md'} first")


def test_a_name_alone_leaves_the_program_out_and_says_so(export: Callable[..., tuple[Path, str]]) -> None:
    folder, said = export("compared")
    assert files(folder) == MODELS
    assert "train.py and data.npz are left out: they need the data; give the study file" in said
    assert "No verdict: the study file was not given" in (folder / "MODEL.md").read_text()


@pytest.mark.filterwarnings("ignore:.* leaves what training saw")
def test_the_exported_forecaster_is_the_one_in_mlflow(
    export: Callable[..., tuple[Path, str]], rows: pd.DataFrame
) -> None:
    folder, _ = export("compared")
    ours = sweep.load(str(folder / "forecaster")).predict(rows)
    pd.testing.assert_frame_equal(ours, sweep.load("models:/compared@champion").predict(rows))


@pytest.mark.parametrize("study", shown(["compared", "refit"]))
def test_the_program_trains_what_was_deployed(study: str, export: Callable[..., tuple[Path, str]], there: Path) -> None:
    folder, _ = export(f"{study}.yaml")
    ran = subprocess.run(
        [sys.executable, "-I", folder / "train.py"], check=True, capture_output=True, text=True, cwd=folder.parent
    )
    assert len(ran.stdout.splitlines()) <= 2
    trained = keras.saving.load_model(folder / "model.keras").get_weights()
    with np.load(folder / "forecaster" / "weights.npz") as deployed:
        assert trained == [pytest.approx(deployed[name], abs=1e-4) for name in deployed.files]


def test_the_data_are_in_their_own_units(export: Callable[..., tuple[Path, str]], rows: pd.DataFrame) -> None:
    folder, _ = export("searched.yaml")
    with np.load(folder / "data.npz") as data:
        assert data["features"] == pytest.approx(rows[["level", "speed"]].to_numpy(), rel=1e-6)
        assert list(data["feature_names"]) == ["level", "speed"]


def test_the_card_has_scores_baselines_verdict_and_limits(export: Callable[..., tuple[Path, str]]) -> None:
    card = (export("compared.yaml")[0] / "MODEL.md").read_text()
    for expected in (
        "It forecasts level from level, speed, 1 row ahead.",
        "| units | m |",
        "carried, reset every few batches",
        "| the model |",
        "| persistence, without a network |",
        "The comparison: ",
        "after every 18 rows of it",
        "Training saw level ",
        "comparison run ",
        "95% interval",
    ):
        assert expected in card


def test_the_card_of_a_study_without_a_comparison_says_that_there_is_no_verdict(
    export: Callable[..., tuple[Path, str]],
) -> None:
    card = (export("searched.yaml")[0] / "MODEL.md").read_text()
    assert "It has no score on the test split" in card
    assert "No verdict: no comparison was made" in card
    assert "| the model |" in card
    assert "give it the last 6 rows, or use batch.keras" in card


def test_the_card_of_a_refit_model_says_that_it_has_no_score(export: Callable[..., tuple[Path, str]]) -> None:
    card = (export("refit.yaml")[0] / "MODEL.md").read_text()
    assert "trained again on all data, the test split included, so it has no score of its own" in card


def test_a_model_without_a_version_is_exported_without_a_program(
    export: Callable[..., tuple[Path, str]], there: Path
) -> None:
    from mlflow import MlflowClient  # noqa: PLC0415  (with its settings in force)

    client = MlflowClient(f"sqlite:///{there}/mlflow.db")
    source = client.get_model_version_by_alias("compared", "champion").source
    logged = re.findall(r"m-[0-9a-f]+", str(source))[-1]
    folder, said = export("compared.yaml", "--model", f"models:/{logged}")
    assert files(folder) == MODELS
    assert "the model is no registered version" in said
    assert "is not known" in (folder / "MODEL.md").read_text()


def test_other_data_than_the_models_leave_the_program_out(
    export: Callable[..., tuple[Path, str]], there: Path, tmp_path: Path
) -> None:
    walk = pd.read_csv(there / "rows.csv")
    walk.assign(level=walk["level"] + 1e-3 * np.arange(len(walk))).to_csv(tmp_path / "rows.csv", index=False)
    text = (there / "searched.yaml").read_text()
    (tmp_path / "searched.yaml").write_text(text)
    folder, said = export(str(tmp_path / "searched.yaml"))
    assert files(folder) == MODELS
    assert "are not those that the model was trained on" in said


def test_data_that_are_gone_leave_the_program_out(
    export: Callable[..., tuple[Path, str]], there: Path, tmp_path: Path
) -> None:
    (tmp_path / "searched.yaml").write_text((there / "searched.yaml").read_text())
    folder, said = export(str(tmp_path / "searched.yaml"))
    assert files(folder) == MODELS
    assert "they need the study's data: " in said
    assert "rows.csv: no such file" in said


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["compared.yaml", "--to", "."], 2, "--to .: is not empty; name a folder that is not there yet"),
        (["compared.yaml", "--to", "rows.csv"], 2, "--to rows.csv: is not empty"),
        (["compared.yaml", "--to", "rows.csv/out"], 74, "rows.csv/out: cannot be written"),
        (["compared.yaml"], 2, "--to is missing"),
        (["compered", "--to", "out"], 69, "models:/compered@champion: cannot be had from MLflow"),
        (["compered.yaml", "--to", "out"], 1, "compered.yaml: no such file; give a study file, or a study's name"),
        (["unlaunched.yaml", "--to", "out"], 69, "models:/unlaunched@champion: cannot be had from MLflow"),
        (["compared", "--model", "models:/compared/7", "--to", "out"], 69, "models:/compared/7: cannot be had"),
    ],
)
def test_what_goes_wrong_is_one_message_and_leaves_nothing(
    arguments: list[str], code: int, message: str, there: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (there / "unlaunched.yaml").write_text((there / "searched.yaml").read_text().replace("searched", "unlaunched"))
    before = files(there)
    assert main(["export", *arguments]) == code
    said = capsys.readouterr()
    assert message in said.err
    assert "Traceback" not in said.err
    assert said.out == ""
    assert [name for name in files(there) if name not in before and name.startswith("out")] == []


def test_a_folder_without_a_forecaster_is_refused_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(sweep.core.errors.ServiceUnavailable, match="is no model of this version of sweep"):
        sweep.load(str(tmp_path))
