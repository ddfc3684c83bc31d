"""Fetches a model from MLflow, to forecast with it here."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import mlflow.artifacts
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from sweep.core.errors import ServiceUnavailable
from sweep.tracking.server import explained

if TYPE_CHECKING:
    from workers.forecasting.forecaster import Forecaster

FOLDER = Path("data", "forecaster")


def fetch(model: str, tracking_uri: str) -> "Forecaster":
    """The forecaster of a model, such as `models:/NAME@champion`. Loading a model runs no code of its own.

    Raises ServiceUnavailable where MLflow cannot be reached, has no such model, or has one of another kind.
    """
    from workers.forecasting.forecaster import Forecaster  # noqa: PLC0415  (TensorFlow takes seconds to import)

    with TemporaryDirectory() as folder:
        try:
            path = mlflow.artifacts.download_artifacts(artifact_uri=model, dst_path=folder, tracking_uri=tracking_uri)
            return Forecaster.load(Path(path) / FOLDER)
        except (MlflowException, SQLAlchemyError) as error:
            raise ServiceUnavailable(f"{model}: cannot be had from MLflow: {explained(error)}") from error
        except (OSError, ValueError, KeyError) as error:
            raise ServiceUnavailable(f"{model}: is no model of this version of sweep: {error}") from error
