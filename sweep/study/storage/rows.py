"""A study's trials as Optuna's tables have them, whoever wrote them."""

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from optuna.storages._rdb import models
from optuna.trial import TrialState
from sqlalchemy.engine import Engine

from sweep.study.storage import database
from sweep.study.storage.optuna_storage import open_storage


@dataclass(frozen=True)
class Row:
    """A trial's row.

    running  what its state says
    ours     this program has written it
    settled  its outcome is known
    """

    number: int
    running: bool
    ours: bool
    settled: bool


def rows(url: str, study: str) -> list[Row]:
    """A study's rows, by number. Raises ServiceUnavailable."""
    engine = database.connect(url)
    trial, note = models.TrialModel, models.TrialUserAttributeModel
    mine = sa.select(models.StudyModel.study_id).filter_by(study_name=study).scalar_subquery()
    trials = sa.select(trial.trial_id, trial.number, trial.state).filter_by(study_id=mine).order_by(trial.number)
    notes = sa.select(note.trial_id, note.key).join(trial).where(trial.study_id == mine)
    with engine.connect() as connection:
        found = connection.execute(trials).all()
        noted = {(trial_id, key) for trial_id, key in connection.execute(notes)}
    engine.dispose()
    return [
        Row(number, state == TrialState.RUNNING, (trial_id, "trial") in noted, (trial_id, "outcome") in noted)
        for trial_id, number, state in found
    ]


def give_up(url: str, study: str, number: int, guard: Callable[[Engine], None]) -> None:
    """Mark a running trial as failed; `guard` is shown the engine through which that is written."""
    storage = open_storage(url)
    guard(storage.engine)
    trial_id = storage.get_trial_id_from_study_id_trial_number(storage.get_study_id_from_name(study), number)
    storage.finish(trial_id, TrialState.FAIL, None)
    storage.engine.dispose()
