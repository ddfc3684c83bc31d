"""Optuna's samplers and pruners at work on a copy of the study in memory, so that the ledger sees whole steps only."""

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import optuna
from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial, TrialState
from typing_extensions import override

from sweep.config.preflight import values
from sweep.config.reachable_arms import Fixed
from sweep.config.sections import StudyConfig
from sweep.config.space import Space
from sweep.study.enqueued import EnqueuedTrial
from sweep.study.even_sampler import EvenSampler
from sweep.study.optuna_private import shared_copy, study_of_arm
from sweep.study.versions import DRAWS
from workers.plans.crossing import ABOUT_STATE
from workers.spec import TrialSpec

FIRST_RULE = 1  # of draws
ATTEMPTS = 40  # of a proposal, the later half at random, until one that leads to another arm is taken


@dataclass(frozen=True)
class Turn:
    """The turn of an arm.

    number   how many it had before
    fixed    the choices that lead to it
    accepts  whether a configuration belongs to it; None where all do
    arms     how many arms take turns
    twin     whether it is the turn of the arm's twin, which has draws of its own
    """

    number: int
    fixed: Fixed
    accepts: Callable[[TrialSpec], bool] | None
    arms: int = 1
    twin: bool = False


class _Grid(optuna.samplers.BruteForceSampler):
    """Every combination of a conditional space once; the study sees for itself when none is left."""

    @override
    def after_trial(self, *args: Any, **kwargs: Any) -> None:
        pass  # Optuna's own would stop an optimize loop, and there is none


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


