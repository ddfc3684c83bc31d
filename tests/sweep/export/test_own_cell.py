"""A cell of the user's own goes all the way: from the study file to forecasts, exports and MLflow, with its code."""

import subprocess
import sys
from pathlib import Path

import keras
import mlflow.pyfunc
import numpy as np
import pandas as pd
import pytest

import sweep
from sweep.cli.main import main
from sweep.config.study_file import load
from sweep.core.errors import ConfigError, StudyChanged
from sweep.launch.data import load_data
from sweep.study import Study
from tests.sweep.export.conftest import launch_own
from tests.workers.forecasting.worlds import walk
from tests.workers.own_cells import CODE, KEEPER
from workers.models.own_cells import cell_class

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.lengthy,
    pytest.mark.filterwarnings("ignore:.* leaves what training saw"),
]
MODEL = "models:/own@champion"
STUDY = f"""
name: own
budget: {{trials: 1}}
data: {{kind: table, path: rows.csv, time: when, inputs: [level, speed], targets: [level]}}
trial: {{cell: '{KEEPER}', cell_part: 0.5, layers: 2, epochs: 2, window: 6, units: 4, reset_policy: never}}
compare: none
deploy: {{arm: never}}
"""


@pytest.fixture(scope="module")
def launched(tmp_path_factory: pytest.TempPathFactory, empty_database: bytes) -> Path:
    """A folder with a study that was launched, all of whose trials have a cell of the user's own."""
    return launch_own(tmp_path_factory.mktemp("own"), empty_database, CODE, walk(120), STUDY)


def test_it_is_exported_with_its_modules_and_a_program_that_trains_it(there: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["export", "study.yaml", "--to", str(out)]) == 0
    assert "Keeper(UNITS, part=0.5)" in (out / "train.py").read_text()
    assert {*CODE, "train.py", "batch.keras"} <= {path.name for path in out.iterdir()}
    ran = subprocess.run([sys.executable, out / "train.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    with keras.saving.custom_object_scope({"mine>Keeper": cell_class(KEEPER, CODE)}):
        trained = keras.saving.load_model(out / "model.keras").get_weights()
        network = keras.saving.load_model(out / "batch.keras", compile=False)
    with np.load(out / "forecaster" / "weights.npz") as deployed:
        assert trained == [pytest.approx(deployed[name], abs=1e-4) for name in deployed.files]
    assert network(walk(6)[["level", "speed"]].to_numpy()[None]).shape == (1, 6, 1)
    card = (out / "MODEL.md").read_text()
    assert "for Keras alone and the module of its cell, `my_cells`" in card
    assert "from my_cells import Keeper\n" in card


def test_it_forecasts_where_its_module_lies_and_nowhere_else_unasked(
    there: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    rows = walk(120)
    assert main(["predict", "study.yaml", "rows.csv"]) == 0
    printed = capfd.readouterr().out.splitlines()
    assert (printed[0], len(printed)) == ("when,forecast_for,level", 121)
    here = sweep.load(MODEL).predict(rows)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="models:/own@champion: its cell my_cells:Keeper is code that came with"):
        sweep.load(MODEL)
    pd.testing.assert_frame_equal(sweep.load(MODEL, code=there).predict(rows), here)
    mlflow.set_tracking_uri(f"sqlite:///{there}/mlflow.db")
    pd.testing.assert_frame_equal(mlflow.pyfunc.load_model(MODEL).predict(rows), here)


def test_another_module_is_another_study_which_is_told_by_its_file(there: Path) -> None:
    file = load("study.yaml")
    with Study.read(file.config, load_data(file)) as study:
        assert len(list(study)) == 1
    try:
        Path("my_gates.py").write_text(f"{CODE['my_gates.py']}# changed\n")
        with pytest.raises(StudyChanged, match=r"  code\.my_gates\.py: was ") as refused:
            Study.read(file.config, load_data(file))
        assert "my_cells.py" not in str(refused.value)
    finally:
        Path("my_gates.py").write_text(CODE["my_gates.py"])
