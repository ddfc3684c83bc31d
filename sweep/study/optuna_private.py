"""What this package uses of Optuna that Optuna does not document.

Each use has a test in tests/sweep/study/test_optuna_private.py, which names the version of Optuna that it was seen in.
"""

from typing import Any

import optuna
import sqlalchemy as sa
from optuna.pruners import BasePruner
from optuna.storages import BaseStorage, RDBStorage
from optuna.storages._rdb import models  # the tables, of which Optuna offers no other view
from optuna.trial import FrozenTrial, TrialState
from typing_extensions import override

__all__ = ["ArmStorage", "RepeatableStorage", "models", "study_of_arm"]


class RepeatableStorage(RDBStorage):
    """A storage whose writes can be repeated: a trial is created once and finished once."""

    def finish(self, trial_id: int, state: TrialState, values: list[float] | None) -> None:
        """Set the state of a trial that has ended, unless it has one."""
        if not self.get_trial(trial_id).state.is_finished():
            self.set_trial_state_values(trial_id, state, values)

    @override
    def _get_prepared_new_trial(self, study_id: int, template_trial: FrozenTrial | None, session: Any) -> Any:
        # Optuna repeats a creation whose answer was lost, and calls this while the row of the study is locked.
        if template_trial is not None:
            same = sa.select(models.TrialModel).filter_by(study_id=study_id, number=template_trial.number)
            created = session.execute(same).scalar_one_or_none()
            if created is not None:
                return created
        return super()._get_prepared_new_trial(study_id, template_trial, session)


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
