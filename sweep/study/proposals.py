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

from sweep.config.sections import StudyConfig
from sweep.config.space import Space
from sweep.study import arms
from sweep.study.enqueued import Given
from workers.spec import TrialSpec


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


class Advisor:
    """Proposes and judges, by what it was told of every trial; a study taken up again is advised as if never left.

    Optuna writes a proposal down piece by piece as it draws it, and draws otherwise if it has to begin again in the
    middle. Here it draws in memory, and the ledger is given the whole proposal at once.
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

    def recall(self, trial: FrozenTrial) -> None:
        """Take over a trial of the ledger, in the order of their numbers; what others have enqueued is not run."""
        if trial.state == TrialState.WAITING:
            trial.state = TrialState.FAIL
        self._storage.create_new_trial(self._study._study_id, trial)  # noqa: SLF001  (as study.add_trial, of any state)

    def propose(self, fixed: arms.Fixed | None, given: TrialSpec | None) -> tuple[int, TrialSpec]:
        """A new trial's number and configuration: the given one, or the sampler's choice with these fields fixed."""
        number = len(self._study.get_trials(deepcopy=False))
        with _experiments():
            self._study.sampler = self._sampler(number, fixed)
        if given is None:
            asked = self._ask()
            return number, self._space.suggest(asked)
        known = Given(None, given)
        self._space.suggest(known)
        self._study.enqueue_trial(known.known)
        self._space.suggest(Given(self._ask(), given))
        return number, given

    def note(self, number: int, name: str, value: Any) -> None:
        """Attach something to a trial."""
        self._storage.set_trial_user_attr(self._id(number), name, value)

    def trial(self, number: int) -> FrozenTrial:
        """A trial as it stands."""
        return self._storage.get_trial(self._id(number))

    def report(self, number: int, value: float, step: int) -> None:
        """A trial's value at a step."""
        self._storage.set_trial_intermediate_value(self._id(number), step, value)

    def should_prune(self, number: int, arm: str) -> bool:
        """As optuna.Trial's, among the trials of the same arm: another may be slow to start and good in the end."""
        if self._config.pruner.kind == "none":
            return False
        return self._study.pruner.prune(arms.within(self._study, arm), self.trial(number))

    def tell(self, number: int, state: TrialState, values: list[float] | None) -> None:
        """How a trial ended."""
        self._storage.set_trial_state_values(self._id(number), state, values)

    def _ask(self) -> optuna.Trial:
        with _experiments():
            return self._study.ask()

    def _sampler(self, number: int, fixed: arms.Fixed | None) -> BaseSampler:
        """A new one for each proposal, with a seed of its own, so that nothing depends on what was drawn before."""
        strategy = self._config.sampler
        seed = int(np.random.SeedSequence(self._config.seed, spawn_key=(number,)).generate_state(1)[0])
        sampler = SAMPLERS[strategy.kind](seed=seed, **strategy.options)
        return sampler if fixed is None else optuna.samplers.PartialFixedSampler(dict(fixed), sampler)

    def _id(self, number: int) -> int:
        return self._storage.get_trial_id_from_study_id_trial_number(self._study._study_id, number)  # noqa: SLF001


@contextmanager
def _experiments() -> Iterator[None]:
    """What Optuna calls experimental is tested here, and no news to the user."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        yield
