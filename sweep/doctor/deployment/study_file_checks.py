"""Checks of the study file: nobody else can write it or the code that it runs, nor read a password in it."""

import importlib.util
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sweep.config import own_code as own
from sweep.config.study_file import StudyFile
from sweep.core import redact
from sweep.doctor.checks import Finding, note
from sweep.doctor.deployment import permissions
from sweep.doctor.deployment.checks import Check, Deployment, NotChecked
from workers.data.sources.python import Python


def study_file(deployment: Deployment) -> StudyFile | NotChecked:
    """The study file that the command names."""
    absent = note("no study file was given", "neither one nor the code that it runs was looked at")
    return deployment.file or NotChecked(absent)


def writable(file: StudyFile) -> Iterator[Finding]:
    """Whether other users may write the study file."""
    yield from permissions.writable([file.origin.path], "they can change what the next launch does")


def password(file: StudyFile) -> Iterator[Finding]:
    """Whether other users may read a password in the study file."""
    if redact.holds_password(file.text) and permissions.may_read(file.origin.path):
        yield Finding(
            f"every user of this machine can read a password in {file.origin.path}",
            "with it they can read and change the ledger, or MLflow",
            f"chmod 600 {file.origin.path}; or leave it out: it may stand in PGPASSFILE or ~/.mlflow/credentials",
        )


def own_code(deployment: Deployment) -> list[Path] | None:
    """The user's modules of data, cells and models, found without importing them; None where there are none."""
    if deployment.file is None:
        return None
    config, folder = deployment.file.config, deployment.file.origin.path.resolve().parent
    named = [config.data.factory] if isinstance(config.data, Python) else []
    found = [path for each in (*named, *own.own_code(config)) for path in _modules(folder, each)]
    return list(dict.fromkeys(found)) or None


def writable_code(paths: list[Path]) -> Iterator[Finding]:
    """Whether other users may change the user's own code, or add a module that is imported instead of it."""
    yield from permissions.writable(paths, "what they put there is run as this user by the next launch")


def _modules(folder: Path, path: str) -> list[Path]:
    """The study file's folder, which Python searches first, the modules in it, and the files of a path's module."""
    top = path.partition(":")[0].partition(".")[0]
    beside = [folder, *sorted(folder.glob("*.py")), *sorted((folder / top).rglob("*.py"))]
    if (folder / f"{top}.py").is_file() or (folder / top / "__init__.py").is_file():
        return beside
    spec = importlib.util.find_spec(top)
    installed = [*(spec.submodule_search_locations or ()), spec.origin or ""] if spec else []
    return [*beside, *(Path(path) for path in installed if path)]


CHECKS: Iterable[Check[Any]] = (
    Check("study file", "the study file can be written by nobody else", study_file, writable),
    Check("study file", "no password in the study file can be read by others", study_file, password),
    Check("study file", "the study's own code can be written by nobody else", own_code, writable_code),
)
