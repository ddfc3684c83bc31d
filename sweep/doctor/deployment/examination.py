"""Runs the security checks on everything that this deployment has."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import Any

from sweep.config.study_file import StudyFile
from sweep.doctor.checks import Finding, findings, note
from sweep.doctor.deployment import (
    file_checks,
    mlflow_checks,
    postgresql_checks,
    process_checks,
    ray_checks,
    storage_file_checks,
    study_file_checks,
)
from sweep.doctor.deployment.checks import Check, Deployment, Inconclusive, NotChecked
from sweep.doctor.diagnosis import CheckResult, Diagnosis

CHECKS: Sequence[Check[Any]] = (
    *ray_checks.CHECKS,
    *mlflow_checks.CHECKS,
    *storage_file_checks.MLFLOW,
    *postgresql_checks.CHECKS,
    *storage_file_checks.LEDGER,
    *process_checks.CHECKS,
    *file_checks.CHECKS,
    *study_file_checks.CHECKS,
)
WELL = "nothing that was looked at is wrong; docs/security.md says what cannot be seen from here"


def examine(file: StudyFile | None) -> Diagnosis:
    """The findings about the services that a launch from here would use. Nothing is written anywhere."""
    return Diagnosis(file.config.name if file else None, tuple(_results(Deployment(file))), well=WELL)


def _results(deployment: Deployment) -> Iterator[CheckResult]:
    for look_up, checks in groupby(CHECKS, key=lambda check: check.target):
        target, rows = look_up(deployment), list(checks)
        if isinstance(target, NotChecked):
            yield CheckResult(rows[0].place, "", (target.finding,))
        elif target is not None:
            yield from (CheckResult(check.place, check.promise, _findings(check, target)) for check in rows)


def _findings(check: Check[Any], target: Any) -> tuple[Finding, ...]:
    try:
        return findings(partial(check.find, target))
    except Inconclusive as error:
        return (note(f"it is unknown whether {check.promise}", str(error)),)
