"""A model in MLflow, as anybody would load it from there."""

import json
import math
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import mlflow.pyfunc
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

import sweep
from sweep.core.errors import ConfigError, ServiceUnavailable
from sweep.tracking import registry
from sweep.tracking.model import log_model
from sweep.tracking.recorder import Recorder
from tests.paths import ROOT
from tests.sweep.models import ROWS, package
from tests.sweep.ray_head import free_ports
from tests.sweep.tracking.worlds import CARD, LONG


def log(recorder: Recorder, number: float = 3.0) -> str:
    return log_model(recorder.tracking_uri, str(recorder.study_run_id), package(number))


def loaded(recorder: Recorder, address: str) -> Any:
    mlflow.set_tracking_uri(recorder.tracking_uri)
    return mlflow.pyfunc.load_model(address)


def test_it_forecasts_the_same_wherever_it_is_loaded(recorder: Recorder) -> None:
    address = log(recorder)
    here = sweep.load(address, recorder.tracking_uri).predict(ROWS)
    assert here["target"].to_numpy() == pytest.approx([3.0] * 6)
    there = loaded(recorder, address)
    pd.testing.assert_frame_equal(there.predict(ROWS), here)
    assert there.metadata.run_id == recorder.study_run_id


def test_it_says_what_it_takes_with_an_example(recorder: Recorder) -> None:
    model = loaded(recorder, log(recorder))
    schema = model.metadata.signature.inputs
    assert schema.input_names() == ["input 1", "input 2", "sequence"]
    assert [str(column.type) for column in schema] == ["DataType.double", "DataType.double", "DataType.long"]
    assert schema.optional_input_names() == ["sequence"]
    assert model.metadata.signature.outputs.input_names() == ["target"]
    assert len(model.predict(model.input_example)) == len(model.input_example)


def test_equal_calls_give_equal_answers_and_a_session_remembers(recorder: Recorder) -> None:
    model = loaded(recorder, log(recorder))
    pd.testing.assert_frame_equal(model.predict(ROWS), model.predict(ROWS))
    for piece in (ROWS[:2], ROWS[2:]):
        assert len(model.predict(piece, params={"session": "mine"})) == len(piece)


@pytest.mark.slow
@pytest.mark.lengthy
def test_its_code_travels_with_it(recorder: Recorder, tmp_path: Path) -> None:
    """It forecasts in a process that cannot import this project from anywhere else."""
    mlflow.set_tracking_uri(recorder.tracking_uri)
    mlflow.artifacts.download_artifacts(log(recorder), dst_path=str(tmp_path))
    program = f"""
import sys
sys.path = [entry for entry in sys.path if "-packages" in entry or "lib/python" in entry or entry.endswith(".zip")]
sys.meta_path = [finder for finder in sys.meta_path if "editable" not in repr(finder)]
import mlflow.pyfunc, pandas as pd
model = mlflow.pyfunc.load_model({str(tmp_path)!r})
import workers
print(workers.__file__)
print(model.predict(pd.DataFrame({json.dumps(ROWS.to_dict("list"))}))["target"].tolist())
"""
    ran = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    where, forecast = ran.stdout.splitlines()[-2:]
    assert where == str(tmp_path / "code" / "workers" / "__init__.py")
    assert json.loads(forecast) == pytest.approx([3.0] * 6)


def test_it_is_logged_once_and_another_one_beside_it(recorder: Recorder) -> None:
    first, again, other = log(recorder, 3.0), log(recorder, 3.0), log(recorder, 4.0)
    kept = MlflowClient(recorder.tracking_uri).search_logged_models([recorder.experiment_id])
    assert first == again
    assert {model.model_uri for model in kept} == {first, other}


def test_a_model_that_is_not_there_is_one_message(recorder: Recorder) -> None:
    with pytest.raises(ServiceUnavailable, match="models:/nobody@champion: cannot be had from MLflow: "):
        sweep.load("models:/nobody@champion", recorder.tracking_uri)


def test_a_relative_address_is_that_of_the_working_directory_also_after_another_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_database: bytes
) -> None:
    for number in (3.0, 4.0):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "mlflow.db").write_bytes(empty_database)
        monkeypatch.chdir(folder)
        recorder = Recorder("sqlite:///mlflow.db", CARD)
        recorder.open()
        registry.register("sqlite:///mlflow.db", "glucose", log(recorder, number), {})
        assert recorder.close(LONG) == 0
        forecast = sweep.load("models:/glucose@champion", "sqlite:///mlflow.db").predict(ROWS)
        assert forecast["target"].to_numpy() == pytest.approx([number] * 6)


def test_what_is_no_address_of_an_mlflow_is_told_with_what_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=r"^tracking: would be a folder of that name; write http://localhost:5000$"):
        sweep.load("models:/glucose@champion", "localhost:5000")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "mlflow.db")
    with pytest.raises(ConfigError, match=r"^MLFLOW_TRACKING_URI: would be a folder of that name; write sqlite:///"):
        sweep.load("models:/glucose@champion")


def test_where_no_mlflow_is_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(ServiceUnavailable, match="cannot be had from MLflow: there is none at sqlite:///"):
        sweep.load("models:/nobody@champion", f"sqlite:///{tmp_path}/mlflow.db")
    assert list(tmp_path.iterdir()) == []


def test_rows_that_cannot_be_read_are_one_message(recorder: Recorder) -> None:
    model = loaded(recorder, log(recorder))
    with pytest.raises(MlflowException, match="the rows given, row 2: an input is not a finite number"):
        model.predict(ROWS.assign(**{"input 1": [0.0, math.inf, 0.0, 0.0, 0.0, 0.0]}))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_server_forecasts_in_an_environment_that_has_only_what_the_model_names(
    recorder: Recorder, tmp_path: Path
) -> None:
    mlflow.set_tracking_uri(recorder.tracking_uri)
    mlflow.artifacts.download_artifacts(log(recorder), dst_path=str(tmp_path / "model"))
    python = tmp_path / "venv" / "bin" / "python"
    uv = [str(ROOT / ".venv-tools" / "bin" / "uv"), "--quiet"]  # takes a third of pip's time
    subprocess.run([*uv, "venv", "--python", sys.executable, str(tmp_path / "venv")], check=True)
    install = [*uv, "pip", "install", "--python", str(python), "-r", str(tmp_path / "model" / "requirements.txt")]
    subprocess.run(install, check=True, capture_output=True)
    (port,) = free_ports(1)
    path = f"{python.parent}:{os.environ['PATH']}"
    command = [str(python), "-m", "mlflow", "models", "serve", "-m", "model", "--env-manager", "local"]
    server = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", str(port)],
        cwd=tmp_path,
        env={**os.environ, "PATH": path, "PYTHONPATH": ""},
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        answer = asked(port, {"dataframe_split": ROWS.to_dict("split")})
        assert [row["target"] for row in answer["predictions"]] == pytest.approx([3.0] * 6)
        refused = asked(port, {"dataframe_split": ROWS.drop(columns="input 2").to_dict("split")})
        assert "Model is missing inputs ['input 2']" in refused["message"]
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(60)


def asked(port: int, body: Any) -> Any:
    """A server's answer, once it is up."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/invocations", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    for _ in range(240):
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return json.load(error)
        except OSError:
            time.sleep(0.5)
    raise TimeoutError("the server did not come up")
