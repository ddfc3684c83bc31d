"""MLflow's settings for this process and its workers. This file imports no MLflow, which reads some at its import."""

import os

from sweep.core.errors import ConfigError

VARIABLE = "MLFLOW_TRACKING_URI"
DEFAULTS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",  # the terminal belongs to the study's progress
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",  # the outbox waits in an outage, and looks before it creates again
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",  # seconds
    "MLFLOW_LOGGING_LEVEL": "CRITICAL",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}


def configure() -> None:
    """Set MLflow's environment variables, before MLflow is imported. A value of the user's own is kept."""
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)


def tracking_uri(named: str | None = None) -> str:
    """Where MLflow is: as named, or by MLFLOW_TRACKING_URI, or else in the working directory.

    Raises ConfigError where that is no address of an MLflow: see sweep.config.addresses.
    """
    from sweep.config.addresses import absolute, mlflow_problem  # noqa: PLC0415
    from sweep.config.sections import TRACKING  # noqa: PLC0415  (these take seconds to import)

    address = named or os.environ.get(VARIABLE) or TRACKING
    if problem := mlflow_problem(address):
        raise ConfigError(f"{'tracking' if named else VARIABLE}: {problem}")
    return absolute(address)
