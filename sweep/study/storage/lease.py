"""One launcher leads a study: a lease in the ledger's database, without which nothing can be written there."""

import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psutil
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from sweep.core import processes
from sweep.core.errors import LedBySomeoneElse
from sweep.study.storage import database
from sweep.study.storage.epochs import insert_if_new

LEASE_SECONDS = 30.0
RENEWALS = 5  # within the time of a lease

_metadata = sa.MetaData()
_leaders = sa.Table(
    "sweep_leaders",
    _metadata,
    sa.Column("study", sa.String(255), primary_key=True),
    sa.Column("token", sa.String(32), nullable=False),  # none two launches have
    sa.Column("host", sa.String(255), nullable=False),  # for people
    sa.Column("place", sa.String(255), nullable=False),  # what makes pids comparable
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("started", sa.Double, nullable=False),  # that process, in seconds since 1970
    sa.Column("since", sa.Double, nullable=False),  # by the database's clock, as all that follows
    sa.Column("until", sa.Double, nullable=False),
)
tokens = sa.select(_leaders.c.token)  # of all who lead, or have not said that they ended


class Lease:
    """A lease on a study, kept alive by a thread of its own from `acquire` to `release`.

    After Gray & Cheriton 1989, Leases. Clocks of launchers are never compared: times are the database's. Who has lost
    the lease finds out at the latest when it commits, since each commit looks.
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
            database.create(_metadata, self.engine)
        except sa.exc.SQLAlchemyError as error:
            raise database.unavailable(url, error) from None

    def acquire(self) -> None:
        """Lead the study from now on. Raises LedBySomeoneElse, and says who."""
        with self.engine.begin() as connection:
            now = database.now(connection)
            free = {**self._card(now), "token": "", "until": 0.0}
            insert_if_new(connection, _leaders, [free])
            row = connection.execute(_row(self._study)).mappings().one()
            mine = row["token"] == self.token  # of a commit whose answer was lost
            if not mine and (not _is_free(row, now) or not self._replace(connection, row["token"], now)):
                raise LedBySomeoneElse(_refusal(row, now))
        self._renewed = time.monotonic()
        self._thread.start()

    @property
    def holds(self) -> bool:
        """Whether the lease was renewed lately enough that nobody can have taken it."""
        return time.monotonic() < self._renewed + self._seconds

    def guard(self, engine: Engine) -> None:
        """From now on a transaction of this engine that has written is refused its commit unless the lease is held.

        Raises LedBySomeoneElse there. The lease's row is read within the transaction, so nobody can take it between.
        """

        def note(connection: Connection, _: Any, statement: str, *__: Any) -> None:
            if statement.lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE"):
                connection.info["sweep wrote"] = True

        def check(connection: Connection) -> None:
            if connection.info.pop("sweep wrote", False):
                self._check(connection)

        def forget(connection: Connection) -> None:
            connection.info.pop("sweep wrote", None)

        event.listen(engine, "before_cursor_execute", note)
        event.listen(engine, "commit", check)
        event.listen(engine, "rollback", forget)

    def check(self) -> None:
        """Raises LedBySomeoneElse when another has taken the lease; a database that is away says nothing."""
        with suppress(sa.exc.SQLAlchemyError), self.engine.connect() as connection:
            self._check(connection)

    def release(self) -> None:
        """Let another lead; a database that is away is left to see the lease run out."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()
        with suppress(sa.exc.SQLAlchemyError), self.engine.begin() as connection:
            connection.execute(sa.delete(_leaders).where(self._mine))
        self._renewed = 0.0

    @property
    def _mine(self) -> sa.ColumnElement[bool]:
        return (_leaders.c.study == self._study) & (_leaders.c.token == self.token)

    def _card(self, now: float) -> dict[str, Any]:
        me = psutil.Process()
        where = {"host": socket.gethostname(), "place": processes.place(), "pid": me.pid, "started": me.create_time()}
        times = {"since": now, "until": now + self._seconds}
        return {"study": self._study, "token": self.token, **where, **times}

    def _replace(self, connection: Connection, token: str, now: float) -> bool:
        """Take the lease from whoever held it, unless somebody else was quicker."""
        theirs = (_leaders.c.study == self._study) & (_leaders.c.token == token)
        return connection.execute(sa.update(_leaders).where(theirs).values(self._card(now))).rowcount == 1

    def _keep(self) -> None:
        while not self._ending.wait(self._seconds / RENEWALS):
            with suppress(sa.exc.SQLAlchemyError):  # away for now, and so for everybody else
                if not self._renew():
                    return

    def _renew(self) -> bool:
        began = time.monotonic()
        with self.engine.begin() as connection:
            values = {"until": database.now(connection) + self._seconds}
            renewed = connection.execute(sa.update(_leaders).where(self._mine).values(values)).rowcount == 1
        if renewed:
            self._renewed = began
        return renewed

    def _check(self, connection: Connection) -> None:
        query = _row(self._study)
        if connection.dialect.name != "sqlite":  # which lets one transaction write at a time in any case
            query = query.with_for_update(read=True)
        row = connection.execute(query).mappings().one_or_none()
        if row is None or row["token"] != self.token:
            self._renewed = 0.0
            new = f"pid {row['pid']} on {row['host']} leads it now" if row else "nobody leads it now"
            raise LedBySomeoneElse(
                f"{self._study}: this launcher was not heard of for {self._seconds:.0f} s and was replaced: {new}.\n"
                "It has written nothing since, and ends here."
            )


