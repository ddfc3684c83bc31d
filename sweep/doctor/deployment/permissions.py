"""What other users of this machine may do to a file, by its mode and by the folders that lead to it."""

import os
import shlex
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from sweep.core.wording import MOST_NAMED, listed
from sweep.doctor.case import Finding, news


def there(path: Path) -> bool:
    """Whether it exists, as far as this user may know."""
    try:
        return path.exists()
    except OSError:  # in a folder of somebody else's
        return False


def may_read(path: Path) -> bool:
    """Whether every user may read it, or list it if it is a folder. False of what is not there."""
    return any(_is_open(way, stat.S_IROTH) for way in _ways(path))


def may_write(path: Path) -> bool:
    """Whether every user may change it, put another in its place, or put something into it if it is a folder."""
    return _opened(path) is not None


def written(paths: Iterable[Path], why: str) -> Iterator[Finding]:
    """Those that other users may write, as one finding."""
    found = {path: culprit for path in paths if (culprit := _opened(path))}
    if found:
        culprits = list(dict.fromkeys(found.values()))
        remedy = f"chmod o-w {' '.join(shlex.quote(str(each)) for each in culprits[:MOST_NAMED])}"
        yield Finding(f"every user of this machine can write {listed(found)}", why, remedy)


def shown(paths: Iterable[Path], why: str) -> Iterator[Finding]:
    """Those that other users may read, as news."""
    found = [path for path in paths if may_read(path)]
    if found:
        yield news(f"every user of this machine can read {listed(found)}", why)


def _ways(path: Path) -> list[Path]:
    """The path as it is said, and where its links lead."""
    return [Path(os.path.abspath(path)), path.resolve()] if there(path) else []  # noqa: PTH100  (keeps links)


def _opened(path: Path) -> Path | None:
    """What lets every user write: the path itself, or a folder that leads to it."""
    for way in _ways(path):
        opened = [way] if _is_open(way, stat.S_IWOTH) else [each for each in way.parents if _lets_replace(each)]
        if opened:
            return opened[0]
    return None


def _is_open(path: Path, bit: int) -> bool:
    return bool(_mode(path) & bit) and all(_mode(folder) & stat.S_IXOTH for folder in path.parents)


def _lets_replace(folder: Path) -> bool:
    return _is_open(folder, stat.S_IWOTH) and _mode(folder) & (stat.S_IXOTH | stat.S_ISVTX) == stat.S_IXOTH


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError:  # gone by now
        return 0
