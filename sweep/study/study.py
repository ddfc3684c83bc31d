"""Optuna: asks what to try next, decides what to prune, and keeps the ledger of what happened."""

import contextlib
import json
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np
import optuna
import sqlalchemy as sa
from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState

from sweep import arms, identity
from sweep.config import StudyConfig
from sweep.confirmation import Confirmation
from sweep.enqueued import Given
from sweep.errors import ServiceUnavailable
from sweep.ledger import EpochLedger, tune_sqlite
from sweep.space import Space, key
from sweep.trials import Outcome, Trial
from workers import resets
from workers.spec import EpochReport, TrialSpec
from workers.timeline import Dataset

optuna.logging.set_verbosity(optuna.logging.ERROR)


class _Grid(optuna.samplers.BruteForceSampler):
    """Every combination of a conditional space once; when none is left is for the study to see."""

    def after_trial(self, *args: Any, **kwargs: Any) -> None:
        """Stop no optimize loop, since there is none."""


SAMPLERS: Mapping[str, Callable[..., BaseSampler]] = {
    "tpe": lambda **options: optuna.samplers.TPESampler(group=True, **options),
    "random": optuna.samplers.RandomSampler,
    "grid": _Grid,
    "gp": optuna.samplers.GPSampler,
}
PRUNERS: Mapping[str, Callable[..., BasePruner]] = {
    "none": optuna.pruners.NopPruner,
    "median": optuna.pruners.MedianPruner,
    "percentile": optuna.pruners.PercentilePruner,
    "successive_halving": optuna.pruners.SuccessiveHalvingPruner,
    "hyperband": optuna.pruners.HyperbandPruner,
}
STATES = {"complete": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "failed": TrialState.FAIL}


