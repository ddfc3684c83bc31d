"""What Optuna's storage lacks, kept beside it in the same database: every trial's epochs, and the attempts at it."""

import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine

from sweep.core.trials import Stage
from sweep.study.storage import database
from workers.spec import EpochReport

metadata = sa.MetaData()


def _of_trials(name: str, *columns: sa.Column[Any]) -> sa.Table:
    """A table whose rows belong to a trial of a study, of its search or its comparison."""
    return sa.Table(
        name,
        metadata,
        sa.Column("study", sa.String(255), primary_key=True),
        sa.Column("stage", sa.String(16), primary_key=True),
        sa.Column("trial", sa.Integer, primary_key=True),
        *columns,
    )


_epochs = _of_trials(
    "sweep_epochs",
    sa.Column("epoch", sa.Integer, primary_key=True),
    sa.Column("timestamp", sa.Double, nullable=False),
    sa.Column("metrics", sa.Text, nullable=False),
)
_attempts = _of_trials(
    "sweep_attempts",
    sa.Column("attempt", sa.Integer, primary_key=True),
    sa.Column("worker", sa.String(255), nullable=False),
    sa.Column("began", sa.Double, nullable=False),
    sa.Column("ended", sa.Double),
    sa.Column("how", sa.Text),
)


class EpochLedger:
    """The epochs of one study's trials, of its search or its comparison. Writing one again changes nothing."""

    def __init__(self, engine: Engine, study: str, stage: Stage) -> None:
        self._engine = engine
        self._owner = {"study": study, "stage": stage}
        database.create(metadata, engine)

    def add(self, trial: int, reports: Iterable[EpochReport]) -> None:
        """Record epochs, all or none."""
        rows = [
            {
                **self._owner,
                "trial": trial,
                "epoch": r.epoch,
                "timestamp": r.timestamp,
                "metrics": json.dumps(dict(r.metrics)),
            }
            for r in reports
        ]
        if rows:
            with self._engine.begin() as connection:
                insert_if_new(connection, _epochs, rows)

    def of(self, trial: int) -> list[EpochReport]:
        """A trial's epochs, in their order."""
        with self._engine.connect() as connection:
            mine = _where(_epochs, {**self._owner, "trial": trial})
            rows = connection.execute(sa.select(_epochs).where(mine).order_by(_epochs.c.epoch)).all()
        return [EpochReport(row.epoch, json.loads(row.metrics), row.timestamp) for row in rows]


@dataclass(frozen=True)
class Attempt:
    """A worker's go at a trial; `how` it ended: finished, or what became of the worker. Seconds since 1970."""

    trial: int
    number: int
    worker: str
    began: float
    ended: float | None
    how: str | None


class Attempts:
    """Which workers have trained each trial of a study, from when to when."""

    def __init__(self, engine: Engine, study: str, stage: Stage) -> None:
        self._engine = engine
        self._owner = {"study": study, "stage": stage}
        database.create(metadata, engine)
        mine = _where(_attempts, self._owner)
        with engine.connect() as connection:
            self._counts = Counter(connection.execute(sa.select(_attempts.c.trial).where(mine)).scalars())

    def begin(self, trial: int, worker: str) -> None:
        """A worker takes a trial up. An attempt that nobody ended was cut off with its launcher."""
        number, now = self._counts[trial] + 1, time.time()
        row = {**self._owner, "trial": trial, "attempt": number, "worker": worker, "began": now}
        with self._engine.begin() as connection:
            cut_off = sa.update(_attempts).where(self._open(trial) & (_attempts.c.attempt < number))
            connection.execute(cut_off.values(ended=now, how="cut off with its launcher"))
            insert_if_new(connection, _attempts, [row])
        self._counts[trial] = number

    def end(self, trial: int, how: str) -> None:
        """The attempt under way is over, if there is one."""
        now = time.time()
        with self._engine.begin() as connection:
            connection.execute(sa.update(_attempts).where(self._open(trial)).values(ended=now, how=how))

    def of(self, trial: int) -> Sequence[Attempt]:
        """A trial's attempts, in their order."""
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(_attempts).where(self._are(trial)).order_by(_attempts.c.attempt)).all()
        return [Attempt(row.trial, row.attempt, row.worker, row.began, row.ended, row.how) for row in rows]

    def _are(self, trial: int) -> sa.ColumnElement[bool]:
        return _where(_attempts, {**self._owner, "trial": trial})

    def _open(self, trial: int) -> sa.ColumnElement[bool]:
        return self._are(trial) & _attempts.c.ended.is_(None)


def insert_if_new(connection: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows whose keys are not there yet."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(table).on_conflict_do_nothing(), rows)


def _where(table: sa.Table, values: Mapping[str, Any]) -> sa.ColumnElement[bool]:
    return sa.and_(*(table.c[name] == value for name, value in values.items()))
