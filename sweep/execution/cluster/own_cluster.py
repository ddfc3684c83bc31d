"""A Ray cluster on this machine for one launch: nobody else may look into it, and nothing of it stays."""

import os
import secrets
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import ray

from sweep.core import prompt_end
from sweep.core.errors import ServiceUnavailable
from sweep.core.log import logger
from sweep.execution.cluster import inspection, ray_private

PREFIX = "sweep-ray-"  # of the folder with the cluster's sockets and logs
OWNER = "launcher"  # the file in it that says whose it is
OWNERLESS_SECONDS = 3600.0  # after which a folder that has no such file is nobody's
SOCKET_BYTES = 107  # https://man7.org/linux/man-pages/man7/unix.7.html, sun_path
BELOW = len("/session_2026-11-26_15-04-05_012345_4194304/sockets/plasma_store.1")
SLOW = "timed out during startup"  # of a node, which Ray raises as a bare Exception
QUIET: dict[str, Any] = {"logging_level": "ERROR", "log_to_driver": False}  # of ray.init
TRIES = 4  # each waits half a minute

_folders: list[Path] = []  # of the clusters that this process has started


def start(cpus: int) -> None:
    """Start a cluster that listens on the loopback address alone. On a busy machine that is tried again.

    Raises ServiceUnavailable where there is no place for its sockets, and what Ray raises.
    """
    ray_private.listen_on_loopback_only()
    ray_private.let_workers_keep_pace()
    inspection.mark()
    _make_token()
    remove_left_behind()
    folder = _make_folder()
    options: dict[str, Any] = {"include_dashboard": False, "_temp_dir": str(folder)}
    for tries_left in reversed(range(TRIES)):
        try:
            with ray_private.in_a_session_of_its_own(), ray_private.without_what_a_launch_does_not_use():
                ray.init("local", num_cpus=cpus, **options, **QUIET)
        except Exception as error:
            ray.shutdown()
            if SLOW not in str(error) or not tries_left:
                raise
            logger.warning("Ray is slow to start on this machine, which is busy; trying again")
        else:
            return


def end() -> None:
    """Leave the cluster that this process is in; one that was started here ends, and its folder is removed."""
    ray.shutdown()
    _remove_folders()


def _remove_folders() -> None:
    for folder in _folders:
        shutil.rmtree(folder, ignore_errors=True)


prompt_end.also.append(_remove_folders)


def remove_left_behind() -> None:
    """Remove the folders of launchers of this user that were killed."""
    for folder in _own_folders():
        if _is_left_behind(folder):
            shutil.rmtree(folder, ignore_errors=True)


def is_own(folder: Path) -> bool:
    """Whether a launch of this user has made the folder."""
    try:
        return folder.name.startswith(PREFIX) and folder.stat().st_uid == os.getuid()
    except OSError:  # removed in the meantime
        return False


def _own_folders() -> list[Path]:
    try:
        return list(filter(is_own, folder_of_clusters().iterdir()))
    except OSError:
        return []


def _is_left_behind(folder: Path) -> bool:
    owner = folder / OWNER
    try:
        if not owner.exists():
            return time.time() - folder.stat().st_mtime > OWNERLESS_SECONDS
        return inspection.has_ended(owner.read_text())
    except (OSError, ValueError):  # removed in the meantime, or torn
        return False


def _make_folder() -> Path:
    """A folder for the cluster's sockets and logs that only this user may enter."""
    base = folder_of_clusters()
    try:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
        _folders.append(folder)
        (folder / OWNER).write_text(os.environ[inspection.MARK])
    except OSError as error:
        why = f"no folder can be made in {base}: {error.strerror}"
        raise ServiceUnavailable(f"{why}; RAY_TMPDIR may name another one for Ray's files") from None
    excess = len(os.fsencode(folder)) + BELOW - SOCKET_BYTES
    if excess > 0:
        end()
        advice = "let RAY_TMPDIR name a shorter one, such as /tmp"
        raise ServiceUnavailable(f"{base} is {excess} bytes too long a name for a folder of Ray's sockets; {advice}")
    return folder


def folder_of_clusters() -> Path:
    """Where clusters on this machine have their files."""
    return Path(os.environ.get("RAY_TMPDIR") or tempfile.gettempdir())


def _make_token() -> None:
    """Make the token of this user's clusters, if there is none: Ray would let everybody read the one that it makes."""
    mode = os.environ.get("RAY_AUTH_MODE", "token").lower()
    if mode != "token" or os.environ.get("RAY_AUTH_TOKEN") or os.environ.get("RAY_AUTH_TOKEN_PATH"):
        return
    path = Path.home() / ".ray" / "auth_token"
    if path.exists():
        return
    with suppress(OSError):  # Ray says why it cannot write there, if it cannot either
        path.parent.mkdir(mode=0o700, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent)  # which this user alone may read
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(32))
            os.link(name, path)  # fails where another launcher was quicker
        finally:
            os.unlink(name)  # noqa: PTH108
