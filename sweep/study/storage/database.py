"""The database of the ledger: connections to it."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from sweep.config.addresses import sqlite_file
from sweep.core import redact
from sweep.core.errors import ServiceUnavailable
from sweep.study.storage import database_errors

SETTINGS = {
    "sqlite": ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL"),
    "postgresql": ("SET idle_in_transaction_session_timeout = '20s'",),
}
READ_ONLY = {
    "sqlite": "PRAGMA query_only = ON",
    "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
}
CONNECT_SECONDS = 5  # to wait for a server from which something is only read
CREATION_TRIES = 100  # where many processes create a database at once: each may collide once at every table and row

T = TypeVar("T")


def connect(url: str) -> Engine:
    """An engine that holds no connection between uses. Raises ServiceUnavailable when the database cannot be opened."""
    try:
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        tune(engine)
        creating(lambda: engine.connect().close())
    except (sa.exc.SQLAlchemyError, ImportError, ValueError) as error:
        raise unavailable(url, error) from None
    return engine


@contextmanager
def reading(url: str) -> Iterator[Connection]:
    """A connection that cannot write, to a database that is there. Raises ServiceUnavailable where there is none."""
    if not exists(url):
        raise ServiceUnavailable(f"storage: there is no ledger at {redact.address(url)}")
    try:
        timeout = {"connect_timeout": CONNECT_SECONDS} if url.startswith("postgresql") else {}
        engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args=timeout, **read_only(url))
        with engine.connect() as connection:
            yield connection
    except (sa.exc.SQLAlchemyError, ImportError, ValueError) as error:
        raise unavailable(url, error) from None


def read_only(url: str) -> dict[str, Any]:
    """The options of sqlalchemy.create_engine with which no connection to this address can write."""
    statement = READ_ONLY.get(sa.make_url(url).get_backend_name())
    if statement is None:
        return {}  # of no database that sweep writes to

    def forbid_writing(connection: Any, _: object) -> None:
        cursor = connection.cursor()
        cursor.execute(statement)
        cursor.close()
        connection.commit()

    return {"pool_events": [(forbid_writing, "connect")]}


def exists(url: str) -> bool:
    """Whether there is a database to open; opening an SQLite file that is not there would create it."""
    path = sqlite_file(url)
    return path is None or path.exists()


def create(metadata: sa.MetaData, engine: Engine) -> None:
    """Create the tables that are not there."""
    creating(lambda: metadata.create_all(engine))


def creating(operation: Callable[[], T]) -> T:
    """The result of an operation that may create tables, tried again where another process has just created them."""
    for _ in range(1, CREATION_TRIES):
        try:
            return operation()
        except sa.exc.DBAPIError as error:
            if not database_errors.collided(error):
                raise
            time.sleep(random.uniform(0.02, 0.2))  # noqa: S311  (at random, so that those who collided do not again)
    return operation()


def now(connection: Connection) -> float:
    """Seconds since 1970, by the database's clock."""
    sqlite = "SELECT (julianday('now') - 2440587.5) * 86400.0"
    query = sqlite if connection.dialect.name == "sqlite" else "SELECT EXTRACT(EPOCH FROM clock_timestamp())"
    return float(connection.execute(sa.text(query)).scalar_one())


def tune(engine: Engine) -> None:
    """Set what each connection needs.

    With SQLite, readers and the one writer work at the same time, and a commit waits for the disk only where it must.
    PostgreSQL ends a transaction whose client has stopped or vanished, so that its locks do not outlive its lease.
    """
    statements = SETTINGS.get(engine.dialect.name, ())

    def configure(connection: object, _: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]
        for statement in statements:
            cursor.execute(statement)
        cursor.close()
        connection.commit()  # type: ignore[attr-defined]

    event.listen(engine, "connect", configure)
    engine.dispose()  # a connection that is already open is not configured


def unavailable(url: str, error: Exception) -> ServiceUnavailable:
    """The error for a database that cannot be opened."""
    return ServiceUnavailable(f"storage: cannot open {redact.address(url)}: {database_errors.reason(error)}")