class Proposer:
    """Proposes configurations and decides what to prune, from the trials so far.

    A study that is taken up again gets the same proposals as one that was never interrupted. Optuna writes a proposal
    piece by piece as it draws it, and draws otherwise if it has to begin again in the middle. Here it draws in memory,
    and the ledger gets the whole proposal at once.

    draws  the rule of random draws. By the first, of studies that earlier versions began, the random trials of a
           sampler that learns may end in the middle of a round, and a configuration that leads to another arm is drawn
           anew as a whole. By the second each arm has as many random turns, whose configurations agree in all that is
           not about state: of what leads to another arm no more is drawn anew, as long as that may help
    """

    def __init__(self, config: StudyConfig, space: Space, draws: int = DRAWS) -> None:
        self._config, self._space, self._draws = config, space, draws
        self._storage = optuna.storages.InMemoryStorage()
        self._study = optuna.create_study(
            study_name=config.name,  # by which Hyperband tells brackets apart
            storage=self._storage,
            pruner=PRUNERS[config.pruner.kind](**_pruner_options(config)),
            direction=config.objective.goal,
        )
        self._study_id = self._storage.get_study_id_from_name(config.name)

    def recall(self, trial: FrozenTrial) -> None:
        """Take over a trial of the ledger, in the order of their numbers; one that waits is of another program."""
        if trial.state == TrialState.WAITING:
            trial.state = TrialState.FAIL  # so that it is not run
        self._storage.create_new_trial(self._study_id, trial)

    def propose(self, turn: Turn | None) -> tuple[int, TrialSpec]:
        """The number and configuration of a new trial: the sampler's choice, in an arm's turn within that arm.

        Where a choice leads to another arm it is drawn anew, as often as seems worth it.
        """
        number = len(self._study.get_trials(deepcopy=False))
        return number, self._drawn(self._study, number, turn, self._attempt(number, turn))

    def _attempt(self, number: int, turn: Turn | None) -> int:
        """Which draw is the first that belongs to the arm; the first of all where none does."""
        if turn is None or turn.accepts is None:
            return 0
        accepted = (each for each in range(ATTEMPTS) if turn.accepts(self._drawn(self._copy(), number, turn, each)))
        return next(accepted, 0)

    def enqueue(self, enqueued: TrialSpec) -> int:
        """The number of a new trial of this configuration."""
        number = len(self._study.get_trials(deepcopy=False))
        contained = EnqueuedTrial(None, enqueued)
        self._space.suggest(contained)
        self._study.enqueue_trial(contained.known)
        with _experimental_allowed():
            self._study.sampler = self._sampler(number, None, 0)
            self._space.suggest(EnqueuedTrial(self._study.ask(), enqueued))
        return number

    def note(self, number: int, name: str, value: Any) -> None:
        """Set a user attribute of a trial."""
        self._storage.set_trial_user_attr(self._id(number), name, value)

    def trial(self, number: int) -> FrozenTrial:
        """A trial as it is now."""
        return self._storage.get_trial(self._id(number))

    def notes(self, number: int) -> dict[str, Any]:
        """What the sampler and the pruner have noted of a trial."""
        return dict(self.trial(number).system_attrs)

    def report(self, number: int, value: float, step: int) -> None:
        """Set an intermediate value of a trial, if there is a pruner: nobody else asks for it."""
        if self._config.pruner.kind == "none":
            return
        self._storage.set_trial_intermediate_value(self._id(number), step, value)

    def should_prune(self, number: int, arm: str) -> bool:
        """Whether to prune a trial, compared with its own arm: another arm may be slow at first and good at the end."""
        if self._config.pruner.kind == "none":
            return False
        pruner = self._study.pruner
        return pruner.prune(study_of_arm(self._study, self._storage, arm, pruner), self.trial(number))

    def tell(self, number: int, state: TrialState, values: list[float] | None) -> None:
        """Set how a trial ended."""
        self._storage.set_trial_state_values(self._id(number), state, values)

    def _drawn(self, study: optuna.Study, number: int, turn: Turn | None, attempt: int) -> TrialSpec:
        """What the sampler draws for a new trial of the study; the same again if it is asked the same again."""
        with _experimental_allowed():
            study.sampler = self._sampler(number, turn, attempt)
            return self._space.suggest(study.ask())

    def _copy(self) -> optuna.Study:
        """The study so far, for draws that may be thrown away."""
        return optuna.load_study(study_name=self._study.study_name, storage=shared_copy(self._storage))

    def _sampler(self, number: int, turn: Turn | None, attempt: int) -> BaseSampler:
        """A new one for each proposal, with a seed of its own, so that nothing depends on what was drawn before."""
        strategy = self._config.sampler
        key = (number, attempt) if attempt else (number,)
        seed = int(np.random.SeedSequence(self._config.seed, spawn_key=key).generate_state(1)[0])
        sampler: BaseSampler = SAMPLERS[strategy.kind](seed=seed, **strategy.options)
        if turn is None:
            return sampler
        if self._is_random(number, turn) or attempt >= ATTEMPTS // 2:
            sampler = self._even_sampler(turn, attempt)
        return optuna.samplers.PartialFixedSampler(dict(turn.fixed), sampler)

    def _is_random(self, number: int, turn: Turn) -> bool:
        """Whether a trial is drawn at random, before a sampler learns: by the second rule in whole rounds of turns."""
        before = number if self._draws == FIRST_RULE else turn.number * turn.arms
        return before < self._config.sampler.random_trials

    def _even_sampler(self, turn: Turn, attempt: int) -> EvenSampler:
        """What is the same for every arm in its turn of this number, but for what belongs to the arm."""
        shared = attempt if self._draws == FIRST_RULE or attempt >= ATTEMPTS // 2 else 0
        common, own = ((self._config.seed, turn.number, each, int(turn.twin)) for each in (shared, attempt))
        return EvenSampler(common, (ABOUT_STATE, own))

    def _id(self, number: int) -> int:
        return self._storage.get_trial_id_from_study_id_trial_number(self._study_id, number)


def _pruner_options(config: StudyConfig) -> dict[str, Any]:
    """The pruner's options. The most epochs are said where Optuna would take them from a trial that may stop early."""
    options = config.pruner.options
    may_stop = config.trial.patience is not None or "patience" in config.space
    if may_stop and options.get("max_resource") == "auto":
        options["max_resource"] = max(*values(config, "epochs"), options["min_resource"])
    return options


@contextmanager
def _experimental_allowed() -> Iterator[None]:
    """Without Optuna's warnings of what it calls experimental: that is tested here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        yield
