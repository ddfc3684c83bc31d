"""Checks of the files in which a ledger and MLflow are kept where no server has them."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa

from sweep.core import redact
from sweep.doctor.case import Finding, news
from sweep.doctor.deployment import permissions
from sweep.doctor.deployment.scene import Check, Surroundings, Unseen
from sweep.tracking.address import absolute, artifact_location, sqlite_path


def tracking(around: Surroundings) -> list[Path] | Unseen | None:
    """What a launch keeps MLflow's data in, if it is files."""
    url = around.tracking
    if url.startswith(("http://", "https://")):
        return None
    path, parts = sqlite_path(url), urlsplit(url)
    if path:
        paths = [*_sqlite(path), Path(unquote(urlsplit(artifact_location(absolute(url)) or "").path))]
    elif parts.scheme in ("", "file"):
        paths = [Path(unquote(parts.path))]
    else:
        what = f"{redact.address(url)} was not looked at"
        return Unseen(news(what, "only MLflow's server and files are"))
    return _there(paths) or Unseen(news(f"{url} is not there yet", "there is no MLflow to look at"))


def ledger(around: Surroundings) -> list[Path] | Unseen | None:
    """The ledger's files, if it is SQLite's."""
    if not around.storage.startswith("sqlite"):
        return None
    paths = _sqlite(Path(sa.make_url(around.storage).database or ""))
    return _there(paths) or Unseen(news(f"{around.storage} is not there yet", "there is no ledger to look at"))


def written(paths: list[Path]) -> Iterator[Finding]:
    """Whether others may write them."""
    yield from permissions.written(paths, "they can change the results, and what the next launch does")


def shown(paths: list[Path]) -> Iterator[Finding]:
    """Whether others may read them."""
    yield from permissions.shown(paths, "they hold results, and no secret")


def _sqlite(path: Path) -> list[Path]:
    return [path, Path(f"{path}-wal"), Path(f"{path}-shm")]


def _there(paths: list[Path]) -> list[Path]:
    return [path for path in paths if permissions.there(path)]


TRACKING: Iterable[Check[Any]] = (
    Check("MLflow", "MLflow's files can be written by nobody else", tracking, written),
    Check("MLflow", "MLflow's files can be read by nobody else", tracking, shown),
)
LEDGER: Iterable[Check[Any]] = (
    Check("ledger", "the ledger's files can be written by nobody else", ledger, written),
    Check("ledger", "the ledger's files can be read by nobody else", ledger, shown),
)
