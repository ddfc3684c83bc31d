"""Writes a folder of files whole or not at all."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp

from sweep.core.whole_file import UNFINISHED


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files, by names that may lie in folders of their own, to a folder that is not there, or is empty.

    A reader finds all of them or none, even if the writer is killed. Raises OSError, and leaves nothing behind.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(mkdtemp(prefix=f".{folder.name}", suffix=UNFINISHED, dir=folder.parent))
    try:
        for name, content in files.items():
            path = unfinished / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        unfinished.chmod(0o777 & ~_umask())
        unfinished.replace(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def _umask() -> int:
    """Of this process, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
