"""The comparison's runs: each arm's best configuration, trained afresh with the same seeds as every other arm's."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from sweep.core.trials import Outcome, Run, Trial
from sweep.study import packed_scores
from sweep.study.run_table import RunTable
from sweep.study.storage import database, tables
from sweep.study.storage.attempts import AttemptReader, Attempts
from sweep.study.storage.epochs import EpochReader, Epochs
from workers.plans.policies import interval
from workers.spec import EpochReport, TrialSpec

_runs = sa.Table(
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


class ComparisonReader:
    """The runs of a study's comparison in the ledger. It has no method that writes.

    arms    those compared, each by its best trial of the search
    keys    the runs that are compared
    ladder  the runs beside them, of `rungs`, that differ in their reset_interval alone
    """

    def __init__(
        self, engine: Engine, study: str, champions: Mapping[str, Trial], seeds: int, rungs: Sequence[Trial] = ()
    ) -> None:
        self._engine, self._study, self.seeds = engine, study, seeds
        self.epochs = EpochReader(engine, study, "compare")
        self.attempts = AttemptReader(engine, study, "compare")
        self.arms = list(champions)
        compared, beside = _runs_of(list(champions.values()), seeds), _runs_of(rungs, seeds)
        self.keys = [trial.key for trial in compared]
        self.ladder = [trial.key for trial in beside]
        self._needed = {trial.key: trial for trial in (*compared, *beside)}
        self._runs = RunTable()
        self._load()

    def __len__(self) -> int:
        """How many runs the comparison needs."""
        return len(self._needed)

    @property
    def missing(self) -> int:
        """How many of them are still to be made."""
        return sum(self._runs.finished(key) is None for key in self._needed)

    def __iter__(self) -> Iterator[Run]:
        """The comparison's finished runs, by arm and seed."""
        return filter(None, map(self._runs.finished, self.keys))

    def every(self) -> Iterator[Run]:
        """Every run that was ever begun, by number, also for comparisons of other champions or more seeds."""
        return iter(self._runs)

    def times(self, trial: Trial) -> tuple[float, float]:
        """When a run began and when it ended, in seconds since 1970; now, if it has not ended."""
        return self._runs.times(trial.number)

    def unfinished(self) -> Sequence[Trial]:
        """Runs of this comparison that were begun and not ended."""
        return [t for t, outcome in self._runs if outcome.state == "running" and t.key in self._needed]

    def recorded(self, trial: Trial) -> list[EpochReport]:
        """The epochs of a run that are in the ledger."""
        return self.epochs.of(trial.number)

    def finished(self, key: str) -> Run | None:
        """The finished run with this key, and its outcome."""
        return self._runs.finished(key)

    def _load(self) -> None:
        if not tables.exists(self._engine, _runs):
            return
        query = sa.select(_runs).where(_runs.c.study == self._study).order_by(_runs.c.number)
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        for row in rows:
            self._take_over(row)

    def _take_over(self, row: sa.Row[tuple[object, ...]]) -> None:
        asked = json.loads(row.spec)
        trial = _run(row.number, TrialSpec(**asked["spec"]), row.key.rpartition("-")[0], row.seed)
        self._runs.add(trial, asked["began"])
        if row.outcome:
            result = json.loads(row.outcome)
            test = packed_scores.from_bytes(row.arrays) if row.arrays else None
            self._runs.end(trial.number, result["ended"])
            self._runs.finish(Run(trial, Outcome(**result["outcome"], test=test)))


class ComparisonRuns(ComparisonReader):
    """The runs of a study's comparison, to make those that are missing; the scheduler uses it as it uses a study.

    A run that was made for an earlier comparison with fewer seeds is not made again.
    """

    epochs: Epochs
    attempts: Attempts

    def __init__(
        self, engine: Engine, study: str, champions: Mapping[str, Trial], seeds: int, rungs: Sequence[Trial] = ()
    ) -> None:
        database.create(tables.metadata, engine)
        super().__init__(engine, study, champions, seeds, rungs)
        self.epochs = Epochs(engine, study, "compare")
        self.attempts = Attempts(engine, study, "compare")
        begun = {trial.key for trial in self._runs.trials}
        self._to_ask = [trial for key, trial in self._needed.items() if key not in begun]

    def ask(self) -> Trial | None:
        """The next run that was not begun, one seed of every arm before the next seed; None when all were."""
        if not self._to_ask:
            return None
        trial = replace(self._to_ask[0], number=self._runs.next_number)
        row = {"study": self._study, "number": trial.number, "key": trial.key, "seed": seed_number(trial)}
        began = time.time()
        asked = json.dumps({"spec": dict(trial.spec), "began": began})
        with self._engine.begin() as connection:
            tables.insert_if_new(connection, _runs, [{**row, "spec": asked}])
        self._runs.add(trial, began)
        del self._to_ask[0]
        return trial

    def begin(self, trial: Trial, worker: str) -> None:
        """A worker begins to train a run."""
        self.attempts.begin(trial.number, worker)

    def lost(self, trial: Trial, reason: str) -> None:
        """The worker of a run is gone."""
        self.attempts.end(trial.number, reason)

    def report(self, trial: Trial, reports: Sequence[EpochReport]) -> tuple[list[EpochReport], bool]:
        """Record epochs; returns those recorded, and False, since a comparison prunes nothing.

        An epoch that was recorded before an interruption stays as it was.
        """
        self.epochs.add(trial.number, reports)
        recorded = {report.epoch: report for report in self.epochs.of(trial.number)}
        return [recorded[report.epoch] for report in reports], False

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Record how a run ended, and its scores on the test split."""
        plain = {name: value for name, value in asdict(replace(outcome, test=None)).items() if name != "test"}
        ended = self._runs.end(trial.number, time.time())
        values = {
            "outcome": json.dumps({"outcome": plain, "ended": ended}),
            "arrays": packed_scores.to_bytes(outcome.test) if outcome.test else None,
        }
        condition = tables.where(_runs, {"study": self._study, "number": trial.number})
        self.attempts.end(trial.number, "finished")  # before the run is, since nobody looks at it again then
        with self._engine.begin() as connection:
            connection.execute(sa.update(_runs).where(condition).values(values))
        self._runs.finish(Run(trial, outcome))


def seed_number(trial: Trial) -> int:
    """Which of the comparison's seeds, from 1, a run has."""
    return int(trial.key.rpartition("-")[2])


def _runs_of(configurations: Sequence[Trial], seeds: int) -> list[Trial]:
    return [_run(-1, trial.canonical, trial.key, seed) for seed in range(1, seeds + 1) for trial in configurations]


def _run(number: int, canonical: TrialSpec, key: str, seed: int) -> Trial:
    """A run with the comparison's seed number `seed`, from which its own seed is drawn; the search's is another."""
    batches = interval(canonical)
    name = f"{canonical.arm} {batches}" if batches else canonical.arm
    drawn = int(np.random.SeedSequence(seed, spawn_key=(0,)).generate_state(1)[0])
    return Trial(number, canonical, canonical, f"{key}-{seed}", drawn, f"{name} seed {seed}", "compare")
