"""What other users of this machine may do to a file, by its mode and by the folders that lead to it."""

import os
import shlex
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from sweep.core.wording import MOST_NAMED, listed
from sweep.doctor.checks import Finding, note


def exists(path: Path) -> bool:
    """Whether the path exists. False where this user may not know."""
    try:
        return path.exists()
    except OSError:  # in a folder of another user
        return False


def may_read(path: Path) -> bool:
    """Whether every user may read the file, or list the folder. False where there is none."""
    return any(_has(way, stat.S_IROTH) for way in _ways(path))


def may_write(path: Path) -> bool:
    """Whether every user may change the file or replace it, or put something into the folder."""
    return _cause(path) is not None


def writable(paths: Iterable[Path], why: str) -> Iterator[Finding]:
    """One finding about the paths that every user may write."""
    causes = {path: cause for path in paths if (cause := _cause(path))}
    if causes:
        changed = list(dict.fromkeys(causes.values()))
        remedy = f"chmod o-w {' '.join(shlex.quote(str(path)) for path in changed[:MOST_NAMED])}"
        yield Finding(f"every user of this machine can write {listed(causes)}", why, remedy)


def readable(paths: Iterable[Path], why: str) -> Iterator[Finding]:
    """One note about the paths that every user may read."""
    found = [path for path in paths if may_read(path)]
    if found:
        yield note(f"every user of this machine can read {listed(found)}", why)


def _ways(path: Path) -> list[Path]:
    """The path as it is written, and the path to which its links lead."""
    return [Path(os.path.abspath(path)), path.resolve()] if exists(path) else []  # noqa: PTH100  (keeps links)


def _cause(path: Path) -> Path | None:
    """The path itself or the folder above it whose mode lets every user write; None where no mode does."""
    for way in _ways(path):
        found = [way] if _has(way, stat.S_IWOTH) else [each for each in way.parents if _allows_replacing(each)]
        if found:
            return found[0]
    return None


def _has(path: Path, permission: int) -> bool:
    """Whether every user has this permission, and may enter all folders that lead to the path."""
    return bool(_mode(path) & permission) and all(_mode(folder) & stat.S_IXOTH for folder in path.parents)


def _allows_replacing(folder: Path) -> bool:
    return _has(folder, stat.S_IWOTH) and _mode(folder) & (stat.S_IXOTH | stat.S_ISVTX) == stat.S_IXOTH


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError:  # deleted in the meantime
        return 0
