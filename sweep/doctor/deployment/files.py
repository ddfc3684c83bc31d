"""Checks of files: that nobody else reads secrets, and nobody else writes what is believed or run."""

import os
import shlex
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sweep.core import redact
from sweep.core.wording import listed
from sweep.doctor.case import Finding, news
from sweep.doctor.deployment import permissions
from sweep.doctor.deployment.scene import Check, Surroundings, Unseen
from sweep.execution.checkpoint_files import ARTIFACTS

NAMED = {  # by a variable, or else there
    "RAY_AUTH_TOKEN_PATH": "~/.ray/auth_token",
    "RAY_TLS_SERVER_KEY": "",
    "PGPASSFILE": "~/.pgpass",
    "MLFLOW_TRACKING_CLIENT_CERT_PATH": "",
}
MOUNTED = Path("/run/secrets")  # into a container, where nobody else is
DEPLOYED = Path("deploy", "secrets")  # beside docker-compose.yml
PLACED = (Path("~/.mlflow/credentials"), DEPLOYED / "[!.]*")
RESULTS = (ARTIFACTS, ARTIFACTS.with_name("reports"))
ADDRESSES = ("SWEEP_STORAGE", "MLFLOW_TRACKING_URI")


def secret_files(_: Surroundings) -> list[Path] | Unseen:
    """Files with passwords, tokens and keys, where the programs of a deployment look for them."""
    named = [Path(os.environ.get(name) or default).expanduser() for name, default in NAMED.items()]
    placed = [path for pattern in PLACED for path in _matching(pattern.expanduser())]
    found = [path for path in [*named, *placed] if permissions.there(path) and not path.is_relative_to(MOUNTED)]
    none = news("no file with a secret was found", "where Ray, MLflow and libpq look for one")
    return [path for path in found if path.is_file()] or Unseen(none)


def _matching(path: Path) -> list[Path]:
    try:
        return sorted(path.parent.glob(path.name))
    except OSError:  # a folder of somebody else's
        return []


def secrets_shown(paths: list[Path]) -> Iterator[Finding]:
    """Whether others may read or write them."""
    found = [path for path in paths if permissions.may_read(path) or permissions.may_write(path)]
    if found:
        what = f"every user of this machine can read or write {listed(found)}"
        remedy = f"chmod {_closed(found[0])}, and change what is in it"
        yield Finding(what, "whoever has a secret may do all that it protects", remedy)


def _closed(path: Path) -> str:
    """How it is closed; the user of a container must be able to read what is mounted there."""
    return f"700 {DEPLOYED}" if path.is_relative_to(DEPLOYED) else f"600 {shlex.quote(str(path))}"


def environment(_: Surroundings) -> list[str] | None:
    """The addresses that this environment gives a launch."""
    return [name for name in ADDRESSES if os.environ.get(name)] or None


def environment_shown(names: list[str]) -> Iterator[Finding]:
    """Passwords among them, which processes of other users cannot read."""
    for name in names:
        if redact.holds_password(os.environ[name]):
            yield news(
                f"{name} holds a password",
                "no other user can read it; every program that is started from here can, unlike one in a file"
                " (PGPASSFILE, ~/.mlflow/credentials)",
            )


def results(_: Surroundings) -> list[Path] | Unseen:
    """The folders of checkpoints and reports."""
    none = news(f"{' and '.join(map(str, RESULTS))} are not in this folder", "nothing was launched here")
    return [path for path in RESULTS if permissions.there(path)] or Unseen(none)


def results_written(folders: list[Path]) -> Iterator[Finding]:
    """Whether others may write them, or anything in them."""
    paths = [path for folder in folders for path in (folder, *sorted(folder.rglob("*")))]
    yield from permissions.written(paths, "they can change models and pages that are taken for the study's")


def imported(_: Surroundings) -> list[Path]:
    """The folders from which Python imports in a launch; `python -m` begins in the working directory."""
    return [path for path in dict.fromkeys([Path.cwd(), *map(Path, sys.path)]) if permissions.there(path)]


def imports_written(folders: list[Path]) -> Iterator[Finding]:
    """Whether others may put a module there."""
    yield from permissions.written(folders, "what they put there is run as this user by the next launch")


CHECKS: Iterable[Check[Any]] = (
    Check("this machine", "files with secrets can be read and written by nobody else", secret_files, secrets_shown),
    Check("this machine", "no address in the environment holds a password", environment, environment_shown),
    Check("this machine", "checkpoints and reports can be written by nobody else", results, results_written),
    Check("this machine", "folders that Python imports from can be written by nobody else", imported, imports_written),
)
