"""A visit: every check that applies, and the repair of what was found."""

from collections.abc import Sequence
from dataclasses import replace

from sweep.config.study_file import StudyFile
from sweep.core.errors import ServiceUnavailable
from sweep.doctor import files, ledger, machines, mirror
from sweep.doctor.case import Case, Check, Finding, Hands, Mend, last_leader, look_up, seeds
from sweep.doctor.diagnosis import Diagnosis, Line
from sweep.study import Study
from sweep.study.storage.leader_table import Leader
from sweep.study.storage.lease import Lease
from workers.data.dataset import Dataset

CHECKS: Sequence[Check] = (*ledger.CHECKS, *files.CHECKS, *machines.CHECKS, *mirror.CHECKS)


def examine(file: StudyFile, dataset: Dataset) -> Diagnosis:
    """What is found of a study. Nothing is written anywhere, and one that runs is not disturbed.

    Raises ServiceUnavailable when the ledger cannot be opened, StudyUnknown when the study is not in it, StudyChanged.
    """
    with look_up(file, dataset, last_leader(file.config)) as case:
        return _examined(case)


def repair(file: StudyFile, dataset: Dataset) -> Diagnosis:
    """What is found once all that can be was repaired, and what that was.

    Raises as examine does, LedBySomeoneElse while a launcher is at it, and what `sync.sync` raises.
    """
    found = _treat(file, dataset, last_leader(file.config))
    if any(finding.resend for finding in found):
        from sweep.tracking.sync import sync  # noqa: PLC0415  (with the report's statistics and drawings)

        sync(file, dataset)
    after = examine(file, dataset)
    still = {finding.what for finding in after.wrong}
    return replace(after, repaired=tuple(each for each in found if each.what not in still))


def _treat(file: StudyFile, dataset: Dataset, before: Leader | None) -> list[Finding]:
    """Repair what does not take MLflow's mirror to be sent; all that is wrong and can be repaired."""
    lease = Lease(file.config.storage, file.config.name)
    lease.acquire()
    try:
        with look_up(file, dataset, before) as case:
            found = [finding for finding in _examined(case).wrong if finding.can_be_mended]
            mends = [finding.mend for finding in found if finding.mend]
            if mends:
                _mend(mends, file, dataset, lease)
    finally:
        lease.release()
    return found


def _mend(mends: Sequence[Mend], file: StudyFile, dataset: Dataset, lease: Lease) -> None:
    """Open the study for writing, under the lease, and repair."""
    with Study.open(file.config, dataset, lease) as study:
        hands = Hands(study, study.comparison_runs(seeds(study)))
        for mend in mends:
            mend(hands)


def _examined(case: Case) -> Diagnosis:
    checks = [check for check in CHECKS if check.applies(case)]
    lines = tuple(Line(check.place, check.promise, _findings(check, case)) for check in checks)
    return Diagnosis(case.config.name, lines, f"sweep doctor {case.file.origin.path} --repair")


def _findings(check: Check, case: Case) -> tuple[Finding, ...]:
    try:
        return tuple(check.find(case))
    except ServiceUnavailable as error:  # it went away in the middle
        return (Finding(str(error), "it went away while it was looked at", "look again when it is back"),)
