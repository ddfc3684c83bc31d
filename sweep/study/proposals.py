"""Optuna's samplers and pruners at work on a copy of the study in memory, so that the ledger sees whole steps only."""

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import optuna
from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial, TrialState
from typing_extensions import override

from sweep.config.sections import StudyConfig
from sweep.config.space import Space
from sweep.study import arms
from sweep.study.enqueued import EnqueuedTrial
from sweep.study.optuna_private import study_of_arm
from workers.spec import TrialSpec


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
    """

    def __init__(self, config: StudyConfig, space: Space) -> None:
        self._config, self._space = config, space
        self._storage = optuna.storages.InMemoryStorage()
        self._study = optuna.create_study(
            study_name=config.name,  # by which Hyperband tells brackets apart
            storage=self._storage,
            pruner=PRUNERS[config.pruner.kind](**config.pruner.options),
            direction=config.objective.goal,
        )
        self._study_id = self._storage.get_study_id_from_name(config.name)

    def recall(self, trial: FrozenTrial) -> None:
        """Take over a trial of the ledger, in the order of their numbers; one that waits is of another program."""
        if trial.state == TrialState.WAITING:
            trial.state = TrialState.FAIL  # so that it is not run
        self._storage.create_new_trial(self._study_id, trial)

    def propose(self, fixed: arms.Fixed | None, enqueued: TrialSpec | None) -> tuple[int, TrialSpec]:
        """The number and configuration of a new trial.

        The configuration is the enqueued one; without one it is the sampler's choice with the fields `fixed`.
        """
        number = len(self._study.get_trials(deepcopy=False))
        with _experimental_allowed():
            self._study.sampler = self._sampler(number, fixed)
        if enqueued is None:
            return number, self._space.suggest(self._ask())
        contained = EnqueuedTrial(None, enqueued)
        self._space.suggest(contained)
        self._study.enqueue_trial(contained.known)
        self._space.suggest(EnqueuedTrial(self._ask(), enqueued))
        return number, enqueued

    def note(self, number: int, name: str, value: Any) -> None:
        """Set a user attribute of a trial."""
        self._storage.set_trial_user_attr(self._id(number), name, value)

    def trial(self, number: int) -> FrozenTrial:
        """A trial as it is now."""
        return self._storage.get_trial(self._id(number))

    def report(self, number: int, value: float, step: int) -> None:
        """Set an intermediate value of a trial."""
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

    def _ask(self) -> optuna.Trial:
        with _experimental_allowed():
            return self._study.ask()

    def _sampler(self, number: int, fixed: arms.Fixed | None) -> BaseSampler:
        """A new one for each proposal, with a seed of its own, so that nothing depends on what was drawn before."""
        strategy = self._config.sampler
        seed = int(np.random.SeedSequence(self._config.seed, spawn_key=(number,)).generate_state(1)[0])
        sampler = SAMPLERS[strategy.kind](seed=seed, **strategy.options)
        return sampler if fixed is None else optuna.samplers.PartialFixedSampler(dict(fixed), sampler)

    def _id(self, number: int) -> int:
        return self._storage.get_trial_id_from_study_id_trial_number(self._study_id, number)


@contextmanager
def _experimental_allowed() -> Iterator[None]:
    """Without Optuna's warnings of what it calls experimental: that is tested here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        yield
