"""Reads a study from its ledger."""

import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState

from sweep.comparison.looks_spending import steps
from sweep.comparison.selection import Selection
from sweep.comparison.smallest_carry import carrying_base, ladder
from sweep.config.sections import Compare, StudyConfig
from sweep.core import redact
from sweep.core.errors import StudyUnknown
from sweep.core.trials import Outcome, Run, Trial, best_first
from sweep.study import arms, fingerprint, versions
from sweep.study.comparison_plan import ComparisonPlan
from sweep.study.comparison_runs import Asked, ComparisonReader
from sweep.study.comparison_table import ComparisonTable
from sweep.study.crossing import cells
from sweep.study.looks import Identity, identity_of, looks_before
from sweep.study.run_table import RunTable
from sweep.study.running import RunningTrial
from sweep.study.storage import database
from sweep.study.storage.attempts import AttemptReader
from sweep.study.storage.epochs import EpochReader
from sweep.study.storage.optuna_storage import close_storage, read_storage
from sweep.study.trial_queue import recalled
from workers.data.dataset import Dataset
from workers.spec import EpochReport

STRETCHES = "stretches"  # the user attribute with what a report shows of the deployed run's forecasts


class StudyReader:
    """A study as its ledger has it. It has no method that writes, and after `read` no connection that can write.

    began  when it was first launched, in seconds since 1970
    ended  how the last launch that came to an end ended (finished, stopped or failed), and when; None if none has

    A study of another version of this program has the objective that it was begun with, and no comparison.
    """

    def __init__(
        self,
        config: StudyConfig,
        dataset: Dataset,
        storage: RDBStorage,
        study_id: int,
        trials: Iterable[FrozenTrial],
    ) -> None:
        """A study of an open storage, by its id and its trials there; `read` opens one. Raises StudyChanged."""
        attributes = storage.get_study_user_attrs(study_id)
        self.versions = versions.versions_of(attributes)
        self._fingerprint = fingerprint.fingerprint(config, dataset)
        if self.is_of_this_version:
            fingerprint.check(attributes.get("question", self._fingerprint), self._fingerprint, config)
        else:
            config = fingerprint.begun(attributes["question"], config)
        self.config, self.objective, self._dataset = config, config.objective, dataset
        self._storage, self._study_id = storage, study_id
        self.began = float(attributes.get("began", time.time()))
        self.ended: tuple[str, float] | None = tuple(attributes["ended"]) if "ended" in attributes else None
        self._runs = RunTable()
        self._running: dict[int, RunningTrial] = {}
        self.epochs = EpochReader(storage.engine, config.name, "search")
        self.attempts = AttemptReader(storage.engine, config.name, "search")
        for frozen in trials:
            self._load(frozen)

    @staticmethod
    def read(config: StudyConfig, dataset: Dataset) -> "StudyReader":
        """A study of the ledger, through connections that cannot write.

        Raises ServiceUnavailable when the ledger cannot be opened, StudyUnknown when the study is not in it,
        StudyChanged when the study in it has another fingerprint.
        """
        if not _has_tables(config.storage):
            raise unknown(config)
        storage = read_storage(config.storage)
        try:
            study_id = storage.get_study_id_from_name(config.name)
            return StudyReader(config, dataset, storage, study_id, storage.get_all_trials(study_id))
        except BaseException as error:
            close_storage(storage)
            if isinstance(error, KeyError):
                raise unknown(config) from None
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        close_storage(self._storage)

    @property
    def is_of_this_version(self) -> bool:
        """Whether the present version began it, so that it can be continued and its comparison be decided."""
        return versions.are_continued(self.versions)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of its results must know, a sentence each."""
        return () if self.is_of_this_version else (versions.note(self.versions),)

    @property
    def begun(self) -> bool:
        """Whether a trial was ever asked for."""
        return len(self._runs) > 0

    def __iter__(self) -> Iterator[Run]:
        """Every trial with its outcome, by number; the state of an unfinished one is "running"."""
        return iter(self._runs)

    @property
    def best(self) -> Run | None:
        """The complete trial that is best as deployed; None while there is none."""
        return next(iter(best_first(self, self.objective)), None)

    @property
    def improvements(self) -> list[tuple[int, float]]:
        """The number of each trial that was the best as deployed of those up to it, and its value of the objective."""
        found: list[Run] = []
        for run in best_first(self, self.objective):
            if not found or run.trial.number < found[-1].trial.number:
                found.append(run)
        values = ((run.trial.number, run.outcome.as_deployed(self.objective)) for run in reversed(found))
        return [(number, value) for number, value in values if value is not None]

    def times(self, trial: Trial) -> tuple[float, float]:
        """When a trial began and when it ended, in seconds since 1970; now, if it has not ended."""
        return self._runs.times(trial.number)

    def unfinished(self) -> list[Trial]:
        """Trials that an earlier launcher began and did not end; they go on under their numbers."""
        return [trial for trial in self._runs.trials if trial.number in self._running]

    def finished(self, key: str) -> Run | None:
        """The first trial with this key that finished, and its outcome."""
        return self._runs.finished(key)

    def recorded(self, trial: Trial) -> list[EpochReport]:
        """The epochs of a trial that are in the ledger."""
        return self.epochs.of(trial.number)

    def stretches_of(self, key: str) -> list[dict[str, Any]] | None:
        """What a report shows of the forecasts of the run with this key; None where nothing was kept of it."""
        kept = self._storage.get_study_user_attrs(self._study_id).get(STRETCHES)
        return kept["stretches"] if kept and kept["key"] == key else None

    def looks_before(self, identity: Identity) -> int | None:
        """How many other comparisons on the study's test data were looked at before this one; None if it was not."""
        return looks_before(self._storage.engine, self._dataset.test_digest, identity)

    def comparison_runs(self, seeds: int) -> ComparisonReader:
        """The runs that compare the arms, with this many seeds to decide."""
        runs = ComparisonReader(self._storage.engine, self._asked(seeds))
        self._recall_look(runs)
        return runs

    def _recall_look(self, runs: ComparisonTable) -> None:
        """Tell runs of which some may be left out how many looks there were before theirs, if it is noted."""
        if self.config.compare and self.config.compare.stop_when_decided:
            runs.looks = self.looks_before(identity_of(self.config, self.config.compare, runs.keys, self._dataset))

    def _asked(self, seeds: int) -> Asked:
        """What is asked of the comparison, with this many seeds to decide."""
        settings, interim = self.config.compare or Compare(), None
        if settings.stop_when_decided:
            from sweep.study.interim import DecidedArms  # noqa: PLC0415  (SciPy takes half a second to import)

            interim = DecidedArms(self.config, settings, self._dataset)
        return Asked(self.config.name, self.config.seed, self._plan(seeds), settings.time, interim)

    def _plan(self, seeds: int) -> ComparisonPlan:
        settings, train = self.config.compare or Compare(), self._dataset.train
        champions = arms.champions(self, self.objective) if self.is_of_this_version else {}
        found = cells(champions, train, crossed=settings.cross)

        def rungs(chosen: Selection) -> list[Trial]:
            return ladder(carrying_base(found.trials, chosen), settings.intervals, train)

        counts = [step.seeds for step in steps(seeds, seeds)] if settings.stop_when_decided and seeds else []
        return ComparisonPlan(found, seeds, rungs, crossed=settings.cross, steps=counts, origins=settings.origins)

    def _load(self, frozen: FrozenTrial) -> None:
        """Take over a trial of the ledger, whichever step its launcher was interrupted in."""
        attributes = frozen.user_attrs
        trial = recalled(frozen.number, attributes, self._dataset.train, self.config.seed)
        if trial is None:
            return  # another program began it
        self._runs.add(trial, attributes["began"])
        if frozen.state == TrialState.RUNNING:
            # Whether to prune after its last epoch may not have been decided.
            trial_id = self._storage.get_trial_id_from_study_id_trial_number(self._study_id, frozen.number)
            self._running[trial.number] = RunningTrial(trial_id, decided=(frozen.last_step or 0) - 1)
        if "ended" in attributes:
            self._runs.end(trial.number, attributes["ended"])
        if "outcome" in attributes:
            self._runs.finish(Run(trial, Outcome(**attributes["outcome"])))


def unknown(config: StudyConfig) -> StudyUnknown:
    """The error for a study that is not in its ledger."""
    where = redact.address(config.storage)
    return StudyUnknown(f"{config.name!r} is not in the ledger {where}: it has not been launched")


def _has_tables(url: str) -> bool:
    if not database.exists(url):
        return False
    with database.reading(url) as connection:
        return sa.inspect(connection).has_table("studies")
