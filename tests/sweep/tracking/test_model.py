"""A model in MLflow, as anybody would load it from there."""

from pathlib import Path

import keras
import mlflow.pyfunc
import numpy as np
import pytest
from mlflow import MlflowClient

from sweep.tracking.model import log_model
from sweep.tracking.recorder import Recorder

EXAMPLE = np.linspace(0, 1, 24, dtype=np.float32).reshape(2, 6, 2)


@pytest.fixture
def model() -> keras.Model:
    return keras.Sequential([keras.Input((None, 2)), keras.layers.GRU(3), keras.layers.Dense(1)])


def file_of(model: keras.Model, folder: Path) -> bytes:
    model.save(folder / "model.keras")
    return (folder / "model.keras").read_bytes()


def test_it_predicts_the_same_when_it_is_loaded_from_the_study_s_run(
    recorder: Recorder, model: keras.Model, tmp_path: Path
) -> None:
    address = log_model(recorder.tracking_uri, str(recorder.study_run_id), file_of(model, tmp_path), EXAMPLE)
    mlflow.set_tracking_uri(recorder.tracking_uri)
    loaded = mlflow.pyfunc.load_model(address)
    assert np.array_equal(loaded.predict(EXAMPLE), model.predict(EXAMPLE, verbose=0))
    assert np.array_equal(loaded.input_example, EXAMPLE)
    assert loaded.metadata.run_id == recorder.study_run_id
    assert str(loaded.metadata.signature.inputs) == "[Tensor('float32', (-1, 6, 2))]"


def test_it_is_logged_once_and_another_one_beside_it(recorder: Recorder, model: keras.Model, tmp_path: Path) -> None:
    def log() -> str:
        return log_model(recorder.tracking_uri, str(recorder.study_run_id), file_of(model, tmp_path), EXAMPLE)

    first, again = log(), log()
    model.set_weights([weights + 1 for weights in model.get_weights()])
    other = log()
    kept = MlflowClient(recorder.tracking_uri).search_logged_models([recorder.experiment_id])
    assert first == again
    assert {model.model_uri for model in kept} == {first, other}


def test_a_model_that_another_process_saves_is_the_same(recorder: Recorder, tmp_path: Path) -> None:
    def log() -> str:
        model = keras.Sequential([keras.Input((None, 2)), keras.layers.GRU(3, kernel_initializer="ones")])  # new names
        model.set_weights([np.full(weights.shape, 0.5) for weights in model.get_weights()])
        return log_model(recorder.tracking_uri, str(recorder.study_run_id), file_of(model, tmp_path), EXAMPLE)

    assert log() == log()


def test_a_file_that_would_run_code_when_it_is_loaded_is_refused(recorder: Recorder, tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((None, 2)), keras.layers.Lambda(lambda x: x + 1, output_shape=(None, 2))])
    with pytest.raises(ValueError, match="Lambda"):
        log_model(recorder.tracking_uri, str(recorder.study_run_id), file_of(model, tmp_path), EXAMPLE)
