"""One study in its ledger: what was asked, what came of it, and what is asked next."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import optuna
from optuna.trial import TrialState
from sqlalchemy.engine import Engine

from sweep.comparison import smallest_carry
from sweep.config.space import Space
from sweep.config.study_file import StudyConfig
from sweep.core.errors import StudyUnknown
from sweep.core.trials import Outcome, Trial
from sweep.study import arms, figures, fingerprint
from sweep.study.comparison_runs import ComparisonRuns
from sweep.study.proposals import Advisor
from sweep.study.queue import Agenda
from sweep.study.storage import database
from sweep.study.storage.epochs import Attempts, EpochLedger
from sweep.study.storage.optuna_storage import open_storage
from workers.data.dataset import Dataset
from workers.spec import EpochReport

STATES = {"complete": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "failed": TrialState.FAIL}


class Study:
    """A study: created, continued with the same question, or just read.

    Whatever writes may be repeated: what has been written already stays as it is.

    began   when it was first launched, in seconds since 1970
    ended   how the last launch that came to an end ended (finished, stopped or failed), and when; None if none has
    """

    def __init__(
        self,
        config: StudyConfig,
        dataset: Dataset,
        *,
        guard: Callable[[Engine], None] = lambda _: None,
        reading: bool = False,
    ) -> None:
        """Open the ledger; `guard` is shown the engine through which it will be written, `reading`: write nothing.

        Raises ServiceUnavailable when it cannot be opened, StudyChanged when the study in it asks something else,
        StudyUnknown when it is to be read and is not there.
        """
        self.config, self.objective = config, config.objective
        self._study = self._open(guard, reading=reading)
        self.epochs = EpochLedger(self._storage.engine, config.name, "search")
        self.attempts = Attempts(self._storage.engine, config.name, "search")
        question = fingerprint.question(config, dataset)
        fingerprint.check(self._study.user_attrs.get("question", question), question, config)
        space = Space(config.trial, config.space)
        self._advisor = Advisor(config, space)
        self._train = dataset.train
        self._agenda = Agenda(config, space, dataset.train, self._advisor)
        told = self._study.user_attrs
        self.began = float(told.get("began", time.time()))
        self.ended: tuple[str, float] | None = tuple(told["ended"]) if "ended" in told else None
        self._opened = time.monotonic()
        self._seconds_before = float(told.get("seconds", 0.0))
        self._trials: dict[int, Trial] = {}
        self._outcomes: dict[int, Outcome] = {}
        self._times: dict[int, tuple[float, float | None]] = {}
        self._by_key: dict[str, int] = {}
        self._running: dict[int, _Running] = {}
        self._pending: Trial | None = None
        if not reading:
            self._study.set_user_attr("question", question)
            self._study.set_user_attr("began", self.began)
            self._study.set_user_attr("budget", config.budget.trials)
        self._load(settling=not reading)

    @property
    def begun(self) -> bool:
        """Whether an earlier launch, or this one, has asked for a trial."""
        return bool(self._trials)

    def close(self) -> None:
        """Leave the database."""
        self._storage.remove_session()
        self._storage.engine.dispose()

    def end(self, state: str) -> None:
        """A launch comes to its end: finished, stopped or failed."""
        ended = state, time.time()
        self._study.set_user_attr("ended", ended)
        self.ended = ended

    def times(self, trial: Trial) -> tuple[float, float]:
        """When a trial began and ended, or now, in seconds since 1970."""
        began, ended = self._times[trial.number]
        return began, ended or time.time()

    def unfinished(self) -> list[Trial]:
        """Trials that an earlier launcher began and did not end; they go on under their numbers."""
        return [self._trials[number] for number in sorted(self._running)]

    def recorded(self, trial: Trial) -> list[EpochReport]:
        """The epochs of a trial that are in the ledger."""
        return self.epochs.of(trial.number)

    def ask(self) -> Trial | None:
        """The next trial, or none when the budget is used up or every distinct configuration is known."""
        if self._pending is None and len(self._trials) < self.config.budget.trials and not self._time_is_up:
            self._pending = self._agenda.next(self._trials.values())
        trial = self._pending
        if trial is None:
            return None
        template = self._advisor.trial(trial.number)
        trial_id = self._storage.create_new_trial(self._study._study_id, template)  # noqa: SLF001
        self._running[trial.number] = _Running(trial_id, rungs=dict(template.system_attrs))
        self._trials[trial.number], self._pending = trial, None
        self._times[trial.number] = template.user_attrs["began"], None
        return trial

    def finished(self, key: str) -> tuple[Trial, Outcome] | None:
        """The first finished trial with this key, and its outcome."""
        number = self._by_key.get(key)
        return None if number is None else (self._trials[number], self._outcomes[number])

    def begin(self, trial: Trial, worker: str) -> None:
        """A worker takes a trial up."""
        self.attempts.begin(trial.number, worker)

    def lost(self, trial: Trial, reason: str) -> None:
        """A trial's worker is gone."""
        self.attempts.end(trial.number, reason)

    def report(self, trial: Trial, reports: Sequence[EpochReport]) -> tuple[list[EpochReport], bool]:
        """Record epochs in their order, up to a decision to prune; those recorded, and whether there was one.

        An epoch that was recorded before an interruption stays as it was.
        """
        known = {report.epoch: report for report in self.epochs.of(trial.number)}
        kept: list[EpochReport] = []
        for report in reports:
            kept.append(known.get(report.epoch, report))
            if report.epoch > self._running[trial.number].decided and self._judge(trial, kept[-1]):
                break
        self.epochs.add(trial.number, kept)
        return kept, self._running[trial.number].pruned

    def _judge(self, trial: Trial, report: EpochReport) -> bool:
        """Whether to prune the trial after this epoch."""
        number, value = trial.number, report.metrics[self.objective.metric]
        running = self._running[number]
        self._advisor.report(number, value, report.epoch)
        self._storage.set_trial_intermediate_value(running.trial_id, report.epoch, value)
        if not running.pruned:
            running.pruned = self._advisor.should_prune(number, trial.arm)
        if not running.pruned:
            self._note_rungs(number, running)
            running.decided = report.epoch
        return running.pruned

    def _note_rungs(self, number: int, running: "_Running") -> None:
        """Write down what pruners note of a trial. With a decision to prune not before it is told: it is made once."""
        for name, value in self._advisor.trial(number).system_attrs.items():
            if name not in running.rungs or running.rungs[name] != value:
                self._storage.set_trial_system_attr(running.trial_id, name, value)
                running.rungs[name] = value

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Record how a trial ended."""
        number, state = trial.number, STATES[outcome.state]
        self._note_end(number, outcome)
        values = self._values(number, outcome)
        self.attempts.end(number, "finished")  # before the trial is, since nobody looks at it again then
        self._storage.finish(self._running[number].trial_id, state, values)
        self._study.set_user_attr("seconds", self._seconds)
        self._advisor.tell(number, state, values)
        del self._running[number]
        self._remember(trial, outcome)

    def _note_end(self, number: int, outcome: Outcome) -> None:
        began, ended = self._times[number]
        self._times[number] = began, ended or time.time()
        running = self._running[number]
        if not self._storage.get_trial(running.trial_id).state.is_finished():
            self._storage.set_trial_user_attr(running.trial_id, "ended", self._times[number][1])
            self._storage.set_trial_user_attr(running.trial_id, "outcome", asdict(outcome))
            self._note_rungs(number, running)

    def _values(self, number: int, outcome: Outcome) -> list[float] | None:
        """What Optuna holds to be the trial's value: of a pruned one its last."""
        told = self._advisor.trial(number).intermediate_values
        if outcome.state == "pruned" and told:
            return [told[max(told)]]
        return [outcome.value] if outcome.state == "complete" and outcome.value is not None else None

    def __iter__(self) -> Iterator[tuple[Trial, Outcome]]:
        """Every trial with its outcome, by number; an unfinished one's says "running"."""
        for number in sorted(self._trials):
            yield self._trials[number], self._outcomes.get(number, Outcome("running"))

    @property
    def best(self) -> tuple[Trial, Outcome] | None:
        """The complete trial with the best value, the first of equals."""
        sign = 1 if self.objective.goal == "minimize" else -1
        complete = [(trial, outcome) for trial, outcome in self if outcome.state == "complete"]
        return min(complete, key=lambda pair: sign * (pair[1].value or 0.0), default=None)

    def figures(self) -> list[tuple[str, str]]:
        """Optuna's drawings of the search as HTML, by title."""
        return figures.draw(self._study) if self.config.space else []

    def comparison_runs(self, seeds: int) -> ComparisonRuns:
        """The ledger of the comparison between the best of each arm."""
        best = arms.champions(self, self.objective)
        intervals = self.config.compare.intervals if self.config.compare else ()
        rungs = smallest_carry.ladder(best, intervals, self._train)
        return ComparisonRuns(self._storage.engine, self.config.name, best, seeds, rungs)

    def look(self, keys: Sequence[str]) -> int:
        """Note that a comparison of these runs is looked at; returns how many others were before it."""
        looks: list[list[str]] = self._study.user_attrs.get("looks", [])
        if sorted(keys) not in looks:
            looks = [*looks, sorted(keys)]
            self._study.set_user_attr("looks", looks)
        return looks.index(sorted(keys))

    @property
    def _seconds(self) -> float:
        """How long the study has been searched, over all its launches."""
        return self._seconds_before + time.monotonic() - self._opened

    @property
    def _time_is_up(self) -> bool:
        return self.config.budget.time is not None and self._seconds >= self.config.budget.time

    def _remember(self, trial: Trial, outcome: Outcome) -> None:
        self._outcomes[trial.number] = outcome
        self._by_key.setdefault(trial.key, trial.number)

    def _open(self, guard: Callable[[Engine], None], *, reading: bool) -> optuna.Study:
        if reading and not database.exists(self.config.storage):
            raise self._unknown()
        self._storage = open_storage(self.config.storage)
        guard(self._storage.engine)
        try:
            if reading:
                return optuna.load_study(study_name=self.config.name, storage=self._storage)
            name, goal = self.config.name, self.objective.goal
            return optuna.create_study(study_name=name, storage=self._storage, direction=goal, load_if_exists=True)
        except KeyError:
            raise self._unknown() from None

    def _unknown(self) -> StudyUnknown:
        where = database.without_password(self.config.storage)
        return StudyUnknown(f"{self.config.name!r} is not in the ledger {where}: it has not been launched")

    def _load(self, *, settling: bool) -> None:
        """Take up what an earlier launcher left, whichever step it was interrupted in."""
        for frozen in self._study.get_trials(deepcopy=True):
            self._advisor.recall(frozen)
            trial, outcome = self._agenda.recall(frozen.number, frozen.user_attrs), frozen.user_attrs.get("outcome")
            if trial is None:
                continue  # not begun by this program
            self._trials[trial.number] = trial
            self._times[trial.number] = frozen.user_attrs["began"], frozen.user_attrs.get("ended")
            if frozen.state == TrialState.RUNNING:
                # Whether to prune after its last epoch may not have been decided.
                decided = (frozen.last_step or 0) - 1
                self._running[trial.number] = _Running(frozen._trial_id, decided)  # noqa: SLF001
            if outcome:
                self._settle(trial, Outcome(**outcome), settling=settling and trial.number in self._running)

    def _settle(self, trial: Trial, outcome: Outcome, *, settling: bool) -> None:
        """A trial whose outcome is known has ended, whatever its state says."""
        self.tell(trial, outcome) if settling else self._remember(trial, outcome)


@dataclass
class _Running:
    """An unfinished trial, and how far the ledger has come with it.

    decided  the last epoch after which it was let go on
    rungs    what pruners have noted of it, as far as that is written
    """

    trial_id: int  # Optuna's
    decided: int = -1
    pruned: bool = False
    rungs: dict[str, Any] = field(default_factory=dict)
