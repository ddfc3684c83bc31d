"""A study's trials as Optuna's tables have them, also those that another program has begun."""

from dataclasses import dataclass

import sqlalchemy as sa
from optuna.trial import TrialState

from sweep.study.optuna_private import models
from sweep.study.storage import database


@dataclass(frozen=True)
class Row:
    """A trial's row.

    running  its state says that it is running
    ours     this program has written it
    settled  its outcome is known
    """

    number: int
    running: bool
    ours: bool
    settled: bool


def rows(url: str, study: str) -> list[Row]:
    """A study's rows, by number, read through a connection that cannot write. Raises ServiceUnavailable."""
    trial, note = models.TrialModel, models.TrialUserAttributeModel
    study_id = sa.select(models.StudyModel.study_id).filter_by(study_name=study).scalar_subquery()
    trials = sa.select(trial.trial_id, trial.number, trial.state).filter_by(study_id=study_id).order_by(trial.number)
    notes = sa.select(note.trial_id, note.key).join(trial).where(trial.study_id == study_id)
    with database.reading(url) as connection:
        of_study = connection.execute(trials).all()
        noted = {(trial_id, key) for trial_id, key in connection.execute(notes)}
    return [
        Row(number, state == TrialState.RUNNING, (trial_id, "trial") in noted, (trial_id, "outcome") in noted)
        for trial_id, number, state in of_study
    ]
