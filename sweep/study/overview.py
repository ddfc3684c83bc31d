"""All the studies of a ledger, in a few queries that write nothing."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from optuna.study import StudyDirection
from optuna.trial import TrialState
from sqlalchemy.engine import Connection

from sweep.core.trials import State
from sweep.study.optuna_private import models
from sweep.study.storage import database
from sweep.study.storage.leader_table import Leader, leaders

STATES: Mapping[TrialState, State] = {
    TrialState.COMPLETE: "complete",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
    TrialState.RUNNING: "running",
}
ENDS: Sequence[State] = ("complete", "pruned", "failed")
NOTES = ("began", "ended", "budget")

_runs = sa.table("sweep_comparison_runs", sa.column("study"), sa.column("outcome"))


@dataclass(frozen=True)
class Overview:
    """A study as its ledger has it. Times are in seconds since 1970.

    state   running while a launcher leads it; interrupted if its last launcher did not record an end; else that end
    ended   when the last launch ended
    trials  the number of trials in each state
    budget  the largest number of trials; None of a study that an older version has launched
    best    the objective's best value among complete trials
    runs    the number of comparison runs that were made
    leader  the launcher that leads it, or the last one, if it ended without releasing its lease
    """

    study: str
    state: str
    began: float
    ended: float | None
    trials: Mapping[State, int]
    budget: int | None
    best: float | None
    runs: int
    leader: Leader | None


def ended_in_words(trials: Mapping[State, int], budget: int | None, noun: str = "") -> str:
    """12 of 24 (2 pruned, 1 failed): those that have ended, of how many there may be; noun: such as ` trials`."""
    done = sum(trials.get(state, 0) for state in ENDS)
    others = ", ".join(f"{trials[state]} {state}" for state in ENDS[1:] if trials.get(state))
    return f"{done}{f' of {budget}' if budget else ''}{noun}{f' ({others})' if others else ''}"


def overview(url: str) -> list[Overview]:
    """The studies of a ledger, the oldest first. Raises ServiceUnavailable when it cannot be read."""
    with database.reading(url) as connection:
        tables = sa.inspect(connection).get_table_names()
        if "studies" not in tables:
            return []
        led = leaders(connection) if "sweep_leaders" in tables else {}
        runs = _count_runs(connection) if _runs.name in tables else {}
        trials, best, notes = _count_trials(connection), _best(connection), _notes(connection)
        names = connection.execute(sa.select(models.StudyModel.study_id, models.StudyModel.study_name)).all()
    found = [
        _overview(name, notes[number], trials[number], best.get(number), runs.get(name, 0), led.get(name))
        for number, name in names
        if "began" in notes[number]  # another program's study does not have it
    ]
    return sorted(found, key=lambda each: each.began)


def _overview(
    name: str, notes: Mapping[str, Any], trials: Counter[State], best: float | None, runs: int, leader: Leader | None
) -> Overview:
    how, ended = notes.get("ended", (None, None))
    if leader and leader.leads:
        state, ended = "running", None
    elif leader or how is None or (how == "finished" and trials["running"]):
        state, ended = "interrupted", None
    else:
        state = how
    return Overview(name, state, notes["began"], ended, trials, notes.get("budget"), best, runs, leader)


def _notes(connection: Connection) -> defaultdict[int, dict[str, Any]]:
    """The user attributes NOTES of each study, by Optuna's id."""
    note = models.StudyUserAttributeModel
    rows = connection.execute(sa.select(note.study_id, note.key, note.value_json).where(note.key.in_(NOTES)))
    notes: defaultdict[int, dict[str, Any]] = defaultdict(dict)
    for study, key, value in rows:
        notes[study][key] = json.loads(value)
    return notes


def _count_trials(connection: Connection) -> defaultdict[int, Counter[State]]:
    trial = models.TrialModel
    rows = connection.execute(
        sa.select(trial.study_id, trial.state, sa.func.count()).group_by(trial.study_id, trial.state)
    )
    counts: defaultdict[int, Counter[State]] = defaultdict(Counter)
    for study, state, count in rows:
        if state in STATES:  # a trial that waits is another program's
            counts[study][STATES[state]] = count
    return counts


def _best(connection: Connection) -> dict[int, float]:
    """Each study's best value: the smallest or the largest, by its direction."""
    trial, value, way = models.TrialModel, models.TrialValueModel, models.StudyDirectionModel
    sought = sa.case(
        (way.direction == StudyDirection.MAXIMIZE, sa.func.max(value.value)), else_=sa.func.min(value.value)
    )
    query = (
        sa.select(trial.study_id, sought)
        .join(value, value.trial_id == trial.trial_id)
        .join(way, way.study_id == trial.study_id)
        .where(trial.state == TrialState.COMPLETE, value.value_type == value.TrialValueType.FINITE)
        .group_by(trial.study_id, way.direction)
    )
    return dict(_pairs(connection.execute(query)))


def _count_runs(connection: Connection) -> dict[str, int]:
    return dict(
        _pairs(connection.execute(sa.select(_runs.c.study, sa.func.count(_runs.c.outcome)).group_by(_runs.c.study)))
    )


def _pairs(rows: Iterable[Any]) -> list[tuple[Any, Any]]:
    return [(first, second) for first, second in rows]
