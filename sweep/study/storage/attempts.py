"""Which workers have trained each trial, from when to when."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from sweep.core.trials import Stage
from sweep.study.storage import database, tables

CUT_OFF = "cut off with its launcher"

_attempts = tables.of_trials(
    "sweep_attempts",
    sa.Column("attempt", sa.Integer, primary_key=True),
    sa.Column("worker", sa.String(255), nullable=False),
    sa.Column("began", sa.Double, nullable=False),
    sa.Column("ended", sa.Double),
    sa.Column("how", sa.Text),
)


@dataclass(frozen=True)
class Attempt:
    """One worker's training of a trial, until the trial or the worker ended.

    began, ended  seconds since 1970; ended is none while it is under way
    how           how it ended: finished, or what became of the worker
    """

    trial: int
    number: int
    worker: str
    began: float
    ended: float | None
    how: str | None


class AttemptReader:
    """The attempts at a study's trials, in its search or its comparison."""

    def __init__(self, engine: Engine, study: str, stage: Stage) -> None:
        self.engine = engine
        self._owner = {"study": study, "stage": stage}
        self._exists = tables.exists(engine, _attempts)

    def of(self, trial: int) -> Sequence[Attempt]:
        """The attempts at a trial, in their order."""
        return self._where(self._at(trial))

    def ended(self) -> Sequence[Attempt]:
        """The attempts at any trial whose end was seen: of one that was cut off with its launcher it is not known."""
        seen = tables.where(_attempts, self._owner) & _attempts.c.ended.is_not(None) & (_attempts.c.how != CUT_OFF)
        return self._where(seen)

    def _where(self, condition: sa.ColumnElement[bool]) -> Sequence[Attempt]:
        if not self._exists:
            return []
        query = sa.select(_attempts).where(condition).order_by(_attempts.c.trial, _attempts.c.attempt)
        with self.engine.connect() as connection:
            rows = connection.execute(query).all()
        return [Attempt(row.trial, row.attempt, row.worker, row.began, row.ended, row.how) for row in rows]

    def _at(self, trial: int) -> sa.ColumnElement[bool]:
        return tables.where(_attempts, {**self._owner, "trial": trial})


class Attempts(AttemptReader):
    """Records attempts too."""

    def __init__(self, engine: Engine, study: str, stage: Stage) -> None:
        database.create(tables.metadata, engine)
        super().__init__(engine, study, stage)
        of_study = tables.where(_attempts, self._owner)
        with engine.connect() as connection:
            self._counts = Counter(connection.execute(sa.select(_attempts.c.trial).where(of_study)).scalars())

    def begin(self, trial: int, worker: str) -> None:
        """Record a new attempt. An earlier one without an end gets one: its launcher died."""
        number, now = self._counts[trial] + 1, time.time()
        row = {**self._owner, "trial": trial, "attempt": number, "worker": worker, "began": now}
        with self.engine.begin() as connection:
            cut_off = sa.update(_attempts).where(self._under_way(trial) & (_attempts.c.attempt < number))
            connection.execute(cut_off.values(ended=now, how=CUT_OFF))
            tables.insert_if_new(connection, _attempts, [row])
        self._counts[trial] = number

    def end(self, connection: Connection, trial: int, how: str) -> None:
        """Record within a transaction that the current attempt has ended, if there is one, and how."""
        ended = sa.update(_attempts).where(self._under_way(trial)).values(ended=time.time(), how=how)
        connection.execute(ended)

    def _under_way(self, trial: int) -> sa.ColumnElement[bool]:
        return self._at(trial) & _attempts.c.ended.is_(None)
