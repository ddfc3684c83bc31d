"""MLflow: the mirror of a study, and the model that is logged in it. Nothing else in `sweep` knows MLflow."""

import os

# MLflow reads these as it is imported, workers inherit them, and whoever has set one keeps it. The terminal belongs to
# the study's progress; and a request is tried once, since Outbox waits an outage out and then looks before it creates.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")  # seconds
os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "CRITICAL")
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")

from sweep.tracking.entities import StudyCard
from sweep.tracking.model import log_model
from sweep.tracking.recorder import Recorder

__all__ = ["Recorder", "StudyCard", "log_model"]
