"""What the errors of a database mean: it is away, it is lost, or it cannot be written to, and what to do then."""

from collections.abc import Iterator

import sqlalchemy as sa

from sweep.core import remedies
from sweep.core.errors import CannotWrite, LedgerLost

BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL")
EXISTS = ("SQLITE_ERROR", "SQLITE_CONSTRAINT")  # a table or a row that another process has just made
NO_TABLE = "no such table"  # SQLite has no number for it

# SQLSTATEs: https://www.postgresql.org/docs/current/errcodes-appendix.html
AWAY = ("25006",)  # read-only for now: a standby that is not yet, or no longer, the primary
LOST = ("42P01",)  # no such table
DAMAGED = "Restore it from a backup"
REMEDIES = {
    "SQLITE_FULL": remedies.ROOM,
    "SQLITE_IOERR": f"See whether its disk is full, beyond a quota, or ails otherwise; then {remedies.GOES_ON}.",
    "SQLITE_READONLY": remedies.PERMISSION,
    "SQLITE_PERM": remedies.PERMISSION,
    "SQLITE_CANTOPEN": f"See whether its folder is still there and may be entered; then {remedies.GOES_ON}.",
    "SQLITE_CORRUPT": f"{DAMAGED}; `sqlite3 FILE 'PRAGMA integrity_check'` says what is damaged, and"
    " `sqlite3 FILE .recover` what can be read.",
    "SQLITE_NOTADB": f"{DAMAGED}: the file is no database, or no longer one.",
    "53100": remedies.ROOM,  # the disk is full
    "42501": f"Let the role of the database write to its tables (GRANT), and {remedies.GOES_ON}.",
    "XX001": f"{DAMAGED}; PostgreSQL's pg_amcheck says what is damaged.",
    "XX002": f"{DAMAGED}, or build the index anew (REINDEX); PostgreSQL's pg_amcheck says what is damaged.",
}


def reason(error: BaseException) -> str:
    """The message of the database itself, in one line."""
    bottom = next(_originals(error), error)
    return (str(bottom).strip().splitlines() or [type(bottom).__name__])[0]


def cannot_write(error: BaseException) -> CannotWrite | None:
    """The error for a database that refuses all writes until somebody sees to it; None for any other error."""
    for original in _originals(error):
        if is_lost(original):
            return lost(reason(error))
        code = _code(original)
        for name, what_to_do in REMEDIES.items():
            if code.startswith(name):
                return CannotWrite(f"the ledger cannot be written: {reason(error)}\n{what_to_do}")
    return None


def is_lost(original: BaseException) -> bool:
    """Whether the driver says that a table is gone which was there."""
    return _code(original) in LOST or (_code(original) == "SQLITE_ERROR" and str(original).startswith(NO_TABLE))


def lost(what: str) -> LedgerLost:
    """The error for a ledger that is gone."""
    return LedgerLost(
        f"the ledger is gone: {what}\nWhat was recorded in it is lost. Put it back from a backup, and the same command"
        " continues from there; without one, the same command begins again."
    )


def is_away(error: BaseException) -> bool:
    """Whether the same operation may succeed later: the server is gone, starting or busy."""
    return any(_is_away(each) for each in _chain(error))


def collided(error: sa.exc.DBAPIError) -> bool:
    """Whether another process has just made what was to be made."""
    if hasattr(error.orig, "sqlite_errorname"):
        return _code(error.orig).startswith((*BUSY, *EXISTS))
    return isinstance(error, sa.exc.IntegrityError | sa.exc.ProgrammingError)


def _is_away(error: BaseException) -> bool:
    if isinstance(error, sa.exc.TimeoutError):  # of the pool: every connection is in use
        return True
    if not isinstance(error, sa.exc.DBAPIError):
        return False
    if hasattr(error.orig, "sqlite_errorname"):
        return _code(error.orig).startswith(BUSY)
    if _code(error.orig) in AWAY:
        return True
    return error.connection_invalidated or isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError)


def _code(original: BaseException | None) -> str:
    """SQLite's name of the error, or PostgreSQL's SQLSTATE; empty where there is neither."""
    return str(getattr(original, "sqlite_errorname", None) or getattr(original, "sqlstate", None) or "")


def _originals(error: BaseException) -> Iterator[BaseException]:
    """The driver's own errors among those that led to this one."""
    return (each.orig for each in _chain(error) if isinstance(each, sa.exc.DBAPIError) and each.orig is not None)


def _chain(error: BaseException) -> Iterator[BaseException]:
    each: BaseException | None = error
    while each is not None:
        yield each
        each = each.__cause__ or each.__context__
