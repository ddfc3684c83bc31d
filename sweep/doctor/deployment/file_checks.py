"""Checks of files: nobody else can read secrets, nor write models, reports and code that a launch uses."""

import os
import shlex
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sweep.core import redact
from sweep.core.folders import ARTIFACTS, REPORTS
from sweep.core.wording import listed
from sweep.doctor.checks import Finding, note
from sweep.doctor.deployment import permissions
from sweep.doctor.deployment.checks import Check, Deployment, NotChecked
from sweep.execution.cluster.own_cluster import folder_of_clusters, is_own

SECRETS_BY_VARIABLE = {  # the variable that names the file, and its default path
    "RAY_AUTH_TOKEN_PATH": "~/.ray/auth_token",
    "RAY_TLS_SERVER_KEY": "",
    "PGPASSFILE": "~/.pgpass",
    "MLFLOW_TRACKING_CLIENT_CERT_PATH": "",
}
MOUNTED = Path("/run/secrets")  # of a container, which has no other users
DEPLOYED = Path("deploy", "secrets")  # beside docker-compose.yml
SECRETS_BY_PATTERN = (Path("~/.mlflow/credentials"), DEPLOYED / "[!.]*")
RESULTS = (ARTIFACTS, REPORTS)
RAYS_OWN = "ray"  # of clusters that were started by `ray start`
ADDRESSES = ("SWEEP_STORAGE", "MLFLOW_TRACKING_URI")


def secret_files(_: Deployment) -> list[Path] | NotChecked:
    """The files with passwords, tokens and keys that the programs of a deployment read."""
    by_variable = [Path(os.environ.get(name) or path).expanduser() for name, path in SECRETS_BY_VARIABLE.items()]
    by_pattern = [path for pattern in SECRETS_BY_PATTERN for path in _matching(pattern.expanduser())]
    paths = [path for path in [*by_variable, *by_pattern] if not path.is_relative_to(MOUNTED)]
    absent = note("no file with a secret was found", "where Ray, MLflow and libpq look for one")
    return [path for path in paths if permissions.exists(path) and path.is_file()] or NotChecked(absent)


def _matching(path: Path) -> list[Path]:
    try:
        return sorted(path.parent.glob(path.name))
    except OSError:  # a folder of another user
        return []


def open_secrets(paths: list[Path]) -> Iterator[Finding]:
    """Whether other users may read or write them."""
    found = [path for path in paths if permissions.may_read(path) or permissions.may_write(path)]
    if found:
        what = f"every user of this machine can read or write {listed(found)}"
        remedy = f"chmod {_closing_mode(found[0])}, and change what is in it"
        yield Finding(what, "with a secret they can do all that it protects", remedy)


def _closing_mode(path: Path) -> str:
    """The arguments of chmod that close it; files in DEPLOYED stay readable to the user of a container."""
    return f"700 {DEPLOYED}" if path.is_relative_to(DEPLOYED) else f"600 {shlex.quote(str(path))}"


def address_variables(_: Deployment) -> list[str] | None:
    """The environment variables that are set and hold addresses of services; None if there are none."""
    return [name for name in ADDRESSES if os.environ.get(name)] or None


def passwords_in_variables(names: list[str]) -> Iterator[Finding]:
    """Passwords in addresses of the environment."""
    for name in names:
        if redact.holds_password(os.environ[name]):
            yield note(
                f"{name} holds a password",
                "no other user can read it; every program that is started from here can, unlike one in a file"
                " (PGPASSFILE, ~/.mlflow/credentials)",
            )


def results(_: Deployment) -> list[Path] | NotChecked:
    """The folders of checkpoints and reports in the working directory."""
    absent = note(f"{' and '.join(map(str, RESULTS))} are not in this folder", "nothing was launched here")
    return [path for path in RESULTS if permissions.exists(path)] or NotChecked(absent)


def writable_results(folders: list[Path]) -> Iterator[Finding]:
    """Whether other users may write the folders, or anything in them."""
    paths = [path for folder in folders for path in (folder, *sorted(folder.rglob("*")))]
    yield from permissions.writable(paths, "they can change models and pages that are taken for the study's")


def ray_folders(_: Deployment) -> list[Path] | NotChecked:
    """The folders of sockets and logs of Ray's clusters on this machine."""
    found = [folder for folder in _matching(folder_of_clusters() / "*") if folder.name == RAYS_OWN or is_own(folder)]
    return found or NotChecked(note("no cluster of Ray has files here", f"in {folder_of_clusters()}"))


def readable_ray_folders(folders: list[Path]) -> Iterator[Finding]:
    """Whether other users may look into them."""
    yield from permissions.readable(folders, "they hold what programs print, and sockets that ask for a token at best")


def import_folders(_: Deployment) -> list[Path]:
    """The folders that Python searches for modules; with `python -m` the working directory is the first."""
    return [path for path in dict.fromkeys([Path.cwd(), *map(Path, sys.path)]) if permissions.exists(path)]


def writable_imports(folders: list[Path]) -> Iterator[Finding]:
    """Whether other users may put a module there."""
    yield from permissions.writable(folders, "what they put there is run as this user by the next launch")


CHECKS: Iterable[Check[Any]] = (
    Check("this machine", "files with secrets can be read and written by nobody else", secret_files, open_secrets),
    Check("this machine", "no address in the environment holds a password", address_variables, passwords_in_variables),
    Check("this machine", "checkpoints and reports can be written by nobody else", results, writable_results),
    Check("this machine", "Ray's files can be read by nobody else", ray_folders, readable_ray_folders),
    Check(
        "this machine",
        "folders that Python imports from can be written by nobody else",
        import_folders,
        writable_imports,
    ),
)