class Study:
    """One study in its ledger: created, or continued with the same question."""

    def __init__(self, config: StudyConfig, dataset: Dataset) -> None:
        """Open the ledger.

        Raises ServiceUnavailable when it cannot be opened, StudyChanged when the study in it asks something else.
        """
        self.config, self.objective = config, config.objective
        self._train = dataset.train
        self._space = Space(config.trial, config.space)
        self._distinct = self._space.distinct(dataset.train)
        self._arms = arms.reachable(self._space, dataset.train)
        self._storage = _open_storage(config.storage)
        self._study = optuna.create_study(
            study_name=config.name,
            storage=self._storage,
            pruner=PRUNERS[config.pruner.kind](**config.pruner.options),
            direction=config.objective.goal,
            load_if_exists=True,
        )
        self.epochs = EpochLedger(self._storage.engine, config.name, "search")
        question = identity.question(config, dataset)
        identity.check(self._study.user_attrs.get("question", question), question, config)
        self._study.set_user_attr("question", question)
        self._opened = time.monotonic()
        self._seconds_before = float(self._study.user_attrs.get("seconds", 0.0))
        self._trials: dict[int, Trial] = {}
        self._outcomes: dict[int, Outcome] = {}
        self._by_key: dict[str, int] = {}
        self._running: dict[int, optuna.Trial] = {}
        self._known: dict[int, dict[int, EpochReport]] = {}  # the epochs of trials that were interrupted
        self._load()
        self._enqueue()

    @property
    def begun(self) -> bool:
        """Whether an earlier launch, or this one, has asked for a trial."""
        return bool(self._trials)

    def times(self, trial: Trial) -> tuple[float, float]:
        """When a trial began and ended, or now, in seconds since 1970."""
        frozen = self._study.get_trials(deepcopy=False)[trial.number]
        now = datetime.now()  # noqa: DTZ005  (as Optuna's are: local, without a zone)
        return (frozen.datetime_start or now).timestamp(), (frozen.datetime_complete or now).timestamp()

    def unfinished(self) -> list[Trial]:
        """Trials that an earlier launcher began and did not end; they are run again under their numbers."""
        return [self._trials[number] for number in sorted(self._running)]

    def ask(self) -> Trial | None:
        """The next trial, or none when the budget is used up or every distinct configuration is known."""
        if len(self._trials) >= self.config.budget.trials or self._time_is_up or self._exhausted:
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            self._study.sampler = self._sampler()
        return self._begin(self._study.ask())

    def _sampler(self) -> BaseSampler:
        """A new one for each proposal; where arms are to be compared, it proposes for the arm whose turn it is."""
        strategy = self.config.sampler
        sampler = SAMPLERS[strategy.kind](seed=_seed(self.config.seed, len(self._trials)), **strategy.options)
        if strategy.kind == "grid" or self.config.compare is None or len(self._arms) < 2:
            return sampler
        fixed = arms.next_in_turn(self._arms, self._trials.values())
        return optuna.samplers.PartialFixedSampler(dict(fixed), sampler)

    def finished(self, key: str) -> tuple[Trial, Outcome] | None:
        """The first finished trial with this key, and its outcome."""
        number = self._by_key.get(key)
        return None if number is None else (self._trials[number], self._outcomes[number])

    def report(self, trial: Trial, reports: Sequence[EpochReport]) -> tuple[list[EpochReport], bool]:
        """Record epochs in their order, up to a decision to prune; those recorded, and whether there was one.

        An epoch that was recorded before an interruption stays as it was.
        """
        asked, known = self._running[trial.number], self._known.get(trial.number, {})
        kept: list[EpochReport] = []
        prune = False
        for report in reports:
            kept.append(known.get(report.epoch, report))
            if report.epoch not in known:
                asked.report(report.metrics[self.objective.metric], report.epoch)
            if report.epoch >= max(known, default=0):  # Optuna judges a trial by its last epoch
                prune = self.config.pruner.kind != "none" and self._should_prune(trial, asked)
            if prune:
                break
        self.epochs.add(trial.number, kept)
        return kept, prune

    def _should_prune(self, trial: Trial, asked: optuna.Trial) -> bool:
        """As asked.should_prune, among the trials of the same arm: another may be slow to start and good in the end."""
        frozen = self._storage.get_trial(asked._trial_id)  # noqa: SLF001  (Optuna has no other way)
        return self._study.pruner.prune(arms.within(self._study, trial.arm), frozen)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Record how a trial ended."""
        asked = self._running.pop(trial.number)
        asked.set_user_attr("outcome", asdict(outcome))
        self._study.tell(asked, outcome.value if outcome.state == "complete" else None, STATES[outcome.state])
        self._study.set_user_attr("seconds", self._seconds)
        self._remember(trial, outcome)

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
        """Optuna's drawings of the search as HTML without plotly itself, by title; none where there is too little."""
        if len(self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))) < 2 or not self.config.space:
            return []
        from optuna import visualization  # noqa: PLC0415  (plotly takes a second to import)

        drawn = []
        drawings: dict[str, Any] = {
            "Which parameters mattered": visualization.plot_param_importances,
            "Every trial's parameters": visualization.plot_parallel_coordinate,
        }
        for title, draw in drawings.items():
            with contextlib.suppress(ValueError, RuntimeError), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                drawn.append((title, draw(self._study).to_html(full_html=False, include_plotlyjs=False)))
        return drawn

    def confirmation(self, seeds: int) -> Confirmation:
        """The ledger of the comparison between the best of each arm."""
        return Confirmation(self._storage.engine, self.config.name, arms.champions(self, self.objective), seeds)

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

    @property
    def _exhausted(self) -> bool:
        """Whether every distinct configuration of the space has been tried, and all that was enqueued."""
        waiting = self._study.get_trials(deepcopy=False, states=(TrialState.WAITING,))
        known = {trial.key for trial in self._trials.values() if not trial.label}
        return not waiting and self._distinct is not None and len(known) >= self._distinct

    def _begin(self, asked: optuna.Trial) -> Trial:
        entry = asked.user_attrs.get("enqueued")
        if entry:
            spec = TrialSpec(**entry["spec"])
            self._space.suggest(Given(asked, spec))
        else:
            spec = self._space.suggest(asked)
        trial = self._trial(asked.number, spec, entry["name"] if entry else "")
        asked.set_user_attr("trial", {"spec": dict(spec), "label": trial.label, "arm": trial.arm, "key": trial.key})
        self._trials[trial.number] = trial
        self._running[trial.number] = asked
        return trial

    def _trial(self, number: int, spec: TrialSpec, label: str) -> Trial:
        form = resets.canonical(spec, self._train)
        return Trial(number, spec, form, key(form), self.config.seed, label)

    def _remember(self, trial: Trial, outcome: Outcome) -> None:
        self._outcomes[trial.number] = outcome
        self._by_key.setdefault(trial.key, trial.number)

    def _load(self) -> None:
        """Take up what an earlier launcher left, whichever step it was interrupted in."""
        states = (TrialState.RUNNING, TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)
        for frozen in self._study.get_trials(deepcopy=False, states=states):
            told, outcome = frozen.user_attrs.get("trial"), frozen.user_attrs.get("outcome")
            if told is None:
                self._begin(optuna.Trial(self._study, frozen._trial_id))  # noqa: SLF001 (Optuna has no other way)
                continue
            trial = self._trial(frozen.number, TrialSpec(**told["spec"]), told["label"])
            self._trials[trial.number] = trial
            if frozen.state == TrialState.RUNNING:
                self._running[trial.number] = optuna.Trial(self._study, frozen._trial_id)  # noqa: SLF001
                self._known[trial.number] = {report.epoch: report for report in self.epochs.of(trial.number)}
            if outcome:
                self._settle(trial, Outcome(**outcome), frozen)

    def _settle(self, trial: Trial, outcome: Outcome, frozen: FrozenTrial) -> None:
        if frozen.state == TrialState.RUNNING:
            self.tell(trial, outcome)
        else:
            self._remember(trial, outcome)

    def _enqueue(self) -> None:
        """Enqueue what has not been enqueued before."""
        known = {
            json.dumps(frozen.user_attrs["enqueued"], sort_keys=True)
            for frozen in self._study.get_trials(deepcopy=False)
            if "enqueued" in frozen.user_attrs
        }
        for enqueued in self.config.enqueue:
            spec = self._space.spec_from(enqueued.parameters)
            entry = {"name": enqueued.name or "", "spec": dict(spec)}
            if json.dumps(entry, sort_keys=True) not in known:
                given = Given(None, spec)
                self._space.suggest(given)
                self._study.enqueue_trial(given.known, user_attrs={"enqueued": entry})


def _seed(seed: int, number: int) -> int:
    """A seed of its own for each ask, so that a continued study does not repeat its first proposals."""
    return int(np.random.SeedSequence(seed, spawn_key=(number,)).generate_state(1)[0])


def _open_storage(url: str) -> RDBStorage:
    try:
        storage = RDBStorage(url, engine_kwargs={"pool_pre_ping": True})
        tune_sqlite(storage.engine)
    except (sa.exc.SQLAlchemyError, ImportError, ValueError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise ServiceUnavailable(f"storage: cannot open {_without_password(url)}: {reason}") from None
    return storage


def _without_password(url: str) -> str:
    try:
        return sa.make_url(url).render_as_string(hide_password=True)
    except sa.exc.ArgumentError:
        return "the database named there (not a database address; for example sqlite:///sweep.db)"
