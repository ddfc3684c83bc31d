"""A file or a folder that the user has named to be written: looked at before the work, and how a failure is told."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sweep.core.errors import CannotWrite
from sweep.core.remedies import advice


@contextmanager
def writing(option: str, path: Path) -> Iterator[None]:
    """Write there in the block. Raises CannotWrite for an OSError: the path, the cause, and what to do."""
    try:
        yield
    except OSError as error:
        why = f"{error.strerror or error}; {advice(error)}"
        raise CannotWrite(f"{option} {path}: cannot be written: {why}") from error


def check_folder(folder: Path) -> None:
    """Raise the OSError that making a file in this folder would raise, as far as that can be known before."""
    folder.stat()  # raises where it is not there
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def nearest_folder(path: Path) -> Path:
    """The folder in which the first of the missing folders of a path is to be made. Raises OSError."""
    for folder in path.absolute().parents:
        try:
            folder.stat()
        except FileNotFoundError:
            continue
        return folder
    return Path("/")