@dataclass(frozen=True)
class Leader:
    """Who leads a study, or did and has not said that it ended.

    token    of this lead alone
    seconds  since it began to lead
    overdue  seconds since its lease ran out; negative while it holds
    dead     it was a process of this machine, and has ended
    here     it is a process of this machine
    """

    token: str
    pid: int
    host: str
    seconds: float
    overdue: float
    dead: bool
    here: bool

    def __str__(self) -> str:
        return f"pid {self.pid} on {self.host}"

    @property
    def leads(self) -> bool:
        """Whether nobody may replace it."""
        return not self.dead and self.overdue < 0


def leader(engine: Engine, study: str) -> Leader | None:
    """Who leads a study, or was the last to and has not said that it ended; None if there is nobody. Writes nothing."""
    if not sa.inspect(engine).has_table(_leaders.name):
        return None
    with engine.connect() as connection:
        return leaders(connection).get(study)


def leaders(connection: Connection) -> Mapping[str, Leader]:
    """The leader of each study that has one, as `leader` has it; who has led longest comes first."""
    rows = connection.execute(sa.select(_leaders).order_by(_leaders.c.since, _leaders.c.study)).mappings().all()
    now = database.now(connection)
    return {row["study"]: _leader(row, now) for row in rows}


def _leader(row: Mapping[Any, Any], now: float) -> Leader:
    who = {"token": row["token"], "pid": row["pid"], "host": row["host"], "here": row["place"] == processes.place()}
    return Leader(**who, seconds=now - row["since"], overdue=now - row["until"], dead=_is_dead(row))


def _row(study: str) -> sa.Select[Any]:
    return sa.select(_leaders).where(_leaders.c.study == study)


def _is_free(row: Mapping[Any, Any], now: float) -> bool:
    return now >= row["until"] or _is_dead(row)


def _is_dead(row: Mapping[Any, Any]) -> bool:
    """Whether the leader was a process of this machine and has ended; of another machine's nothing is known."""
    return processes.has_ended(row["place"], row["pid"], row["started"])


def _refusal(row: Mapping[Any, Any], now: float) -> str:
    minutes = (now - row["since"]) / 60
    return (
        f"{row['study']}: another launcher leads this study: pid {row['pid']} on {row['host']},"
        f" for {minutes:.0f} min.\n"
        f"Two would run each trial twice. It is replaced when it ends; if it is not heard of, in"
        f" {max(0.0, row['until'] - now):.0f} s. Until then `sweep doctor` shows what it does."
    )
