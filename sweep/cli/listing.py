"""Studies as their ledger and their cluster know them: rows for people, objects for programs."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sweep.core import redact
from sweep.core.disk import OnDisk, in_words, on_disk
from sweep.core.text_table import fitted_lines
from sweep.study.overview import ENDS, Overview, ended_in_words
from sweep.study.storage.leader_table import Leader

if TYPE_CHECKING:  # Ray takes seconds to import
    from sweep.execution.cluster.jobs import Job

HEADINGS = ("study", "state", "began", "trials", "runs", "best", "disk", "leader", "job")
ALWAYS_SHOWN = HEADINGS[:3]


@dataclass(frozen=True)
class Listed:
    """A study: what its ledger has of it, and its jobs, the oldest first. None: not there, or nobody was asked.

    disk  its checkpoints and its report, where this machine has them; None for a job whose study has no proper name
    """

    study: str
    ledger: Overview | None
    jobs: "Sequence[Job] | None"
    disk: OnDisk | None


def listed(ledger: Sequence[Overview] | None, jobs: "Sequence[Job] | None") -> list[Listed]:
    """Every study that the ledger or the cluster knows."""
    known = {overview.study: overview for overview in ledger or ()}
    names = dict.fromkeys([*known, *(job.study for job in jobs or ())])
    return [
        Listed(name, known.get(name), None if jobs is None else [job for job in jobs if job.study == name], _disk(name))
        for name in names
    ]


def _disk(study: str) -> OnDisk | None:
    try:
        return on_disk(study)
    except ValueError:  # anybody may hand a job to a cluster, and call it as he likes
        return None


def as_text(studies: Iterable[Listed]) -> str:
    """A row for each study; a column that has nothing to say is left out."""
    rows = [dict(zip(HEADINGS, _row(study), strict=True)) for study in studies]
    shown = [name for name in HEADINGS if name in ALWAYS_SHOWN or any(row[name] for row in rows)]
    return "\n".join(fitted_lines(shown, [[row[name] for name in shown] for row in rows]))


def of_ledger(storage: str, size: int) -> str:
    """What the ledger's file takes, of all its studies together."""
    return f"ledger: {redact.address(storage)}, {in_words(size) or '0 B'}, all studies together"


def _row(study: Listed) -> tuple[str, ...]:
    job, overview = study.jobs[-1] if study.jobs else None, study.ledger
    disk = in_words(study.disk.bytes) if study.disk else ""
    if overview is None:
        began, state = (job.began, job.state.lower()) if job else (None, "")
        return study.study, state, _moment(began), "", "", "", disk, "", job.id if job else ""
    best = "" if overview.best is None else f"{overview.best:.6g}"
    described = f"{job.id} ({job.state.lower()})" if job else ""
    beginning = study.study, overview.state, _moment(overview.began), ended_in_words(overview.trials, overview.budget)
    return *beginning, str(overview.runs or ""), best, disk, _leader(overview.leader), described


def _leader(leader: Leader | None) -> str:
    if leader is None:
        return ""
    return f"{leader} since {_moment(_since(leader))}" if leader.leads else f"{leader}, which is gone"


def _since(leader: Leader) -> float:
    """When it began to lead, in seconds since 1970."""
    return time.time() - leader.seconds


def _moment(seconds: float | None) -> str:
    return f"{datetime.fromtimestamp(seconds):%Y-%m-%d %H:%M}" if seconds else ""  # noqa: DTZ006  (for people)


def as_json(studies: Iterable[Listed], ledger_bytes: int | None = None) -> list[dict[str, Any]]:
    """An object for each study. Times are in seconds since 1970; a source that was not asked is null.

    ledger_bytes  of the ledger's file, of all its studies together; None where a server has it
    """
    return [
        {
            "study": study.study,
            "ledger": study.ledger and {**_ledger(study.ledger), "file_bytes": ledger_bytes},
            "jobs": _jobs(study.jobs),
            "disk": study.disk and {"checkpoints": study.disk.checkpoints.bytes, "report": study.disk.report.bytes},
        }
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
