"""Logs a trained model in MLflow. It needs Keras, so it runs on a worker."""

import json
import re
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from mlflow import MlflowClient
from mlflow.entities import LoggedModel, LoggedModelOutput
from mlflow.models import Model, infer_signature
from numpy.typing import NDArray

from sweep.tracking import tag_names


def log_model(tracking_uri: str, run_id: str, keras_file: bytes, example: NDArray[np.float32]) -> str:
    """Log the contents of a `.keras` file as a run's model, beside earlier ones; its address, `models:/m-...`.

    example (batch, timesteps, features): kept with the model, whose signature is that of what it predicts for it.
    """
    client = MlflowClient(tracking_uri)
    experiment_id = client.get_run(run_id).info.experiment_id
    earlier = client.search_logged_models([experiment_id], filter_string=f"source_run_id = '{run_id}'")
    loaded = _loaded(keras_file)
    digest = _digest(loaded)
    for model in earlier:
        if model.tags.get(tag_names.DIGEST) == digest and model.status == "READY":
            return str(model.model_uri)
    model = client.create_logged_model(experiment_id, "model", run_id, tags={tag_names.DIGEST: digest})
    _upload(client, model, loaded, example)
    client.finalize_logged_model(model.model_id, "READY")
    client.log_outputs(run_id, [LoggedModelOutput(model.model_id, step=0)])
    for unfinished in (model for model in earlier if model.status != "READY"):
        client.delete_logged_model(unfinished.model_id)
    return str(model.model_uri)


def _loaded(keras_file: bytes) -> Any:
    import keras  # noqa: PLC0415  only a worker has it

    with TemporaryDirectory() as folder:
        file = Path(folder, "model.keras")
        file.write_bytes(keras_file)
        return keras.saving.load_model(file, compile=False, safe_mode=True)


def _digest(model: Any) -> str:
    """Of the architecture and the weights, whichever process built them and when."""
    architecture = json.loads(model.to_json(), object_hook=_without_address)
    unnumbered = re.sub(r'_\d+"', '"', json.dumps(architecture, sort_keys=True))  # Keras counts names in a process
    weights = b"".join(np.ascontiguousarray(values).tobytes() for values in model.get_weights())
    return sha256(unnumbered.encode() + weights).hexdigest()


def _without_address(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields without what Keras tells objects by, which is where they lie in its process's memory."""
    return {name: value for name, value in fields.items() if name != "shared_object_id"}


def _upload(client: MlflowClient, model: LoggedModel, loaded: Any, example: NDArray[np.float32]) -> None:
    import keras  # noqa: PLC0415  only a worker has it
    import mlflow.keras  # noqa: PLC0415  which imports it too

    with TemporaryDirectory() as folder:
        target = Path(folder, "model")
        target.mkdir()
        mlflow.keras.save_model(
            loaded,
            str(target),
            mlflow_model=Model(model.artifact_location, run_id=model.source_run_id, model_id=model.model_id),
            signature=infer_signature(example, keras.ops.convert_to_numpy(loaded(example))),
            input_example=example,
            # Given, since MLflow would start a process that loads the model to find out.
            pip_requirements=[f"{name}=={version(name)}" for name in ("keras", "tensorflow", "numpy")],
        )
        client.log_model_artifacts(model.model_id, str(target))
