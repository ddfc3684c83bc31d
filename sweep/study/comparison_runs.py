"""The comparison's runs: each arm's best configuration, trained afresh with the same seeds as every other's."""

import io
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import Engine

from sweep.core.trials import Outcome, Trial
from sweep.study.storage import database
from sweep.study.storage.epochs import Attempts, EpochLedger, insert_if_new, metadata
from workers.plans.policies import interval
from workers.spec import EpochReport, TestScores, TrialSpec

_runs = sa.Table(
    "sweep_comparison_runs",
    metadata,
    sa.Column("study", sa.String(255), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("key", sa.String(64), nullable=False),
    sa.Column("seed", sa.Integer, nullable=False),
    sa.Column("spec", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text),
    sa.Column("arrays", sa.LargeBinary),
)


class ComparisonRuns:
    """The ledger of a study's comparison; the scheduling loop asks it as it asks the search's.

    A run that was made before, for an earlier comparison with fewer seeds, is not made again.

    arms    those compared, each by its best trial of the search
    keys    the runs that are compared
    ladder  the runs beside them, of `rungs`, that differ in their reset_interval alone; all are wanted
    """

    def __init__(
        self, engine: Engine, study: str, champions: Mapping[str, Trial], seeds: int, rungs: Sequence[Trial] = ()
    ) -> None:
        self.epochs = EpochLedger(engine, study, "compare")
        self.attempts = Attempts(engine, study, "compare")
        self._engine, self._study = engine, study
        database.create(metadata, engine)
        self.seeds = seeds
        self.arms = list(champions)
        self._trials: dict[int, Trial] = {}
        self._outcomes: dict[int, Outcome] = {}
        self._times: dict[int, tuple[float, float | None]] = {}
        self._load()
        compared = _runs_of(list(champions.values()), seeds)
        beside = _runs_of(rungs, seeds)
        self.keys = [trial.key for trial in compared]
        self.ladder = [trial.key for trial in beside]
        wanted = {trial.key: trial for trial in (*compared, *beside)}
        self._keys = list(wanted)
        known = {trial.key for trial in self._trials.values()}
        self._wanted = [trial for key, trial in wanted.items() if key not in known]

    def __len__(self) -> int:
        """How many runs the comparison needs."""
        return len(self._keys)

    @property
    def missing(self) -> int:
        """How many of them are still to be made."""
        return len(self._keys) - len(self._finished.keys() & set(self._keys))

    def __iter__(self) -> Iterator[tuple[Trial, Outcome]]:
        """The comparison's finished runs, by arm and seed."""
        return (self._finished[key] for key in self.keys if key in self._finished)

    @property
    def _finished(self) -> dict[str, tuple[Trial, Outcome]]:
        return {self._trials[number].key: (self._trials[number], outcome) for number, outcome in self._outcomes.items()}

    def every(self) -> Iterator[tuple[Trial, Outcome]]:
        """Every run that was ever begun, by number, also for comparisons of other champions or more seeds."""
        for number in sorted(self._trials):
            yield self._trials[number], self._outcomes.get(number, Outcome("running"))

    def times(self, trial: Trial) -> tuple[float, float]:
        """When a run began and ended, or now, in seconds since 1970."""
        began, ended = self._times[trial.number]
        return began, ended or time.time()

    def unfinished(self) -> Sequence[Trial]:
        """Runs of this comparison that were begun and not ended."""
        return [t for t in self._trials.values() if t.number not in self._outcomes and t.key in self._keys]

    def recorded(self, trial: Trial) -> list[EpochReport]:
        """The epochs of a run that are in the ledger."""
        return self.epochs.of(trial.number)

    def ask(self) -> Trial | None:
        """The next run that nobody has made; one seed of every arm before the next seed."""
        if not self._wanted:
            return None
        trial = replace(self._wanted[0], number=max(self._trials, default=-1) + 1)
        seed = int(trial.key.rpartition("-")[2])
        row = {"study": self._study, "number": trial.number, "key": trial.key, "seed": seed}
        began = time.time()
        asked = json.dumps({"spec": dict(trial.spec), "began": began})
        with self._engine.begin() as connection:
            insert_if_new(connection, _runs, [{**row, "spec": asked}])
        self._trials[trial.number] = trial
        self._times[trial.number] = began, None
        del self._wanted[0]
        return trial

    def finished(self, key: str) -> tuple[Trial, Outcome] | None:
        """The run with this key, and its outcome."""
        return self._finished.get(key)

    def begin(self, trial: Trial, worker: str) -> None:
        """A worker takes a run up."""
        self.attempts.begin(trial.number, worker)

    def lost(self, trial: Trial, reason: str) -> None:
        """A run's worker is gone."""
        self.attempts.end(trial.number, reason)

    def report(self, trial: Trial, reports: Sequence[EpochReport]) -> tuple[list[EpochReport], bool]:
        """Record epochs; a comparison prunes nothing. What was recorded before an interruption stays as it was."""
        self.epochs.add(trial.number, reports)
        recorded = {report.epoch: report for report in self.epochs.of(trial.number)}
        return [recorded[report.epoch] for report in reports], False

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Record how a run ended, and its scores on the test split."""
        plain = {name: value for name, value in asdict(replace(outcome, test=None)).items() if name != "test"}
        began, ended = self._times[trial.number][0], time.time()
        values = {
            "outcome": json.dumps({"outcome": plain, "ended": ended}),
            "arrays": _pack(outcome.test) if outcome.test else None,
        }
        mine = (_runs.c.study == self._study) & (_runs.c.number == trial.number)
        self.attempts.end(trial.number, "finished")  # before the run is, since nobody looks at it again then
        with self._engine.begin() as connection:
            connection.execute(sa.update(_runs).where(mine).values(values))
        self._outcomes[trial.number] = outcome
        self._times[trial.number] = began, ended

    def _load(self) -> None:
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(_runs).where(_runs.c.study == self._study)).all()
        for row in rows:
            asked, told = json.loads(row.spec), json.loads(row.outcome or "{}")
            self._trials[row.number] = _run(
                row.number, TrialSpec(**asked["spec"]), row.key.rpartition("-")[0], row.seed
            )
            self._times[row.number] = asked["began"], told.get("ended")
            if told:
                test = _unpack(row.arrays) if row.arrays else None
                self._outcomes[row.number] = Outcome(**told["outcome"], test=test)


def _runs_of(configurations: Sequence[Trial], seeds: int) -> list[Trial]:
    return [_run(-1, trial.canonical, trial.key, seed) for seed in range(1, seeds + 1) for trial in configurations]


def _run(number: int, form: TrialSpec, key: str, seed: int) -> Trial:
    """A run of an arm with the comparison's seed number `seed`; the search's seed is none of them."""
    batches = interval(form)
    name = f"{form.arm} {batches}" if batches else form.arm
    drawn = int(np.random.SeedSequence(seed, spawn_key=(0,)).generate_state(1)[0])
    return Trial(number, form, form, f"{key}-{seed}", drawn, f"{name} seed {seed}", "compare")


def _pack(test: TestScores) -> bytes:
    buffer = io.BytesIO()
    arrays: dict[str, NDArray[Any]] = {f"position_{name}": values for name, values in test.positions.items()}
    arrays |= {"metrics": np.array(json.dumps(dict(test.metrics))), "losses": test.losses}
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]  # numpy takes a name for an option
    return buffer.getvalue()


def _unpack(data: bytes) -> TestScores:
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        names = [name for name in archive.files if name.startswith("position_")]
        positions = {name.removeprefix("position_"): archive[name] for name in names}
        return TestScores(json.loads(str(archive["metrics"])), archive["losses"], positions)
