"""Optuna's storage, as the ledger needs it: a write whose answer was lost can be repeated."""

from typing import Any

import sqlalchemy as sa
from optuna.storages import RDBStorage
from optuna.storages._rdb import models  # the tables, of which Optuna offers no other view
from optuna.trial import FrozenTrial, TrialState

from sweep.core import redact
from sweep.core.errors import ServiceUnavailable
from sweep.study.storage import database


class Storage(RDBStorage):
    """Creates a trial once however often it is asked to, and finishes it once."""

    def finish(self, trial_id: int, state: TrialState, values: list[float] | None) -> None:
        """Set the state of a trial that has ended, unless it has one."""
        if not self.get_trial(trial_id).state.is_finished():
            self.set_trial_state_values(trial_id, state, values)

    def _get_prepared_new_trial(self, study_id: int, template_trial: FrozenTrial | None, session: Any) -> Any:
        """The trial of this number if there is one: Optuna repeats a creation whose answer was lost.

        Called while the study's row is locked.
        """
        if template_trial is not None:
            mine = sa.select(models.TrialModel).filter_by(study_id=study_id, number=template_trial.number)
            created = session.execute(mine).scalar_one_or_none()
            if created is not None:
                return created
        return super()._get_prepared_new_trial(study_id, template_trial, session)


def open_storage(url: str) -> Storage:
    """The storage at an address. Raises ServiceUnavailable when it cannot be opened."""
    try:
        # What the server has dropped is made anew.
        storage = database.creating(lambda: Storage(url, engine_kwargs={"pool_pre_ping": True}))
        database.tune(storage.engine)
    except RuntimeError as error:  # of tables that another version of Optuna has made; it says which command mends that
        raise ServiceUnavailable(f"storage: {redact.address(url)}: {error}") from None
    except (sa.exc.SQLAlchemyError, ImportError, ValueError) as error:
        raise database.unavailable(url, error) from None
    return storage
