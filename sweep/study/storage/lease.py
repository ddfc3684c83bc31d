"""A lease on a study: only the launcher that holds it can write to the study."""

import os
import socket
import threading
import time
from contextlib import suppress
from typing import Any, Protocol
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from sweep.core import processes
from sweep.core.errors import LedBySomeoneElse
from sweep.study.storage import database, database_errors, leader_table, tables
from sweep.study.storage.leader_table import Leader
from sweep.study.storage.ledger_file import LedgerFile

LEASE_SECONDS = 30.0
RENEWALS = 5  # within the time of a lease
RELEASE_SECONDS, RELEASE_PAUSE = 3.0, 0.2  # for which a release is tried again, as a database may just be restarted
WRITES = ("INSERT", "UPDATE", "DELETE")
WROTE = "sweep wrote"  # in what SQLAlchemy keeps with a connection: its transaction has written


class WriteAccess(Protocol):
    """Permission to write to a study; a lease is one."""

    def check_commits(self, engine: Engine) -> None:
        """From now on refuse each commit of this engine that is not permitted."""


class Lease:
    """A lease on a study, renewed by a thread of its own from `acquire` to `release`.

    After Gray & Cheriton 1989, Leases. The clocks of launchers are never compared: all times are the database's. A
    launcher that has lost the lease learns it at the latest when it commits, since each commit checks the lease.
    """

    def __init__(self, url: str, study: str, seconds: float = LEASE_SECONDS) -> None:
        """Raises ServiceUnavailable when the database cannot be opened."""
        self.engine = database.connect(url)
        self._study, self._seconds = study, seconds
        self.token = uuid4().hex
        self._renewed = 0.0
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)
        try:
            database.create(leader_table.metadata, self.engine)
        except sa.exc.SQLAlchemyError as error:
            raise database.unavailable(url, error) from None
        self._file = LedgerFile(url)

    def acquire(self) -> None:
        """Lead the study from now on. Raises LedBySomeoneElse, which names the leader."""
        with self.engine.begin() as connection:
            now = database.now(connection)
            tables.insert_if_new(connection, leader_table.table, [{**self._row(now), "token": "", "until": 0.0}])
            row = connection.execute(self._select).mappings().one()
            if row["token"] != self.token:  # it is the same where the answer to an earlier commit was lost
                leader = leader_table.leader_of(row, now)
                if leader.leads or not self._replace(connection, leader, now):
                    raise LedBySomeoneElse(self._refusal(leader))
        self._renewed = time.monotonic()
        self._thread.start()

    @property
    def holds(self) -> bool:
        """Whether the lease was renewed lately enough that no other launcher can have taken it."""
        return time.monotonic() < self._renewed + self._seconds

    def check_commits(self, engine: Engine) -> None:
        """From now on refuse the commit of each transaction of this engine that has written, unless the lease is held.

        Such a commit raises LedBySomeoneElse. The lease's row is read within the transaction, so no other launcher can
        take the lease in between. It raises LedgerLost where the ledger is gone, to which a connection may still write.
        """

        def note_write(connection: Connection, _: Any, statement: str, *__: Any) -> None:
            if statement.lstrip()[:6].upper() in WRITES:
                connection.info[WROTE] = True

        def check(connection: Connection) -> None:
            if connection.info.pop(WROTE, False):
                self._file.check_log()
                self._check(connection)

        def forget(connection: Connection) -> None:
            connection.info.pop(WROTE, None)

        event.listen(engine, "before_cursor_execute", note_write)
        event.listen(engine, "commit", check)
        event.listen(engine, "rollback", forget)

    def check(self) -> None:
        """Raises LedBySomeoneElse when another launcher has taken the lease, LedgerLost when the ledger is gone.

        Neither while the database is away.
        """
        self._file.check()  # before a connection makes an empty file in its place
        with suppress(sa.exc.SQLAlchemyError), self.engine.connect() as connection:
            self._check(connection)

    def release(self) -> None:
        """Let another launcher lead; where the database is away for longer than seconds, the lease runs out instead."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._file.is_lost:
            return
        until = time.monotonic() + RELEASE_SECONDS
        while time.monotonic() < until:
            with suppress(sa.exc.SQLAlchemyError), self.engine.begin() as connection:
                connection.execute(sa.delete(leader_table.table).where(self._held_by(self.token)))
                break
            time.sleep(RELEASE_PAUSE)
        self._renewed = 0.0

    @property
    def _select(self) -> sa.Select[Any]:
        return sa.select(leader_table.table).where(leader_table.table.c.study == self._study)

    def _held_by(self, token: str) -> sa.ColumnElement[bool]:
        return tables.where(leader_table.table, {"study": self._study, "token": token})

    def _row(self, now: float) -> dict[str, Any]:
        me = os.getpid()
        where = {"host": socket.gethostname(), "place": processes.place(), "pid": me, "started": processes.started(me)}
        times = {"since": now, "until": now + self._seconds}
        return {"study": self._study, "token": self.token, **where, **times}

    def _replace(self, connection: Connection, leader: Leader, now: float) -> bool:
        """Take the lease from its last leader; False where another launcher was quicker."""
        taken = sa.update(leader_table.table).where(self._held_by(leader.token)).values(self._row(now))
        return connection.execute(taken).rowcount == 1

    def _refusal(self, leader: Leader) -> str:
        return (
            f"{self._study}: another launcher leads this study: {leader}, for {leader.seconds / 60:.0f} min.\n"
            f"Two would run each trial twice. It is replaced when it ends; if it is not heard of, in"
            f" {max(0.0, -leader.overdue):.0f} s. Until then `sweep doctor` shows what it does."
        )

    def _keep(self) -> None:
        while not self._ending.wait(self._seconds / RENEWALS):
            with suppress(sa.exc.SQLAlchemyError):  # away for now, and so for every other launcher
                if not self._renew():
                    return

    def _renew(self) -> bool:
        began = time.monotonic()
        if self._file.is_lost:
            return False
        with self.engine.begin() as connection:
            until = database.now(connection) + self._seconds
            renewal = sa.update(leader_table.table).where(self._held_by(self.token)).values(until=until)
            renewed = connection.execute(renewal).rowcount == 1
        if renewed:
            self._renewed = began
        return renewed

    def _check(self, connection: Connection) -> None:
        self._file.check()
        query = self._select
        if connection.dialect.name != "sqlite":  # which lets one transaction write at a time in any case
            query = query.with_for_update(read=True)
        row = connection.execute(query).mappings().one_or_none()
        if row is None and self.holds:  # nobody else could have led the study, and released it
            raise database_errors.lost(f"the row by which this launcher leads {self._study} was removed from it")
        if row is None or row["token"] != self.token:
            self._renewed = 0.0
            new = f"pid {row['pid']} on {row['host']} leads it now" if row else "nobody leads it now"
            raise LedBySomeoneElse(
                f"{self._study}: this launcher was not heard of for {self._seconds:.0f} s and was replaced: {new}.\n"
                "It has written nothing since, and ends here."
            )
