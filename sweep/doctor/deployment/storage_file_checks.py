"""Checks of the files that hold the ledger and MLflow's data, where no server has them."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from sweep.config.addresses import absolute, sqlite_file
from sweep.core import redact
from sweep.doctor.checks import Finding, note
from sweep.doctor.deployment import permissions
from sweep.doctor.deployment.checks import Check, Deployment, NotChecked
from sweep.tracking.server import artifact_location


def mlflow_files(deployment: Deployment) -> list[Path] | NotChecked | None:
    """The files and folders with MLflow's data; None where a server has them."""
    url = deployment.tracking
    if url.startswith(("http://", "https://")):
        return None
    path, parts = sqlite_file(url), urlsplit(url)
    if path:
        paths = [*_sqlite(path), Path(unquote(urlsplit(artifact_location(absolute(url)) or "").path))]
    elif parts.scheme in ("", "file"):
        paths = [Path(unquote(parts.path))]
    else:
        what = f"{redact.address(url)} was not looked at"
        return NotChecked(note(what, "only MLflow's server and files are"))
    return _existing(paths) or NotChecked(note(f"{url} is not there yet", "there is no MLflow to look at"))


def ledger_files(deployment: Deployment) -> list[Path] | NotChecked | None:
    """The ledger's files; None where the ledger is not SQLite."""
    path = sqlite_file(deployment.storage)
    if path is None:
        return None
    absent = note(f"{deployment.storage} is not there yet", "there is no ledger to look at")
    return _existing(_sqlite(path)) or NotChecked(absent)


def writable(paths: list[Path]) -> Iterator[Finding]:
    """Whether other users may write the files."""
    yield from permissions.writable(paths, "they can change the results, and what the next launch does")


def readable(paths: list[Path]) -> Iterator[Finding]:
    """Whether other users may read the files."""
    yield from permissions.readable(paths, "they hold results, and no secret")


def _sqlite(path: Path) -> list[Path]:
    return [path, Path(f"{path}-wal"), Path(f"{path}-shm")]


def _existing(paths: list[Path]) -> list[Path]:
    return [path for path in paths if permissions.exists(path)]


MLFLOW: Iterable[Check[Any]] = (
    Check("MLflow", "MLflow's files can be written by nobody else", mlflow_files, writable),
    Check("MLflow", "MLflow's files can be read by nobody else", mlflow_files, readable),
)
LEDGER: Iterable[Check[Any]] = (
    Check("ledger", "the ledger's files can be written by nobody else", ledger_files, writable),
    Check("ledger", "the ledger's files can be read by nobody else", ledger_files, readable),
)
