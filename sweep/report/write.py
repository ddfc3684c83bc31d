"""Decides what a study's comparison says, and writes its report to reports/STUDY in the working directory."""

import json
from dataclasses import replace
from pathlib import Path

from typing_extensions import TypeIs

from sweep.comparison.verdict import Verdict
from sweep.config.study_file import StudyFile
from sweep.core.errors import CannotWrite
from sweep.core.folders import REPORTS
from sweep.core.log import logger
from sweep.core.remedies import remedy
from sweep.core.whole_file import write_whole
from sweep.report.content import Report
from sweep.report.drawings import pngs
from sweep.report.gather import gather
from sweep.report.machine_readable import as_json
from sweep.report.page import as_html
from sweep.study import StudyReader
from sweep.study.answer import answer
from sweep.study.comparison_runs import ComparisonReader
from sweep.study.looks import identity_of
from workers.data.dataset import Dataset

NOT_LOOKED_AT = (
    "No launch has looked at the comparison that the study file asks for: launch the study to decide; a report never"
    " adds a look."
)


def verdict_of(study: StudyReader, runs: ComparisonReader | None, dataset: Dataset) -> Verdict | None:
    """What the comparison's runs say; none where there are none, some are still to be made, or no launch decided."""
    settings = study.config.compare
    if settings is None or not _is_whole(runs):
        return None
    looks = study.looks_before(identity_of(study.config, settings, runs.keys, dataset))
    return None if looks is None else answer(study.config, settings, runs, dataset, looks)


def _is_whole(runs: ComparisonReader | None) -> TypeIs[ComparisonReader]:
    """Whether there is a comparison of which all runs were made."""
    return runs is not None and not runs.missing and len(runs.arms) > 1


def write_again(file: StudyFile, dataset: Dataset) -> tuple[Verdict | None, Path]:
    """Write a study's report from what its ledger holds; its verdict, if it has one, and the page.

    dataset  with the scores of the baselines

    Raises StudyUnknown, StudyChanged and ServiceUnavailable as StudyReader.read, and CannotWrite.
    """
    with StudyReader.read(file.config, dataset) as study:
        runs = study.comparison_runs(file.config.compare.seeds) if file.config.compare else None
        try:
            verdict = verdict_of(study, runs, dataset)
            return verdict, write(file, study, runs, dataset, verdict)[0]
        except OSError as error:
            raise CannotWrite(f"the report cannot be written: {error}\n{remedy(error)}") from error


def write(
    file: StudyFile,
    study: StudyReader,
    runs: ComparisonReader | None,
    dataset: Dataset,
    verdict: Verdict | None,
    page: str = "",
) -> list[Path]:
    """Write the report of a study that is decided so; the files, with the page first. Raises OSError.

    page  of the study, from the root of MLflow's pages; empty where it is not known
    """
    report = gather(file, study, runs, verdict, dataset, page)
    if verdict is None and _is_whole(runs):
        logger.warning("%s", NOT_LOOKED_AT)
        report = replace(report, notes=(*report.notes, NOT_LOOKED_AT))
    return write_files(report, REPORTS / study.config.name)


def write_files(report: Report, folder: Path) -> list[Path]:
    """Write report.html, report.json and the drawings as PNG files, each whole or not at all; the page is first.

    Raises OSError where the folder cannot be made or written to.
    """
    files = {
        "report.html": as_html(report).encode(errors="replace"),
        "report.json": (json.dumps(as_json(report), indent=1, allow_nan=False) + "\n").encode(),
        **{f"{name}.png": data for name, data in pngs(report).items()},
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        write_whole(folder / name, data)
    return [folder / name for name in files]
