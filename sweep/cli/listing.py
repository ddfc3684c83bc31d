"""Which studies there are, as ledger and cluster know them: rows for people, objects for programs."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sweep.core.trials import State
from sweep.study.overview import Overview
from sweep.study.storage.leaders import Leader

if TYPE_CHECKING:  # Ray takes seconds to import
    from sweep.execution.cluster.jobs import Job

ENDS: Sequence[State] = ("complete", "pruned", "failed")


@dataclass(frozen=True)
class Listed:
    """A study: what its ledger knows of it, if it does, and its jobs, the oldest first; None where nobody looked."""

    study: str
    ledger: Overview | None
    jobs: "Sequence[Job] | None"


def listed(ledger: Sequence[Overview] | None, jobs: "Sequence[Job] | None") -> list[Listed]:
    """Every study that the one or the other knows."""
    known = {each.study: each for each in ledger or ()}
    names = dict.fromkeys([*known, *(job.study for job in jobs or ())])
    return [
        Listed(name, known.get(name), None if jobs is None else [job for job in jobs if job.study == name])
        for name in names
    ]


def as_text(studies: Iterable[Listed]) -> str:
    """A table with a row for each study."""
    rows = [("study", "state", "began", "trials", "runs", "best", "leader", "job"), *map(_row, studies)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    # A column that has nothing to say is left out.
    shown = [i for i in range(len(widths)) if any(row[i] for row in rows[1:]) or i < 3]
    return "\n".join("  ".join(row[i].ljust(widths[i]) for i in shown).rstrip() for row in rows)


def _row(study: Listed) -> tuple[str, ...]:
    job = study.jobs[-1] if study.jobs else None
    told = study.ledger
    if told is None:
        began, state = (job.began, job.state.lower()) if job else (None, "")
        return study.study, state, _moment(began), "", "", "", "", job.id if job else ""
    best = "" if told.best is None else f"{told.best:.6g}"
    runs = str(told.runs or "")
    shown = f"{job.id} ({job.state.lower()})" if job else ""
    return study.study, told.state, _moment(told.began), _trials(told), runs, best, _leader(told.leader), shown


def _trials(told: Overview) -> str:
    """12 of 24 (2 pruned, 1 failed): those that have ended, of how many there may be."""
    done = sum(told.trials.get(state, 0) for state in ENDS)
    others = ", ".join(f"{told.trials[state]} {state}" for state in ENDS[1:] if told.trials.get(state))
    return f"{done}{f' of {told.budget}' if told.budget else ''}{f' ({others})' if others else ''}"


def _leader(leader: Leader | None) -> str:
    if leader is None:
        return ""
    return f"{leader} since {_moment(_since(leader))}" if leader.leads else f"{leader}, which is gone"


def _since(leader: Leader) -> float:
    return time.time() - leader.seconds


def _moment(seconds: float | None) -> str:
    return f"{datetime.fromtimestamp(seconds):%Y-%m-%d %H:%M}" if seconds else ""  # noqa: DTZ006  (for people)


def as_json(studies: Iterable[Listed]) -> list[dict[str, Any]]:
    """An object for each study. Times are in seconds since 1970; what nobody could look at is null."""
    return [
        {"study": study.study, "ledger": study.ledger and _ledger(study.ledger), "jobs": _jobs(study.jobs)}
        for study in studies
    ]


def _ledger(told: Overview) -> dict[str, Any]:
    who = told.leader
    leader = who and {"pid": who.pid, "host": who.host, "since": _since(who), "leads": who.leads}
    trials = {state: told.trials.get(state, 0) for state in (*ENDS, "running")}
    times = {"began": told.began, "ended": told.ended}
    ends = {"best": told.best, "runs": told.runs, "leader": leader}
    return {"state": told.state, **times, "trials": {**trials, "budget": told.budget}, **ends}


def _jobs(jobs: "Sequence[Job] | None") -> list[dict[str, Any]] | None:
    return None if jobs is None else [asdict(job) for job in jobs]
