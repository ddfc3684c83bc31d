"""A study for the doctor to look at, and what may be done to it."""

import sqlite3
import subprocess
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from mlflow import MlflowClient

from sweep import doctor
from sweep.config import study_file
from sweep.config.study_file import StudyFile
from sweep.core import processes
from sweep.execution.checkpoint_files import Checkpoints
from sweep.study import Study
from sweep.study.storage.lease import Lease
from sweep.tracking.sync import sync
from tests.sweep.worlds import RECORD, NoLease
from workers.spec import EpochReport

UNFINISHED = 6  # the number of the trial that `cut_off` leaves


@dataclass
class ExaminedStudy:
    """A finished study in the working directory, with its comparison and its mirror."""

    folder: Path
    file: StudyFile
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def study(self) -> Study:
        return Study.open(self.file.config, RECORD, NoLease())

    def examine(self) -> doctor.Diagnosis:
        return doctor.examine(self.file, RECORD)

    def repair(self) -> doctor.Diagnosis:
        return doctor.repair(self.file, RECORD)

    def sql(self, *commands: str, database: str = "sweep.db") -> None:
        with closing(sqlite3.connect(self.folder / database)) as connection, connection:
            for command in commands:
                assert connection.execute(command).rowcount

    @property
    def mlflow(self) -> MlflowClient:
        return MlflowClient(self.file.config.tracking)

    def run(self, number: int) -> Any:
        """A search trial's run; -1: the study's own."""
        experiment = self.mlflow.get_experiment_by_name("mirrored")
        assert experiment is not None
        stage = "search" if number >= 0 else "study"
        runs = self.mlflow.search_runs([experiment.experiment_id])
        return next(
            run
            for run in runs
            if (run.data.tags["sweep.stage"], run.data.tags.get("sweep.trial", "-1")) == (stage, str(number))
        )


def content(folder: Path) -> dict[str, object]:
    """All that lies in a folder: of databases the rows, of other files the bytes."""
    names = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.endswith(("-wal", "-shm"))]
    return {str(path): rows(path) if path.suffix == ".db" else path.read_bytes() for path in names}


def rows(path: Path) -> list[str]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return list(connection.iterdump())


def cut_off(examined: ExaminedStudy) -> None:
    """One more trial, two epochs of which were trained when its launcher was killed; the mirror knows it."""
    more = study_file.load("study.yaml", [f"tracking={examined.file.config.tracking}", "budget.trials=7"])
    study = Study.open(more.config, RECORD, NoLease())
    trial = study.ask()
    assert trial
    assert trial.number == UNFINISHED
    study.begin(trial, "pid 7 on box")
    study.report(trial, [EpochReport(epoch, {"validation/loss": 1.0}, time.time()) for epoch in range(2)])
    sync(examined.file, RECORD)


def keep(examined: ExaminedStudy, number: int, content: bytes = b"weights") -> Path:
    """A trial's checkpoint."""
    kept = Checkpoints("mirrored", examined.study.objective)
    trial = next(trial for trial, _ in examined.study if trial.number == number)
    kept.save(trial, 2, content)
    return kept.folder / f"search-{number}.checkpoint"


def keep_best(examined: ExaminedStudy) -> Path:
    best = examined.study.best
    assert best
    return keep(examined, best[0].number)


def lead(process: psutil.Process | None, until: float) -> None:
    """A lease of a process of this machine, or of one that is dead."""
    pid, started = (process.pid, processes.started(process.pid)) if process else (2**22 + 1, 1.0)
    Lease("sqlite:///sweep.db", "mirrored").release()  # so that there is its table
    with closing(sqlite3.connect("sweep.db")) as connection, connection:
        row = ("mirrored", "token", "box", processes.place(), pid, started, time.time() - 3600, until)
        columns = "study, token, host, place, pid, started, since, until"
        connection.execute(f"INSERT INTO sweep_leaders ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
