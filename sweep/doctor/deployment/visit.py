"""A visit: every check of what there is in this deployment."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from sweep.config.study_file import StudyFile
from sweep.core.errors import ServiceUnavailable
from sweep.doctor.case import Finding, news
from sweep.doctor.deployment import cluster, files, ledger, listening, stores, studies, tracking
from sweep.doctor.deployment.scene import Check, Surroundings, Unclear, Unseen
from sweep.doctor.diagnosis import Diagnosis, Line

CHECKS: Sequence[Check[Any]] = (
    *cluster.CHECKS,
    *tracking.CHECKS,
    *stores.TRACKING,
    *ledger.CHECKS,
    *stores.LEDGER,
    *listening.CHECKS,
    *files.CHECKS,
    *studies.CHECKS,
)
WELL = "nothing that was looked at is wrong; docs/security.md says what cannot be seen from here"


def examine(file: StudyFile | None) -> Diagnosis:
    """What is found of the services that a launch from here would use. Nothing is written anywhere."""
    return Diagnosis(file.config.name if file else None, tuple(_lines(Surroundings(file))), well=WELL)


def _lines(around: Surroundings) -> Iterator[Line]:
    for look_up, checks in groupby(CHECKS, key=lambda check: check.subject):
        subject, rows = look_up(around), list(checks)
        if isinstance(subject, Unseen):
            yield Line(rows[0].place, "", (subject.finding,))
        elif subject is not None:
            yield from (Line(check.place, check.promise, _findings(check, subject)) for check in rows)


def _findings(check: Check[Any], subject: Any) -> tuple[Finding, ...]:
    try:
        return tuple(check.find(subject))
    except Unclear as unclear:
        return (news(f"cannot be told whether {check.promise}", str(unclear)),)
    except ServiceUnavailable as error:  # it went away in the middle
        return (Finding(str(error), "it went away while it was looked at", "look again when it is back"),)
