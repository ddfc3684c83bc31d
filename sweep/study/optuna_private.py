"""What this package uses of Optuna that Optuna does not document.

Each use has a test in tests/sweep/study/test_optuna_private.py, which names the version of Optuna that it was seen in.
"""

import copy
from typing import Any

import optuna
from optuna.pruners import BasePruner
from optuna.storages import BaseStorage, InMemoryStorage
from optuna.storages._rdb import models  # the tables, of which Optuna offers no other view
from optuna.trial import FrozenTrial

__all__ = ["ArmStorage", "models", "shared_copy", "study_of_arm"]


def shared_copy(storage: InMemoryStorage) -> InMemoryStorage:
    """A storage of the same studies and trials. What is written to one of the two the other does not see.

    An InMemoryStorage replaces a trial in its list and never changes it, so both can hold the same ones.
    """
    twin = copy.copy(storage)
    twin._trial_id_to_study_id_and_number = dict(storage._trial_id_to_study_id_and_number)
    twin._prev_waiting_trial_number = dict(storage._prev_waiting_trial_number)
    twin._studies = {study: copy.copy(kept) for study, kept in storage._studies.items()}
    for kept in twin._studies.values():
        kept.trials = list(kept.trials)
        kept.param_distribution = dict(kept.param_distribution)
    return twin


class ArmStorage:
    """A storage that shows the trials of one arm only, so that a pruner compares a trial with its own arm."""

    def __init__(self, storage: BaseStorage, arm: str) -> None:
        self._storage, self._arm = storage, arm

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)

    def get_all_trials(self, *args: Any, **kwargs: Any) -> list[FrozenTrial]:
        """The trials of the arm, by number."""
        trials = self._storage.get_all_trials(*args, **kwargs)
        return [trial for trial in trials if trial.user_attrs.get("trial", {}).get("arm") == self._arm]


def study_of_arm(study: optuna.Study, storage: BaseStorage, arm: str, pruner: BasePruner) -> optuna.Study:
    """The same study with the trials of one arm; Optuna takes any object that behaves as a storage."""
    shown: Any = ArmStorage(storage, arm)
    return optuna.load_study(study_name=study.study_name, storage=shown, sampler=study.sampler, pruner=pruner)
