"""Fetches a model from MLflow, to forecast with it here."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from sweep.core.errors import ServiceUnavailable
from sweep.tracking import settings
from sweep.tracking.model_address import SCHEME

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from workers.forecasting.forecaster import Forecaster

FOLDER = Path("data", "forecaster")


def fetch(model: str, tracking_uri: str) -> "Forecaster":
    """The forecaster of a model, such as `models:/NAME@champion`. Loading a model runs no code of its own.

    Raises ServiceUnavailable where MLflow cannot be reached, has no such model, or has one of another kind.
    """
    from workers.engine import runtime  # noqa: PLC0415

    settings.configure()
    runtime.configure()
    import mlflow.artifacts  # noqa: PLC0415  (with its settings in force, and TensorFlow's)
    from mlflow import MlflowClient  # noqa: PLC0415
    from mlflow.exceptions import MlflowException  # noqa: PLC0415

    from sweep.tracking.server import explained  # noqa: PLC0415  (which imports it too)

    with runtime.silenced():
        from workers.forecasting.forecaster import Forecaster  # noqa: PLC0415

    with TemporaryDirectory() as folder:
        try:
            place = _place(model, MlflowClient(tracking_uri))
            path = mlflow.artifacts.download_artifacts(artifact_uri=place, dst_path=folder, tracking_uri=tracking_uri)
            return Forecaster.load(Path(path) / FOLDER)
        except (MlflowException, SQLAlchemyError) as error:
            raise ServiceUnavailable(f"{model}: cannot be had from MLflow: {explained(error)}") from error
        except (OSError, ValueError, KeyError) as error:
            raise ServiceUnavailable(f"{model}: is no model of this version of sweep: {error}") from error


def _place(model: str, client: "MlflowClient") -> str:
    """Where its files are. MLflow would look up an address that begins with models: at its global server instead."""
    if not model.startswith(SCHEME):
        return model
    address = model.removeprefix(SCHEME)
    name, _, alias = address.partition("@")
    if alias:
        return str(client.get_model_version_by_alias(name, alias).source)
    name, _, version = address.partition("/")
    if version:
        return str(client.get_model_version(name, version).source)
    return str(client.get_logged_model(address).artifact_location)
