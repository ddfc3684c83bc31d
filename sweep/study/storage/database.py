"""The ledger's database, which may be away for a while or run full."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from sweep.core import redact
from sweep.core.errors import ServiceUnavailable

FULL = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_CORRUPT", "SQLITE_NOTADB")
BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL")
MADE_MEANWHILE = ("SQLITE_ERROR", "SQLITE_CONSTRAINT")  # a table that exists, a row
SETTINGS = {
    "sqlite": ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL"),
    "postgresql": ("SET idle_in_transaction_session_timeout = '20s'",),
}
DISK_FULL = "53100"  # https://www.postgresql.org/docs/current/errcodes-appendix.html
ANSWER_SECONDS = 5  # for a server that somebody only wants to look at
CREATING = 10  # tries, where many begin a database at once

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
    """A connection that writes nothing, to a database that is there. Raises ServiceUnavailable where there is none."""
    if not exists(url):
        raise ServiceUnavailable(f"storage: there is no ledger at {redact.address(url)}")
    try:
        patience = {"connect_timeout": ANSWER_SECONDS} if url.startswith("postgresql") else {}
        engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args=patience)
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA query_only = ON")
            yield connection.execution_options(postgresql_readonly=True)
    except (sa.exc.SQLAlchemyError, ImportError, ValueError) as error:
        raise unavailable(url, error) from None


def exists(url: str) -> bool:
    """Whether opening it would create nothing: an SQLite file that is not there would be made."""
    try:
        address = sa.make_url(url)
    except sa.exc.ArgumentError:
        return True  # which opening it will say
    return address.get_backend_name() != "sqlite" or address.database is None or Path(address.database).exists()


def create(metadata: sa.MetaData, engine: Engine) -> None:
    """Make the tables that are not there."""
    creating(lambda: metadata.create_all(engine))


def creating(operation: Callable[[], T]) -> T:
    """What an operation returns that may begin a database: tried again where somebody else did so in between."""
    for attempt in range(1, CREATING):
        try:
            return operation()
        except sa.exc.DBAPIError as error:
            if not _collided(error):
                raise
            time.sleep(0.1 * attempt)
    return operation()


def now(connection: Connection) -> float:
    """Seconds since 1970, by the database's clock."""
    sqlite = "SELECT (julianday('now') - 2440587.5) * 86400.0"
    query = sqlite if connection.dialect.name == "sqlite" else "SELECT EXTRACT(EPOCH FROM clock_timestamp())"
    return float(connection.execute(sa.text(query)).scalar_one())


def tune(engine: Engine) -> None:
    """Let readers and the one writer of an SQLite file work at once, and let a commit cost no more than it must.

    PostgreSQL is to end a transaction whose client has fallen asleep or vanished, lest its locks outlive its lease.
    """
    statements = SETTINGS.get(engine.dialect.name, ())

    def configure(connection: object, _: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]
        for statement in statements:
            cursor.execute(statement)
        cursor.close()
        connection.commit()  # type: ignore[attr-defined]

    event.listen(engine, "connect", configure)
    engine.dispose()  # what is already connected is not configured


def unavailable(url: str, error: Exception) -> ServiceUnavailable:
    """What to tell of a database that cannot be opened."""
    return ServiceUnavailable(f"storage: cannot open {redact.address(url)}: {reason(error)}")


def reason(error: BaseException) -> str:
    """What the database itself said, in one line."""
    bottom = next(_originals(error), error)
    return (str(bottom).strip().splitlines() or [type(bottom).__name__])[0]


def is_full(error: BaseException) -> bool:
    """Whether nothing more can be written, which waiting alone will not mend."""
    return any(_sqlite_says(original, FULL) or _sqlstate(original) == DISK_FULL for original in _originals(error))


def is_away(error: BaseException) -> bool:
    """Whether the same may well succeed in a while: the server is gone, starting or busy."""
    return any(_is_away(each) for each in _chain(error))


def _is_away(error: BaseException) -> bool:
    if isinstance(error, sa.exc.TimeoutError):  # of the pool: every connection is in use
        return True
    if not isinstance(error, sa.exc.DBAPIError):
        return False
    if hasattr(error.orig, "sqlite_errorname"):
        return _sqlite_says(error.orig, BUSY)
    return error.connection_invalidated or isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError)


def _collided(error: sa.exc.DBAPIError) -> bool:
    if hasattr(error.orig, "sqlite_errorname"):
        return _sqlite_says(error.orig, (*BUSY, *MADE_MEANWHILE))
    return isinstance(error, sa.exc.IntegrityError | sa.exc.ProgrammingError)


def _sqlite_says(original: BaseException | None, names: tuple[str, ...]) -> bool:
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
