"""The comparison's runs in the ledger: every arm trained afresh at the settings that are compared, with common seeds."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from sweep.comparison.selection import Cell, Selection
from sweep.core.trials import Outcome, Run, Trial
from sweep.study import packed_scores
from sweep.study.comparison_plan import ComparisonPlan, Need
from sweep.study.run_table import RunTable
from sweep.study.storage import database, tables
from sweep.study.storage.attempts import AttemptReader, Attempts
from sweep.study.storage.epochs import EpochReader, Epochs
from workers.plans.policies import interval
from workers.spec import EpochReport, TrialSpec

ATTEMPTS = 2  # at a run that a machine ended; after them it is missing

_COMPARISON = 1  # of the streams of random numbers drawn from a study's seed

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

    study  its name, and the seed from which the seeds of all runs are drawn
    """

    def __init__(self, engine: Engine, study: tuple[str, int], plan: ComparisonPlan) -> None:
        self._engine, (self._study, self._seed), self.plan = engine, study, plan
        self.epochs = EpochReader(engine, self._study, "compare")
        self.attempts = AttemptReader(engine, self._study, "compare")
        self._runs = RunTable()
        self._load()

    @property
    def arms(self) -> list[str]:
        """The arms that are compared."""
        return list(self.plan.cells.champions)

    @property
    def needed(self) -> list[Need]:
        """The runs that are known to be needed; what they come to may ask for others."""
        return self.plan.needed(self._is_settled, self._outcome)

    def __len__(self) -> int:
        """How many runs are known to be needed."""
        return len(self.needed)

    @property
    def missing(self) -> int:
        """How many of them are still to be made."""
        return sum(not self._is_settled(need.key) for need in self.needed)

    @property
    def selection(self) -> Selection | None:
        """The settings that are compared; None where they are not chosen yet."""
        return self.plan.selection(self._is_settled, self._outcome)

    def of_cells(self, seeds: Sequence[int]) -> dict[Cell, list[Run]]:
        """The runs with these numbers of seeds that were made of each cell, diverged ones too."""
        found = {
            cell: [run for seed in seeds if (run := self._decided(Need(trial, seed).key))]
            for cell, trial in self.plan.cells.trials.items()
        }
        return {cell: runs for cell, runs in found.items() if runs}

    def of_rungs(self) -> list[list[Run]]:
        """The runs made beside the arms, of each configuration those that came to a result."""
        chosen = self.selection
        rungs = self.plan.rungs(chosen) if chosen else ()
        return [
            [run for seed in self.plan.deciding_seeds if (run := self._decided(Need(trial, seed).key))] for trial in rungs
        ]

    def of_arms(self) -> dict[str, list[Run]]:
        """The runs that decide of each arm at its own setting."""
        chosen, made = self.selection, self.of_cells(self.plan.deciding_seeds)
        tuned = {arm: chosen.tuned(arm) for arm in chosen.settings} if chosen else {}
        return {arm: made[cell] for arm, cell in tuned.items() if cell in made}

    def of_common(self) -> dict[str, list[Run]]:
        """The runs that decide of each arm at the reference's setting; at its own where it was not run there."""
        chosen, made = self.selection, self.of_cells(self.plan.deciding_seeds)
        if chosen is None:
            return {}
        common = {arm: chosen.at_references(arm)[0] for arm in chosen.settings}
        return self.of_arms() | {arm: made[cell] for arm, cell in common.items() if cell in made}

    def __iter__(self) -> Iterator[Run]:
        """The runs that the comparison needs and that came to an end, in the order in which they are needed."""
        return filter(None, (self._runs.finished(need.key) for need in self.needed))

    def every(self) -> Iterator[Run]:
        """Every run that was ever begun, by number, also for comparisons of other champions or more seeds."""
        return iter(self._runs)

    def times(self, trial: Trial) -> tuple[float, float]:
        """When a run began and when it ended, in seconds since 1970; now, if it has not ended."""
        return self._runs.times(trial.number)

    def unfinished(self) -> Sequence[Trial]:
        """Runs of this comparison that were begun and not ended."""
        keys = {need.key for need in self.needed}
        return [trial for trial, outcome in self._runs if outcome.state == "running" and trial.key in keys]

    def recorded(self, trial: Trial) -> list[EpochReport]:
        """The epochs of a run that are in the ledger."""
        return self.epochs.of(trial.number)

    def finished(self, key: str) -> Run | None:
        """The run with this key that needs no further attempt, and its outcome."""
        return self._decided(key) or (self._runs.finished(key) if self._is_settled(key) else None)

    def _decided(self, key: str) -> Run | None:
        """The run with this key that is complete or has diverged."""
        return next((run for run in self._runs.ended(key) if _says_something(run.outcome)), None)

    def _outcome(self, key: str) -> Outcome | None:
        run = self._decided(key)
        return run.outcome if run else None

    def _is_settled(self, key: str) -> bool:
        ended = self._runs.ended(key)
        return len(ended) >= ATTEMPTS or any(_says_something(run.outcome) for run in ended)

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
        need = Need(_configuration(TrialSpec(**asked["spec"]), row.key.rpartition("-")[0]), row.seed)
        trial = self._run(row.number, need)
        self._runs.add(trial, asked["began"])
        if row.outcome:
            result = json.loads(row.outcome)
            test = packed_scores.from_bytes(row.arrays) if row.arrays else None
            self._runs.end(trial.number, result["ended"])
            self._runs.finish(Run(trial, Outcome(**result["outcome"], test=test)))

    def _run(self, number: int, need: Need) -> Trial:
        """The run as a trial; its own seed is drawn from the study's, by the number of the run's."""
        form = need.trial.canonical
        batches = interval(form)
        name = f"{form.arm} {batches}" if batches else form.arm
        drawn = int(np.random.SeedSequence(self._seed, spawn_key=(_COMPARISON, need.seed)).generate_state(1)[0])
        return Trial(number, form, form, need.key, drawn, f"{name} seed {need.seed}", "compare")


class ComparisonRuns(ComparisonReader):
    """The runs of a study's comparison, to make those that are missing; the scheduler uses it as it uses a study.

    A run that was made for an earlier comparison is not made again.
    """

    epochs: Epochs
    attempts: Attempts

    def __init__(self, engine: Engine, study: tuple[str, int], plan: ComparisonPlan) -> None:
        database.create(tables.metadata, engine)
        super().__init__(engine, study, plan)
        self.epochs = Epochs(engine, self._study, "compare")
        self.attempts = Attempts(engine, self._study, "compare")

    def ask(self) -> Trial | None:
        """The next run that is neither settled nor under way; None while what comes next is not known, or nothing does.

        A run that a machine ended is asked for once more, with the same seed.
        """
        running = {trial.key for trial, outcome in self._runs if outcome.state == "running"}
        need = next((n for n in self.needed if n.key not in running and not self._is_settled(n.key)), None)
        if need is None:
            return None
        trial = self._run(self._runs.next_number, need)
        row = {"study": self._study, "number": trial.number, "key": trial.key, "seed": need.seed}
        began = time.time()
        asked = json.dumps({"spec": dict(trial.spec), "began": began})
        with self._engine.begin() as connection:
            tables.insert_if_new(connection, _runs, [{**row, "spec": asked}])
        self._runs.add(trial, began)
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


def _says_something(outcome: Outcome) -> bool:
    """Whether a run came to a result: diverging is one, its machine's end is none."""
    return outcome.state == "complete" or outcome.diverged


def _configuration(canonical: TrialSpec, key: str) -> Trial:
    return Trial(-1, canonical, canonical, key, 0)
