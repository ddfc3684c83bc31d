"""The comparison's runs in the ledger: every arm trained afresh at the settings that are compared."""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from sweep.core.trials import Outcome, Run, Trial
from sweep.study import packed_scores
from sweep.study.comparison_plan import ComparisonPlan, KeyParts, Need
from sweep.study.comparison_table import ComparisonTable, Interim, seed_number
from sweep.study.storage import database, tables
from sweep.study.storage.attempts import AttemptReader, Attempts
from sweep.study.storage.epochs import EpochReader, Epochs
from workers.spec import EpochReport, TrialSpec

table = sa.Table(
    "sweep_comparison_runs",
    tables.metadata,
    sa.Column("study", sa.String(255), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("key", sa.String(64), nullable=False),
    sa.Column("seed", sa.Integer, nullable=False),
    sa.Column("spec", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text),
    sa.Column("arrays", sa.LargeBinary),
)


class Asked(NamedTuple):
    """What a study asks of its comparison.

    study    its name
    seed     the study's, from which the seeds of all runs are drawn
    plan     which runs are needed
    seconds  the most that they may take together; None: as long as it takes
    interim  says which arms need more seeds; None: nobody is asked
    """

    study: str
    seed: int
    plan: ComparisonPlan
    seconds: float | None = None
    interim: Interim | None = None


class ComparisonReader(ComparisonTable):
    """The runs of a study's comparison in the ledger. It has no method that writes."""

    def __init__(self, engine: Engine, asked: Asked) -> None:
        self._engine, self._study = engine, asked.study
        super().__init__(asked.plan, asked.seed, asked.seconds, asked.interim)
        self.epochs = EpochReader(engine, self._study, "compare")
        self.attempts = AttemptReader(engine, self._study, "compare")
        self._load()

    def every(self) -> Iterator[Run]:
        """Every run that was ever begun, by number, also for comparisons of other champions or more seeds."""
        return iter(self._runs)

    def times(self, trial: Trial) -> tuple[float, float]:
        """When a run began and when it ended, in seconds since 1970; now, if it has not ended."""
        return self._runs.times(trial.number)

    def recorded(self, trial: Trial) -> list[EpochReport]:
        """The epochs of a run that are in the ledger."""
        return self.epochs.of(trial.number)

    def _load(self) -> None:
        if not tables.exists(self._engine, table):
            return
        query = sa.select(table).where(table.c.study == self._study).order_by(table.c.number)
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        for row in rows:
            self._take_over(row)
        for attempt in self.attempts.ended():
            self.spend(attempt.trial, attempt.began, attempt.ended or attempt.began)

    def _take_over(self, row: sa.Row[tuple[object, ...]]) -> None:
        asked = json.loads(row.spec)
        parts = KeyParts.of(row.key)
        need = Need(_configuration(TrialSpec(**asked["spec"]), parts), row.seed, parts.origin)
        trial = self.run(row.number, need)
        self._runs.add(trial, asked["began"])
        if row.outcome:
            result = json.loads(row.outcome)
            test = packed_scores.from_bytes(row.arrays) if row.arrays else None
            self._runs.end(trial.number, result["ended"])
            self._runs.finish(Run(trial, Outcome(**result["outcome"], test=test)))


class ComparisonRuns(ComparisonReader):
    """The runs of a study's comparison, to make those that are missing; the scheduler uses it as it uses a study.

    A run that was made for an earlier comparison is not made again.
    """

    epochs: Epochs
    attempts: Attempts

    def __init__(self, engine: Engine, asked: Asked) -> None:
        database.create(tables.metadata, engine)
        super().__init__(engine, asked)
        self.epochs = Epochs(engine, self._study, "compare")
        self.attempts = Attempts(engine, self._study, "compare")
        self._under_way: dict[int, float] = {}  # since when

    def ask(self) -> Trial | None:
        """Begin the next run; see ComparisonTable.next."""
        trial = self.next()
        if trial is None:
            return None
        row = {"study": self._study, "number": trial.number, "key": trial.key, "seed": seed_number(trial)}
        began = time.time()
        asked = json.dumps({"spec": trial.spec.said, "began": began})
        with self._engine.begin() as connection:
            tables.insert_if_new(connection, table, [{**row, "spec": asked}])
        self._runs.add(trial, began)
        return trial

    @property
    def may_be_asked_ahead(self) -> bool:
        """Whether the next run will be wanted: no time may end the comparison before it."""
        return self._seconds is None

    def begin(self, trial: Trial, worker: str) -> None:
        """A worker begins to train a run."""
        self._under_way[trial.number] = time.time()
        self.attempts.begin(trial.number, worker)

    def lost(self, trial: Trial, reason: str) -> None:
        """The worker of a run is gone."""
        self._spend(trial)
        with self._engine.begin() as connection:
            self.attempts.end(connection, trial.number, reason)

    def report(self, trial: Trial, reports: Sequence[EpochReport]) -> tuple[list[EpochReport], bool]:
        """Record epochs; returns those recorded, and False, since a comparison prunes nothing.

        An epoch that was recorded before an interruption stays as it was.
        """
        kept = [self.epochs.kept(trial.number, report) for report in reports]
        with self._engine.begin() as connection:
            self.epochs.add(connection, trial.number, kept)
        return kept, False

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Record how a run ended, and its scores on the test split."""
        plain = {name: value for name, value in asdict(replace(outcome, test=None)).items() if name != "test"}
        self._spend(trial)
        ended = self._runs.end(trial.number, time.time())
        values = {
            "outcome": json.dumps({"outcome": plain, "ended": ended}),
            "arrays": packed_scores.to_bytes(outcome.test) if outcome.test else None,
        }
        condition = tables.where(table, {"study": self._study, "number": trial.number})
        with self._engine.begin() as connection:
            self.attempts.end(connection, trial.number, "finished")
            connection.execute(sa.update(table).where(condition).values(values))
        self.epochs.forget(trial.number)
        self._runs.finish(Run(trial, outcome))

    def _spend(self, trial: Trial) -> None:
        began = self._under_way.pop(trial.number, None)
        if began is not None:
            self.spend(trial.number, began, time.time())


def _configuration(canonical: TrialSpec, key: KeyParts) -> Trial:
    return Trial(-1, canonical, canonical, key.configuration, 0, twin=key.twin)
