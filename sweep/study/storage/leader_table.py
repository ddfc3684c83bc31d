"""Who leads each study: the table of leases, and what can be read from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from sweep.core import processes
from sweep.study.storage import database

metadata = sa.MetaData()
table = sa.Table(
    "sweep_leaders",
    metadata,
    sa.Column("study", sa.String(255), primary_key=True),
    sa.Column("token", sa.String(32), nullable=False),  # another one for each launch
    sa.Column("host", sa.String(255), nullable=False),  # for people
    sa.Column("place", sa.String(255), nullable=False),  # the boot and container in which the pid means a process
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("started", sa.Double, nullable=False),  # that process: sweep.core.processes
    sa.Column("since", sa.Double, nullable=False),  # by the database's clock, as is `until`
    sa.Column("until", sa.Double, nullable=False),
)
tokens = sa.select(table.c.token)  # of all launchers that lead, or have ended without releasing their lease


@dataclass(frozen=True)
class Leader:
    """The launcher that leads a study, or the last one, if it ended without releasing its lease.

    token    another one for each launch
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
        """Whether no other launcher may replace it."""
        return not self.dead and self.overdue < 0


def leader(engine: Engine, study: str) -> Leader | None:
    """The leader of a study; None if there is none, or the last one has released its lease. Writes nothing."""
    if not sa.inspect(engine).has_table(table.name):
        return None
    with engine.connect() as connection:
        return leaders(connection).get(study)


def leaders(connection: Connection) -> Mapping[str, Leader]:
    """The leader of each study that has one, as `leader` has it; the one that has led longest comes first."""
    rows = connection.execute(sa.select(table).order_by(table.c.since, table.c.study)).mappings().all()
    now = database.now(connection)
    return {row["study"]: leader_of(row, now) for row in rows}


def leader_of(row: Mapping[Any, Any], now: float) -> Leader:
    """The leader in a row of the table; `now` by the database's clock."""
    return Leader(
        token=row["token"],
        pid=row["pid"],
        host=row["host"],
        seconds=now - row["since"],
        overdue=now - row["until"],
        dead=processes.has_ended(row["place"], row["pid"], row["started"]),
        here=row["place"] == processes.place(),
    )
