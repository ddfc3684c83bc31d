"""Studies as their ledger and their cluster know them: rows for people, objects for programs."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.table import Table

from sweep.core.text_table import text_lines
from sweep.study.overview import ENDS, Overview, ended_in_words
from sweep.study.storage.leader_table import Leader

if TYPE_CHECKING:  # Ray takes seconds to import
    from sweep.execution.cluster.jobs import Job

HEADINGS = ("study", "state", "began", "trials", "runs", "best", "leader", "job")
ALWAYS_SHOWN = HEADINGS[:3]


@dataclass(frozen=True)
class Listed:
    """A study: what its ledger has of it, and its jobs, the oldest first. None: not there, or nobody was asked."""

    study: str
    ledger: Overview | None
    jobs: "Sequence[Job] | None"


def listed(ledger: Sequence[Overview] | None, jobs: "Sequence[Job] | None") -> list[Listed]:
    """Every study that the ledger or the cluster knows."""
    known = {overview.study: overview for overview in ledger or ()}
    names = dict.fromkeys([*known, *(job.study for job in jobs or ())])
    return [
        Listed(name, known.get(name), None if jobs is None else [job for job in jobs if job.study == name])
        for name in names
    ]


def as_text(studies: Iterable[Listed]) -> str:
    """A table with a row for each study; a column that has nothing to say is left out."""
    rows = [dict(zip(HEADINGS, _row(study), strict=True)) for study in studies]
    shown = [name for name in HEADINGS if name in ALWAYS_SHOWN or any(row[name] for row in rows)]
    table = Table(*shown, box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for row in rows:
        table.add_row(*(row[name] for name in shown))
    return "\n".join(text_lines(table))


def _row(study: Listed) -> tuple[str, ...]:
    job, overview = study.jobs[-1] if study.jobs else None, study.ledger
    if overview is None:
        began, state = (job.began, job.state.lower()) if job else (None, "")
        return study.study, state, _moment(began), "", "", "", "", job.id if job else ""
    best = "" if overview.best is None else f"{overview.best:.6g}"
    described = f"{job.id} ({job.state.lower()})" if job else ""
    beginning = study.study, overview.state, _moment(overview.began), ended_in_words(overview.trials, overview.budget)
    return *beginning, str(overview.runs or ""), best, _leader(overview.leader), described


def _leader(leader: Leader | None) -> str:
    if leader is None:
        return ""
    return f"{leader} since {_moment(_since(leader))}" if leader.leads else f"{leader}, which is gone"


def _since(leader: Leader) -> float:
    """When it began to lead, in seconds since 1970."""
    return time.time() - leader.seconds


def _moment(seconds: float | None) -> str:
    return f"{datetime.fromtimestamp(seconds):%Y-%m-%d %H:%M}" if seconds else ""  # noqa: DTZ006  (for people)


def as_json(studies: Iterable[Listed]) -> list[dict[str, Any]]:
    """An object for each study. Times are in seconds since 1970; a source that was not asked is null."""
    return [
        {"study": study.study, "ledger": study.ledger and _ledger(study.ledger), "jobs": _jobs(study.jobs)}
        for study in studies
    ]


def _ledger(overview: Overview) -> dict[str, Any]:
    who = overview.leader
    leader = who and {"pid": who.pid, "host": who.host, "since": _since(who), "leads": who.leads}
    trials = {state: overview.trials.get(state, 0) for state in (*ENDS, "running")}
    times = {"began": overview.began, "ended": overview.ended}
    ends = {"best": overview.best, "runs": overview.runs, "leader": leader}
    return {"state": overview.state, **times, "trials": {**trials, "budget": overview.budget}, **ends}


def _jobs(jobs: "Sequence[Job] | None") -> list[dict[str, Any]] | None:
    return None if jobs is None else [asdict(job) for job in jobs]
