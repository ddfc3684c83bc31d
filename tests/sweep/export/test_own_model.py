"""A model of the user's own goes all the way: from the study file to forecasts, exports and MLflow, with its code."""

import json
import subprocess
import sys
from pathlib import Path

import mlflow.pyfunc
import numpy as np
import pandas as pd
import pytest

import sweep
from sweep.cli.main import main
from sweep.core.errors import ConfigError
from tests.sweep.export.conftest import launch_own
from tests.workers.forecasting.worlds import walk
from tests.workers.own_models import CAUSAL, CODE, MIXED

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.lengthy,
    pytest.mark.filterwarnings("ignore:.* leaves what training saw"),
]
MODEL = "models:/own@champion"
ROWS = 120
STUDY = """
name: own
budget: {trials: 2}
sampler: grid
data: {kind: table, path: rows.csv, time: when, inputs: [level, speed], targets: [level]}
trial: {model: '%s', epochs: 2, window: 6, batch_size: 4}
space: {reset_policy: [never], stateful: [true, false]}
compare: none
deploy: {arm: never}
"""
LOAD = """
import sys
import keras, numpy as np
sys.path.insert(0, sys.argv[1])
import my_models, workers.models.history
rows = np.loadtxt("rows.txt")[None]
whole = keras.saving.load_model(f"{sys.argv[1]}/batch.keras", compile=False)(rows)
streaming = keras.saving.load_model(f"{sys.argv[1]}/streaming.keras", compile=False)
for turn in range(2):
    pieces = np.concatenate([streaming(rows[:, at : at + 7]) for at in range(0, rows.shape[1], 7)], axis=1)
    print(np.abs(pieces - whole).max() < 1e-5, list(whole.shape))
    for layer in streaming.layers:
        if hasattr(layer, "reset_state"):
            layer.reset_state()
"""


@pytest.fixture(scope="module", params=[MIXED, pytest.param(CAUSAL, marks=pytest.mark.slow)])
def launched(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, empty_database: bytes) -> Path:
    """A folder with a study that was launched, all of whose trials have a model of the user's own."""
    return launch_own(tmp_path_factory.mktemp("own"), empty_database, CODE, walk(ROWS), STUDY % request.param)


def test_it_is_exported_with_its_modules_and_streams_where_only_they_are(
    there: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["export", "study.yaml", "--to", str(out)]) == 0
    assert "train.py and data.npz are left out: such a program is written for cells" in capfd.readouterr().err
    assert {*CODE, "batch.keras", "streaming.keras"} <= {path.name for path in out.iterdir()}
    np.savetxt(tmp_path / "rows.txt", walk(60)[["level", "speed"]].to_numpy())
    command = [sys.executable, "-c", LOAD, str(out)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert [line for line in done.stdout.splitlines() if line != "squeezed"] == ["True [1, 60, 1]"] * 2, done.stderr
    card = (out / "MODEL.md").read_text()
    assert "The network that `my_models:" in card
    assert "import my_models  # whose layers Keras finds if they are registered" in card


def test_it_forecasts_where_its_module_lies_and_nowhere_else_unasked(
    there: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    rows = walk(ROWS)
    assert main(["predict", "study.yaml", "rows.csv"]) == 0
    printed = capfd.readouterr().out.splitlines()
    assert (printed[0], len(printed)) == ("when,forecast_for,level", ROWS + 1)
    here = sweep.load(MODEL).predict(rows)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"models:/own@champion: its model my_models:\w+ is code that came with"):
        sweep.load(MODEL)
    model = sweep.load(MODEL, code=there)
    pd.testing.assert_frame_equal(model.predict(rows), here)
    model.reset()
    pieces = [model.update(rows[at : at + 17]) for at in range(0, len(rows), 17)]
    assert pd.concat(pieces)["level"].to_numpy() == pytest.approx(here["level"].to_numpy(), rel=1e-5)
    mlflow.set_tracking_uri(f"sqlite:///{there}/mlflow.db")
    pd.testing.assert_frame_equal(mlflow.pyfunc.load_model(MODEL).predict(rows), here)


def test_a_state_that_was_kept_goes_on(there: Path) -> None:
    rows = walk(ROWS)
    whole = sweep.load(MODEL).predict(rows)["level"].to_numpy()[-20:]
    before, after = sweep.load(MODEL), sweep.load(MODEL)
    before.update(rows[:-20])
    after.restore(json.loads(json.dumps(before.state())))
    found = after.update(rows[-20:])["level"].to_numpy()
    assert found == pytest.approx(whole, rel=1e-5)
