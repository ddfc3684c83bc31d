"""Checks of the study file: that nobody else writes it or the code that it runs, and that it shows no password."""

import importlib.util
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sweep.config.study_file import StudyFile
from sweep.core import redact
from sweep.doctor.case import Finding, news
from sweep.doctor.deployment import permissions
from sweep.doctor.deployment.scene import Check, Surroundings, Unseen
from workers.data.sources.python import Python


def given(around: Surroundings) -> StudyFile | Unseen:
    """The study file."""
    return around.file or Unseen(news("no study file was given", "neither one nor the code that it runs was looked at"))


def written(file: StudyFile) -> Iterator[Finding]:
    """Whether others may change what is to be done."""
    yield from permissions.written([file.origin.path], "they can change what the next launch does")


def own_code(around: Surroundings) -> list[Path] | None:
    """The files of `kind: python`; nothing of it is imported by looking for them."""
    if around.file is None or not isinstance(around.file.config.data, Python):
        return None
    return _code(around.file.origin.path.resolve().parent, around.file.config.data.factory)


def code_written(paths: list[Path]) -> Iterator[Finding]:
    """Whether others may change the user's own code, or put some before it."""
    yield from permissions.written(paths, "what they put there is run as this user by the next launch")


def password(file: StudyFile) -> Iterator[Finding]:
    """Whether others may read a password in it."""
    if redact.holds_password(file.text) and permissions.may_read(file.origin.path):
        yield Finding(
            f"every user of this machine can read a password in {file.origin.path}",
            "with it they can read and change the ledger, or MLflow",
            f"chmod 600 {file.origin.path}; or leave it out: it may stand in PGPASSFILE or ~/.mlflow/credentials",
        )


def _code(folder: Path, factory: str) -> list[Path]:
    """The study file's folder, from which modules come first, all modules in it, and the factory's own files."""
    top = factory.partition(":")[0].partition(".")[0]
    beside = [folder, *sorted(folder.glob("*.py")), *sorted((folder / top).rglob("*.py"))]
    if (folder / f"{top}.py").is_file() or (folder / top / "__init__.py").is_file():
        return beside
    spec = importlib.util.find_spec(top)
    elsewhere = [*(spec.submodule_search_locations or ()), spec.origin or ""] if spec else []
    return [*beside, *(Path(path) for path in elsewhere if path)]


CHECKS: Iterable[Check[Any]] = (
    Check("study file", "the study file can be written by nobody else", given, written),
    Check("study file", "no password in the study file can be read by others", given, password),
    Check("study file", "the study's own code can be written by nobody else", own_code, code_written),
)
