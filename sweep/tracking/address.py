"""Where MLflow keeps a study: its address, as any process may use it and as anybody may see it."""

import re
from pathlib import Path

import sqlalchemy

from sweep.core import redact
from sweep.tracking import mlflow_private


def absolute(tracking_uri: str) -> str:
    """The address from any folder: a relative SQLite file is meant from this one."""
    path = sqlite_path(tracking_uri)
    return f"sqlite:///{path.absolute()}" if path else tracking_uri


def sqlite_path(tracking_uri: str) -> Path | None:
    """The file of an SQLite address, none of another."""
    match = re.fullmatch(r"sqlite:///(.+)", tracking_uri)
    return Path(match[1]) if match else None


def artifact_location(tracking_uri: str) -> str | None:
    """Beside an SQLite file; none where a server decides."""
    path = sqlite_path(tracking_uri)
    return (path.parent / "mlruns").as_uri() if path else None


def try_database(tracking_uri: str) -> None:
    """Fail at once where MLflow would try ten times in 100 s; an SQLite file is created if need be.

    Raises OSError or SQLAlchemyError. SQLite is left in WAL mode, in which readers do not hold up the writer.
    """
    if not mlflow_private.is_database(tracking_uri):
        return
    path = sqlite_path(tracking_uri)
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
    engine = sqlalchemy.create_engine(tracking_uri)
    with engine.connect() as connection:
        if path:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    engine.dispose()


def reason(error: BaseException) -> str:
    """What is at the bottom of an error, in one line that may be shown."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return redact.text(lines[0])
