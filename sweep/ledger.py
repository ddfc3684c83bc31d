"""What Optuna's storage lacks, kept beside it in the same database: the epochs of every trial."""

import json
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Engine

from sweep.trials import Stage
from workers.spec import EpochReport

metadata = sa.MetaData()
_epochs = sa.Table(
    "sweep_epochs",
    metadata,
    sa.Column("study", sa.String(255), primary_key=True),
    sa.Column("stage", sa.String(16), primary_key=True),
    sa.Column("trial", sa.Integer, primary_key=True),
    sa.Column("epoch", sa.Integer, primary_key=True),
    sa.Column("timestamp", sa.Double, nullable=False),
    sa.Column("metrics", sa.Text, nullable=False),
)


class EpochLedger:
    """The epochs of one study's trials, of its search or its comparison. Writing one again changes nothing."""

    def __init__(self, engine: Engine, study: str, stage: Stage) -> None:
        self._engine = engine
        self._owner = {"study": study, "stage": stage}
        metadata.create_all(engine)

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
        dialect = postgresql if self._engine.dialect.name == "postgresql" else sqlite
        if rows:
            with self._engine.begin() as connection:
                connection.execute(dialect.insert(_epochs).on_conflict_do_nothing(), rows)

    def of(self, trial: int) -> list[EpochReport]:
        """A trial's epochs, in their order."""
        mine = sa.and_(*(_epochs.c[name] == value for name, value in {**self._owner, "trial": trial}.items()))
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(_epochs).where(mine).order_by(_epochs.c.epoch)).all()
        return [EpochReport(row.epoch, json.loads(row.metrics), row.timestamp) for row in rows]


def tune_sqlite(engine: Engine) -> None:
    """Let readers and the one writer work at once, and let a commit cost no more than it must."""

    def configure(connection: object, _: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.close()

    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", configure)
        engine.dispose()  # what is already connected is not configured
