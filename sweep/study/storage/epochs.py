"""The epochs of every trial, which Optuna's storage has no table for."""

import json
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from sweep.core.trials import Stage
from sweep.study.storage import database, tables
from workers.spec import EpochReport

_epochs = tables.of_trials(
    "sweep_epochs",
    sa.Column("epoch", sa.Integer, primary_key=True),
    sa.Column("timestamp", sa.Double, nullable=False),
    sa.Column("metrics", sa.Text, nullable=False),
)


class EpochReader:
    """The epochs of a study's trials, in its search or its comparison."""

    def __init__(self, engine: Engine, study: str, stage: Stage) -> None:
        self._engine = engine
        self._owner = {"study": study, "stage": stage}
        self._exists = tables.exists(engine, _epochs)

    def of(self, trial: int) -> list[EpochReport]:
        """The epochs of a trial, in their order."""
        if not self._exists:
            return []
        condition = tables.where(_epochs, {**self._owner, "trial": trial})
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(_epochs).where(condition).order_by(_epochs.c.epoch)).all()
        return [EpochReport(row.epoch, json.loads(row.metrics), row.timestamp) for row in rows]


class Epochs(EpochReader):
    """Records epochs too. An epoch that is recorded stays as it is."""

    def __init__(self, engine: Engine, study: str, stage: Stage) -> None:
        database.create(tables.metadata, engine)
        super().__init__(engine, study, stage)
        self._earlier: dict[int, dict[int, EpochReport]] = {}  # of an earlier launcher: of trials under way, by epoch

    def kept(self, trial: int, report: EpochReport) -> EpochReport:
        """What is recorded of an epoch: this report, or that of an earlier launcher."""
        if trial not in self._earlier:
            self._earlier[trial] = {report.epoch: report for report in self.of(trial)}
        return self._earlier[trial].get(report.epoch, report)

    def add(self, connection: Connection, trial: int, reports: Iterable[EpochReport]) -> None:
        """Record epochs of a trial within a transaction."""
        rows = [self._row(trial, report) for report in reports]
        if rows:
            tables.insert_if_new(connection, _epochs, rows)

    def forget(self, trial: int) -> None:
        """The trial has ended, and no report of it follows."""
        self._earlier.pop(trial, None)

    def _row(self, trial: int, report: EpochReport) -> dict[str, Any]:
        metrics = json.dumps(dict(report.metrics))
        return {
            **self._owner,
            "trial": trial,
            "epoch": report.epoch,
            "timestamp": report.timestamp,
            "metrics": metrics,
        }
