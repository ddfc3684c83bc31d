"""Writes a trial's beginning, progress and end to Optuna's tables, within a transaction of the caller's.

Optuna's own methods take a transaction for each value. Here a segment is one, and so is the end of a trial: either all
of it is in the ledger or nothing. Every write can be repeated: a trial begins once and ends once.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from optuna.distributions import distribution_to_json
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.engine import Connection

from sweep.study.optuna_private import models
from sweep.study.storage import tables

_studies = models.StudyModel.__table__
_trials = models.TrialModel.__table__
_parameters = models.TrialParamModel.__table__
_values = models.TrialValueModel.__table__
_intermediate_values = models.TrialIntermediateValueModel.__table__
_user_attributes = models.TrialUserAttributeModel.__table__
_system_attributes = models.TrialSystemAttributeModel.__table__
_study_attributes = models.StudyUserAttributeModel.__table__


def begin(connection: Connection, study_id: int, trial: FrozenTrial) -> int:
    """Add a trial that runs to a study, unless one of its number is there; returns Optuna's id of it."""
    study = sa.select(_studies.c.study_id).where(_studies.c.study_id == study_id)
    connection.execute(study.with_for_update())  # as Optuna does, so that of two programs one waits for the other
    same = sa.select(_trials.c.trial_id).where((_trials.c.study_id == study_id) & (_trials.c.number == trial.number))
    begun = connection.execute(same).scalar_one_or_none()
    if begun is not None:
        return int(begun)
    began = None if trial.datetime_start is None else _as_stored(trial.datetime_start)
    row = {"study_id": study_id, "number": trial.number, "state": trial.state, "datetime_start": began}
    key: Any = connection.execute(sa.insert(_trials).values(row)).inserted_primary_key
    trial_id = int(key[0])
    if trial.params:
        connection.execute(sa.insert(_parameters), [_parameter(trial_id, trial, name) for name in trial.params])
    set_user_attributes(connection, trial_id, trial.user_attrs)
    set_system_attributes(connection, trial_id, trial.system_attrs)
    return trial_id


def _parameter(trial_id: int, trial: FrozenTrial, name: str) -> dict[str, Any]:
    distribution = trial.distributions[name]
    value = distribution.to_internal_repr(trial.params[name])
    described = distribution_to_json(distribution)
    return {"trial_id": trial_id, "param_name": name, "param_value": value, "distribution_json": described}


def add_intermediate_values(connection: Connection, trial_id: int, values: Mapping[int, float]) -> None:
    """Add a trial's values by step; a step that has one keeps it."""
    rows = []
    for step, value in values.items():
        stored, kind = models.TrialIntermediateValueModel.intermediate_value_to_stored_repr(value)
        row = {"trial_id": trial_id, "step": step}
        rows.append({**row, "intermediate_value": stored, "intermediate_value_type": kind})
    if rows:
        tables.insert_if_new(connection, _intermediate_values, rows)


def set_user_attributes(connection: Connection, trial_id: int, attributes: Mapping[str, Any]) -> None:
    """Set what is noted of a trial."""
    _set(connection, _user_attributes, {"trial_id": trial_id}, attributes)


def set_system_attributes(connection: Connection, trial_id: int, attributes: Mapping[str, Any]) -> None:
    """Set what samplers and pruners have noted of a trial."""
    _set(connection, _system_attributes, {"trial_id": trial_id}, attributes)


def set_study_attributes(connection: Connection, study_id: int, attributes: Mapping[str, Any]) -> None:
    """Set what is noted of a study."""
    _set(connection, _study_attributes, {"study_id": study_id}, attributes)


def end(connection: Connection, trial_id: int, state: TrialState, values: Sequence[float] | None) -> bool:
    """Set how a trial ended, unless it has ended already; returns whether it had not."""
    running = (_trials.c.trial_id == trial_id) & _trials.c.state.in_([TrialState.RUNNING, TrialState.WAITING])
    ended = sa.update(_trials).where(running).values(state=state, datetime_complete=_as_stored(datetime.now(UTC)))
    if connection.execute(ended).rowcount == 0:
        return False
    rows = []
    for objective, value in enumerate(values or ()):
        stored, kind = models.TrialValueModel.value_to_stored_repr(value)
        rows.append({"trial_id": trial_id, "objective": objective, "value": stored, "value_type": kind})
    if rows:
        tables.insert_if_new(connection, _values, rows)
    return True


def _as_stored(time: datetime) -> datetime:
    """A time as Optuna stores it: in UTC, without saying so. One without a zone is local."""
    return time.astimezone(UTC).replace(tzinfo=None)


def _set(connection: Connection, table: sa.Table, owner: Mapping[str, int], attributes: Mapping[str, Any]) -> None:
    rows = [{**owner, "key": key, "value_json": json.dumps(value)} for key, value in attributes.items()]
    if rows:
        tables.insert_or_set(connection, table, rows, keys=[*owner, "key"])
