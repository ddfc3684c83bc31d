"""Logs a deployed model in MLflow: a forecaster whose code travels with it."""

from collections.abc import Callable
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import mlflow.pyfunc
from mlflow.entities import LoggedModel, LoggedModelOutput
from mlflow.models import Model, ModelSignature
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema, TensorSpec
from mlflow.types.schema import AnyType

import workers
from sweep.tracking import tag_names
from sweep.tracking.leading_client import LeadingClient
from sweep.tracking.outbox import NOT_LEADING, Away
from sweep.tracking.server import given, new_client
from workers.forecasting.package import FILES, Package

LOADER = "workers.forecasting.served"
NEEDED = ("tensorflow", "keras", "numpy", "pandas", "pyarrow", "pydantic", "typing_extensions")
OPTIONAL = "long"  # of rows the one column that may be left out


def log_model(tracking_uri: str, run_id: str, package: Package, may_write: Callable[[], bool] = lambda: True) -> str:
    """Log a package as a run's model, beside earlier ones; its address, `models:/m-...`.

    may_write  asked before each request that writes

    What is logged already is not logged again. Raises Away where it may not write.
    """
    client = LeadingClient(new_client(tracking_uri), may_write)
    experiment_id = client.get_run(run_id).info.experiment_id
    earlier = client.search_logged_models([experiment_id], filter_string=f"source_run_id = '{run_id}'")
    digest = _digest(package)
    for model in earlier:
        if model.tags.get(tag_names.DIGEST) == digest and model.status == "READY":
            return str(model.model_uri)
    model = client.create_logged_model(experiment_id, "model", run_id, tags={tag_names.DIGEST: digest})
    given(model.model_id, "the id of the model that it was asked to create")
    if not client.leads_still:
        client.unasked.delete_logged_model(model.model_id)  # whoever leads has logged its own
        raise Away(NOT_LEADING)
    _upload(client, model, package)
    client.finalize_logged_model(model.model_id, "READY")
    client.log_outputs(run_id, [LoggedModelOutput(model.model_id, step=0)])
    for unfinished in (model for model in earlier if model.status != "READY"):
        client.delete_logged_model(unfinished.model_id)
    return str(model.model_uri)


def signature(package: Package) -> ModelSignature:
    """What the model takes and gives, and the parameter that asks for state."""
    takes: list[ColSpec | TensorSpec] = [
        ColSpec(AnyType() if kind == "any" else DataType[kind], name, required=kind != OPTIONAL)
        for name, kind in package.takes.items()
    ]
    gives: list[ColSpec | TensorSpec] = [ColSpec(AnyType(), name) for name in package.gives]
    return ModelSignature(Schema(takes), Schema(gives), ParamSchema([ParamSpec("session", DataType.string, "")]))


def _digest(package: Package) -> str:
    """Of what a forecast depends on, and of the rows shown; the Keras file holds the time at which it was saved."""
    shown = b"" if package.example is None else package.example.to_csv().encode()
    return sha256(b"".join([*(package.files[name] for name in FILES), shown])).hexdigest()


def _upload(client: LeadingClient, model: LoggedModel, package: Package) -> None:
    with TemporaryDirectory() as folder:
        data, target = Path(folder, "forecaster"), Path(folder, "model")
        data.mkdir()
        for name, content in package.files.items():
            (data / name).write_bytes(content)
        mlflow.pyfunc.save_model(
            str(target),
            loader_module=LOADER,
            data_path=str(data),
            code_paths=[str(Path(workers.__file__).parent)],
            mlflow_model=Model(model.artifact_location, run_id=model.source_run_id, model_id=model.model_id),
            signature=signature(package),
            input_example=package.example,
            # Given, since MLflow would start a process that loads the model to find out.
            pip_requirements=[f"{name}=={version(name)}" for name in NEEDED],
        )
        client.log_model_artifacts(model.model_id, str(target))
