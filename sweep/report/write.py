"""Decides what a study's comparison says, and writes its report to reports/STUDY in the working directory."""

import json
import os
from pathlib import Path

from sweep.comparison.verdict import Verdict
from sweep.config.study_file import StudyFile
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

REPORTS = Path(os.environ.get("SWEEP_DIRECTORY", ""), "reports")


def verdict_of(study: StudyReader, runs: ComparisonReader | None, dataset: Dataset) -> Verdict | None:
    """What the comparison's runs say; none where there are none, or some are still to be made."""
    settings = study.config.compare
    if settings is None or runs is None or runs.missing or len(runs.arms) < 2:
        return None
    looks = study.looks_before(identity_of(study.config, settings, runs.keys))
    return answer(study.config, settings, runs, dataset, looks)


def write(
    file: StudyFile, study: StudyReader, runs: ComparisonReader | None, dataset: Dataset
) -> tuple[Verdict | None, list[Path]]:
    """Decide and write the report; the verdict, and the files with the page first. Raises OSError."""
    verdict = verdict_of(study, runs, dataset)
    report = gather(file, study, runs, verdict, dataset)
    return verdict, write_files(report, REPORTS / study.config.name)


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
        unfinished = folder / f"{name}.tmp"
        unfinished.write_bytes(data)
        unfinished.replace(folder / name)
    return [folder / name for name in files]
