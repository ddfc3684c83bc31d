"""Repairs what the examination of a study finds."""

from collections.abc import Sequence
from dataclasses import replace

from sweep.config.study_file import StudyFile
from sweep.doctor.checks import Finding, Repair
from sweep.doctor.diagnosis import Diagnosis
from sweep.doctor.examination import diagnosed, examine
from sweep.doctor.study_state import WritableStudy, last_leader, read_state, seeds
from sweep.study import Study
from sweep.study.storage.lease import Lease
from workers.data.dataset import Dataset


def repair(file: StudyFile, dataset: Dataset) -> Diagnosis:
    """Repair what can be repaired, and return the diagnosis after that, with what was repaired.

    Raises what `examine` raises, LedBySomeoneElse while a launcher leads the study, and what `sync.sync` raises.
    """
    found = _repair_study(file, dataset)
    if any(finding.needs_sync for finding in found):
        from sweep.tracking.sync import sync  # noqa: PLC0415  (it imports the report's statistics and drawings)

        sync(file, dataset)
    after = examine(file, dataset)
    still_wrong = {finding.what for finding in after.wrong}
    return replace(after, repaired=tuple(finding for finding in found if finding.what not in still_wrong))


def _repair_study(file: StudyFile, dataset: Dataset) -> list[Finding]:
    """Repair what needs no `sync`; returns everything repairable that was wrong."""
    last = last_leader(file.config)
    lease = Lease(file.config.storage, file.config.name)
    lease.acquire()
    try:
        with read_state(file, dataset, last) as state:
            found = [finding for finding in diagnosed(state).wrong if finding.repairable]
            repairs = [finding.repair for finding in found if finding.repair]
            if repairs:
                _run(repairs, file, dataset, lease)
    finally:
        lease.release()
    return found


def _run(repairs: Sequence[Repair], file: StudyFile, dataset: Dataset, lease: Lease) -> None:
    with Study.open(file.config, dataset, lease) as study:
        writable = WritableStudy(study, study.comparison_runs(seeds(study)))
        for each in repairs:
            each(writable)
