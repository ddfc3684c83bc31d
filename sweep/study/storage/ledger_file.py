"""Whether the file of a ledger is still the one that is written to: one that was deleted takes writes all the same."""

from pathlib import Path

from sweep.config.addresses import sqlite_file
from sweep.study.storage import database_errors

Identity = tuple[int, int] | None  # of a file, whatever it is called; None: it is not there


class LedgerFile:
    """The file of a ledger in SQLite, as it was when this was made; of a database with a server there is none."""

    def __init__(self, url: str) -> None:
        path = sqlite_file(url)
        self._path = path and path.absolute()
        self._identity = _identity(self._path)
        self._log: Identity = None

    @property
    def is_lost(self) -> bool:
        """Whether the file was deleted, or another one was put in its place."""
        return _identity(self._path) != self._identity

    def check(self) -> None:
        """Raises LedgerLost where the file is no longer the one that it was."""
        if self.is_lost:
            raise database_errors.lost(f"{self._path} was deleted, or replaced by another file")

    def check_log(self) -> None:
        """The same of the log beside it, which holds what was written last.

        To be called within transactions that write, of an engine that keeps a connection from one to the next: the log
        is there then, and stays what it is.
        """
        if self._path is None:
            return
        log = Path(f"{self._path}-wal")
        self._log = self._log or _identity(log)
        if _identity(log) != self._log:
            raise database_errors.lost(f"{log} was deleted, which holds what was written to it last")


def size(url: str) -> int | None:
    """The bytes of a ledger in SQLite, with what was written last and lies beside it; None where a server has it."""
    path = sqlite_file(url)
    if path is None:
        return None
    files = [Path(f"{path}{ending}") for ending in ("", "-wal", "-shm")]
    return sum(file.stat().st_size for file in files if file.exists())


def _identity(path: Path | None) -> Identity:
    try:
        found = path.stat() if path else None
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found else None
