"""A study that is written to: what is asked next, what is reported, and how trials end."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState
from typing_extensions import override

from sweep.config.sections import StudyConfig
from sweep.config.space import Space
from sweep.core.trials import Outcome, Run, Trial
from sweep.study import finding as findings
from sweep.study import versions
from sweep.study.comparison_runs import ComparisonRuns
from sweep.study.looks import Identity, note_look
from sweep.study.proposals import Proposer
from sweep.study.reader import STRETCHES, StudyReader
from sweep.study.running import RunningTrial
from sweep.study.storage import trial_writes
from sweep.study.storage.attempts import Attempts
from sweep.study.storage.epochs import Epochs
from sweep.study.storage.lease import WriteAccess
from sweep.study.storage.optuna_storage import close_storage, create_study, open_storage
from sweep.study.trial_queue import TrialQueue
from workers.data.dataset import Dataset
from workers.spec import EpochReport

STATES = {"complete": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "failed": TrialState.FAIL}


class Study(StudyReader):
    """A study that is created, or continued with the same fingerprint.

    Every write may be repeated: what has been written already stays as it is.
    """

    epochs: Epochs
    attempts: Attempts

    def __init__(
        self,
        config: StudyConfig,
        dataset: Dataset,
        storage: RDBStorage,
        study_id: int,
        trials: Sequence[FrozenTrial],
    ) -> None:
        """A study of an open storage, by its id and its trials there; `open` opens one. Raises StudyChanged."""
        versions.check(storage.get_study_user_attrs(study_id), config.name)
        super().__init__(config, dataset, storage, study_id, trials)
        self.epochs = Epochs(storage.engine, config.name, "search")
        self.attempts = Attempts(storage.engine, config.name, "search")
        self._opened = time.monotonic()
        self._seconds_before = float(storage.get_study_user_attrs(study_id).get("seconds", 0.0))
        self._pending: Trial | None = None
        self._recall(trials)
        self._note(versions.ATTRIBUTE, self.versions)  # before the fingerprint, without which a study has not begun
        self._note("question", self._fingerprint)
        self._note("began", self.began)
        self._note("budget", config.budget.trials)
        self._settle()

    @classmethod
    def open(cls, config: StudyConfig, dataset: Dataset, access: WriteAccess) -> "Study":
        """A study of the ledger, created if it is not there, to write to while `access` (a lease) permits it.

        Raises ServiceUnavailable when the ledger cannot be opened, StudyChanged when the study in it has another
        fingerprint or was begun by another version of this program.
        """
        storage = open_storage(config.storage)
        try:
            access.check_commits(storage.engine)
            study_id = create_study(storage, config.name, config.objective.goal)
            return cls(config, dataset, storage, study_id, storage.get_all_trials(study_id))
        except BaseException:
            close_storage(storage)
            raise

    def ask(self) -> Trial | None:
        """The next trial; None when the budget is used up or every distinct configuration is known."""
        if self._pending is None and len(self._runs) < self.config.budget.trials and not self._time_is_up:
            self._pending = self._queue.next(self._runs.trials)
        trial = self._pending
        if trial is None:
            return None
        template = self._proposer.trial(trial.number)
        with self._storage.engine.begin() as connection:
            trial_id = trial_writes.begin(connection, self._study_id, template)
        self._running[trial.number] = RunningTrial(trial_id, written=dict(template.system_attrs))
        self._runs.add(trial, template.user_attrs["began"])
        self._pending = None
        return trial

    @property
    def may_be_asked_ahead(self) -> bool:
        """Whether the next trial depends on no result, and will be wanted: no time may end the search before it."""
        sampler, asked = self.config.sampler, len(self._runs)
        drawn_alike = sampler.kind == "grid" or asked < sampler.random_trials
        return (drawn_alike or self._queue.holds_enqueued) and self.config.budget.time is None

    def begin(self, trial: Trial, worker: str) -> None:
        """A worker begins to train a trial."""
        self.attempts.begin(trial.number, worker)

    def lost(self, trial: Trial, reason: str) -> None:
        """The worker of a trial is gone."""
        with self._storage.engine.begin() as connection:
            self.attempts.end(connection, trial.number, reason)

    def report(self, trial: Trial, reports: Sequence[EpochReport]) -> tuple[list[EpochReport], bool]:
        """Record epochs in their order, up to a decision to prune; returns those recorded, and whether to prune.

        An epoch that was recorded before an interruption stays as it was. A decision to prune is written with the
        trial's end.
        """
        running = self._running[trial.number]
        kept: list[EpochReport] = []
        for report in reports:
            kept.append(self.epochs.kept(trial.number, report))
            if report.epoch > running.decided and self._is_pruned(trial, running, kept[-1]):
                break
        with self._storage.engine.begin() as connection:
            self.epochs.add(connection, trial.number, kept)
            trial_writes.add_intermediate_values(connection, running.trial_id, running.unwritten)
            trial_writes.set_system_attributes(connection, running.trial_id, running.news)
        running.mark_written()
        return kept, running.pruned

    def _is_pruned(self, trial: Trial, running: RunningTrial, report: EpochReport) -> bool:
        """Whether to prune the trial after this epoch, which is decided once."""
        value = report.metrics[self.objective.metric]
        running.unwritten[report.epoch] = value
        self._proposer.report(trial.number, value, report.epoch)
        if not running.pruned:
            running.pruned = self._proposer.should_prune(trial.number, trial.arm)
        if not running.pruned:
            running.noted = self._proposer.notes(trial.number)
            running.decided = report.epoch
        return running.pruned

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Record how a trial ended."""
        number, state, running = trial.number, STATES[outcome.state], self._running[trial.number]
        values = self._values(number, outcome)
        running.noted = self._proposer.notes(number)
        attributes = {"ended": self._runs.end(number, time.time()), "outcome": asdict(outcome)}
        with self._storage.engine.begin() as connection:
            self.attempts.end(connection, number, "finished")
            if trial_writes.end(connection, running.trial_id, state, values):
                trial_writes.set_user_attributes(connection, running.trial_id, attributes)
                trial_writes.set_system_attributes(connection, running.trial_id, running.news)
            trial_writes.set_study_attributes(connection, self._study_id, {"seconds": self._seconds})
        self._proposer.tell(number, state, values)
        del self._running[number]
        self.epochs.forget(number)
        self._runs.finish(Run(trial, outcome))

    def _values(self, number: int, outcome: Outcome) -> list[float] | None:
        """The value that Optuna has of a trial: of a pruned one the last."""
        reported = self._proposer.trial(number).intermediate_values
        if outcome.state == "pruned" and reported:
            return [reported[max(reported)]]
        return [outcome.value] if outcome.state == "complete" and outcome.value is not None else None

    def give_up(self, number: int) -> None:
        """Mark a trial as failed that another program has begun in this study and not ended."""
        trial_id = self._storage.get_trial_id_from_study_id_trial_number(self._study_id, number)
        with self._storage.engine.begin() as connection:
            trial_writes.end(connection, trial_id, TrialState.FAIL, None)

    def end(self, state: str) -> None:
        """Record how a launch ended: finished, stopped or failed."""
        ended = state, time.time()
        self._note("ended", ended)
        self.ended = ended

    def keep_stretches(self, key: str, stretches: Sequence[Mapping[str, object]]) -> None:
        """Keep what a report shows of the forecasts of the run with this key; see sweep.report.stretches."""
        self._note(STRETCHES, {"key": key, "stretches": stretches})

    def keep_finding(self, finding: findings.Finding) -> None:
        """Keep what the study found, for whom shows studies side by side; in place of what an earlier launch found."""
        self._note(findings.ATTRIBUTE, finding.as_json())

    def look(self, identity: Identity) -> int:
        """Note that a comparison is looked at; returns how many others on its test data were looked at before."""
        data = self._dataset
        earlier = data.digest_of_earlier_versions
        return note_look(self._storage.engine, data.test_digest, identity, self.config.name, earlier)

    @override
    def comparison_runs(self, seeds: int) -> ComparisonRuns:
        runs = ComparisonRuns(self._storage.engine, self._asked(seeds))
        self._recall_look(runs)
        return runs

    def _recall(self, trials: Sequence[FrozenTrial]) -> None:
        """Let the proposer and the queue go on where an earlier launcher stopped."""
        space = Space(self.config.trial, self.config.space)
        self._proposer = Proposer(self.config, space, versions.draws(self.versions))
        self._queue = TrialQueue(self.config, space, self._dataset.train, self._proposer)
        for frozen in trials:
            self._proposer.recall(frozen)
            self._queue.recall(frozen.user_attrs)

    def _settle(self) -> None:
        """End each trial whose outcome is known and whose state still says that it is running."""
        for trial, outcome in list(self):
            if trial.number in self._running and outcome.state != "running":
                self.tell(trial, outcome)

    def _note(self, name: str, value: object) -> None:
        self._storage.set_study_user_attr(self._study_id, name, value)

    @property
    def _seconds(self) -> float:
        """How long the study has been searched, over all its launches."""
        return self._seconds_before + time.monotonic() - self._opened

    @property
    def _time_is_up(self) -> bool:
        return self.config.budget.time is not None and self._seconds >= self.config.budget.time
