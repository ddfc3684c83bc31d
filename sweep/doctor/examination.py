"""Runs the checks that apply to a study."""

from collections.abc import Sequence
from functools import partial

from sweep.config.study_file import StudyFile
from sweep.doctor import file_checks, ledger_checks, mlflow_checks, ray_checks
from sweep.doctor.checks import Check, findings
from sweep.doctor.diagnosis import CheckResult, Diagnosis
from sweep.doctor.study_state import StudyState, last_leader, read_state
from workers.data.dataset import Dataset

CHECKS: Sequence[Check] = (*ledger_checks.CHECKS, *file_checks.CHECKS, *ray_checks.CHECKS, *mlflow_checks.CHECKS)


def examine(file: StudyFile, dataset: Dataset) -> Diagnosis:
    """The diagnosis of a study. Nothing is written anywhere, and a running study is not disturbed.

    Raises ServiceUnavailable when the ledger cannot be opened, StudyUnknown when the study is not in it, StudyChanged.
    """
    with read_state(file, dataset, last_leader(file.config)) as state:
        return diagnosed(state)


def diagnosed(state: StudyState) -> Diagnosis:
    """The diagnosis of a study in this state."""
    checks = [check for check in CHECKS if check.applies(state)]
    results = [CheckResult(check.place, check.promise, findings(partial(check.find, state))) for check in checks]
    return Diagnosis(state.config.name, results, f"sweep doctor {state.file.origin.path} --repair")
