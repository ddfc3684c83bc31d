"""A file for MLflow that is new: that it can be made is seen without MLflow, whose tables take seconds to make."""

import sqlite3
from contextlib import closing

from sweep.config.addresses import sqlite_file


def is_made(tracking_uri: str) -> bool:
    """Make the file at the address if it is not there; whether it is one without tables.

    False also of what is no SQLite file, or cannot be one: MLflow itself says what is wrong there.
    """
    path = sqlite_file(tracking_uri)
    if path is None:
        return False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA journal_mode=WAL")  # in which readers do not hold up the writer
            return database.execute("SELECT 1 FROM sqlite_master").fetchone() is None
    except (OSError, sqlite3.Error):
        return False
