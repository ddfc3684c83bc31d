"""MLflow's pages: where they are, or how they are served on this machine."""

import os
import socket
import sys
from contextlib import closing
from typing import NoReturn

from sweep.config.addresses import absolute
from sweep.core import redact
from sweep.core.errors import ServiceUnavailable
from sweep.tracking import view
from sweep.tracking.inspection import is_set_up
from sweep.tracking.server import ERRORS, explained, new_client

HOST = "127.0.0.1"
WITHOUT_JOBS = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}  # which need what is not installed


def of_study(tracking_uri: str, study: str) -> str:
    """The link to a study's trials, from the root of MLflow's pages; empty where MLflow has no such study.

    Raises ServiceUnavailable where MLflow cannot be used.
    """
    try:
        experiment = new_client(absolute(tracking_uri)).get_experiment_by_name(study)
    except ERRORS as error:
        where = redact.text(tracking_uri)
        raise ServiceUnavailable(f"{where}: MLflow cannot be used there: {explained(error)}") from error
    return view.link(experiment.experiment_id) if experiment else ""


def check_there(tracking_uri: str) -> None:
    """Raises ServiceUnavailable where there is no MLflow yet: its server would make an empty one."""
    if not is_set_up(absolute(tracking_uri)):
        where = redact.text(tracking_uri)
        raise ServiceUnavailable(f"{where}: there is no MLflow yet; launch a study, or name another by --tracking")


def check_free(port: int) -> None:
    """Raises ServiceUnavailable where something else listens at the port."""
    with closing(socket.socket()) as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((HOST, port))
        except OSError as error:
            raise ServiceUnavailable(f"port {port} cannot be had: {error.strerror}; name another by --port") from error


def serve(tracking_uri: str, port: int) -> NoReturn:
    """Become MLflow's server at this port of this machine alone."""
    command = [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", absolute(tracking_uri)]
    command += ["--host", HOST, "--port", str(port)]
    sys.stdout.flush()
    os.execve(sys.executable, command, {**WITHOUT_JOBS, **os.environ})  # noqa: S606  (this program's own environment)
