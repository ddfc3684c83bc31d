"""The database of the ledger: connections to it, and what its errors mean."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from sweep.core import redact
from sweep.core.errors import ServiceUnavailable

FULL = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_CORRUPT", "SQLITE_NOTADB")
BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL")
EXISTS = ("SQLITE_ERROR", "SQLITE_CONSTRAINT")  # a table or a row that another process has just made
SETTINGS = {
    "sqlite": ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL"),
    "postgresql": ("SET idle_in_transaction_session_timeout = '20s'",),
}
READ_ONLY = {
    "sqlite": "PRAGMA query_only = ON",
    "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
}
DISK_FULL = "53100"  # https://www.postgresql.org/docs/current/errcodes-appendix.html
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
    try:
        address = sa.make_url(url)
    except sa.exc.ArgumentError:
        return True  # opening it raises the error
    return address.get_backend_name() != "sqlite" or address.database is None or Path(address.database).exists()


def create(metadata: sa.MetaData, engine: Engine) -> None:
    """Create the tables that are not there."""
    creating(lambda: metadata.create_all(engine))


def creating(operation: Callable[[], T]) -> T:
    """The result of an operation that may create tables, tried again where another process has just created them."""
    for _ in range(1, CREATION_TRIES):
        try:
            return operation()
        except sa.exc.DBAPIError as error:
            if not _collided(error):
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
    return ServiceUnavailable(f"storage: cannot open {redact.address(url)}: {reason(error)}")


def reason(error: BaseException) -> str:
    """The message of the database itself, in one line."""
    bottom = next(_originals(error), error)
    return (str(bottom).strip().splitlines() or [type(bottom).__name__])[0]


def is_full(error: BaseException) -> bool:
    """Whether the database can write nothing more, as when the disk is full; waiting alone does not help."""
    return any(_sqlite_error_is(original, FULL) or _sqlstate(original) == DISK_FULL for original in _originals(error))


def is_away(error: BaseException) -> bool:
    """Whether the same operation may succeed later: the server is gone, starting or busy."""
    return any(_is_away(each) for each in _chain(error))


def _is_away(error: BaseException) -> bool:
    if isinstance(error, sa.exc.TimeoutError):  # of the pool: every connection is in use
        return True
    if not isinstance(error, sa.exc.DBAPIError):
        return False
    if hasattr(error.orig, "sqlite_errorname"):
        return _sqlite_error_is(error.orig, BUSY)
    return error.connection_invalidated or isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError)


def _collided(error: sa.exc.DBAPIError) -> bool:
    if hasattr(error.orig, "sqlite_errorname"):
        return _sqlite_error_is(error.orig, (*BUSY, *EXISTS))
    return isinstance(error, sa.exc.IntegrityError | sa.exc.ProgrammingError)


def _sqlite_error_is(original: BaseException | None, names: tuple[str, ...]) -> bool:
    return str(getattr(original, "sqlite_errorname", "")).startswith(names)


def _sqlstate(original: BaseException) -> str:
    return str(getattr(original, "sqlstate", None))


def _originals(error: BaseException) -> Iterator[BaseException]:
    """The driver's own errors among those that led to this one."""
    return (each.orig for each in _chain(error) if isinstance(each, sa.exc.DBAPIError) and each.orig is not None)


def _chain(error: BaseException) -> Iterator[BaseException]:
    each: BaseException | None = error
    while each is not None:
        yield each
        each = each.__cause__ or each.__context__
