"""What studies take on disk."""

import os
from pathlib import Path
from typing import NamedTuple

from sweep.core.folders import ARTIFACTS, REPORTS

UNITS = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3))


class Folder(NamedTuple):
    """A folder with all that lies in it, as it was when it was looked at: how many files, and their bytes.

    is_there  whether there was something by this name, be it an empty folder or a link that leads nowhere
    """

    path: Path
    files: int = 0
    bytes: int = 0
    is_there: bool = True


class OnDisk(NamedTuple):
    """The folders that are a study's own."""

    checkpoints: Folder
    report: Folder

    @property
    def bytes(self) -> int:
        """Of both."""
        return self.checkpoints.bytes + self.report.bytes


def on_disk(study: str) -> OnDisk:
    """A study's checkpoints and its report, where this machine has them. Raises ValueError for what is no name."""
    if not study[:1].isalnum() or Path(study).name != study:
        raise ValueError(f"{study!r} is no name of a study")
    return OnDisk(folder(ARTIFACTS / study), folder(REPORTS / study))


def folder(path: Path) -> Folder:
    """What lies below a path; no link is followed, and what goes away meanwhile does not count."""
    if path.is_symlink() or not path.is_dir():
        return Folder(path, is_there=os.path.lexists(path))
    sizes = []
    for where, _, names in os.walk(path):
        for name in names:
            try:
                sizes.append((Path(where) / name).lstat().st_size)
            except OSError:
                continue
    return Folder(path, len(sizes), sum(sizes))


def in_words(size: int) -> str:
    """For people: `1.2 MB`; nothing for nothing."""
    for unit, length in UNITS:
        if size >= length:
            return f"{size / length:.1f} {unit}"
    return f"{size} B" if size else ""
