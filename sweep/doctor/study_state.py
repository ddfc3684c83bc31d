"""The state of a study, in the ledger, in files and in MLflow, as checks read it. Reading it writes nothing."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from sweep.config.sections import StudyConfig
from sweep.config.study_file import StudyFile
from sweep.core import redact
from sweep.core.errors import ServiceUnavailable, StudyUnknown
from sweep.core.folders import ARTIFACTS
from sweep.core.trials import Run, Trial
from sweep.execution.checkpoint_files import SUFFIX
from sweep.study import Study, StudyReader
from sweep.study.comparison_runs import ComparisonReader, ComparisonRuns
from sweep.study.storage import database
from sweep.study.storage.attempts import AttemptReader
from sweep.study.storage.epochs import EpochReader
from sweep.study.storage.leader_table import Leader, leader
from sweep.study.storage.rows import Row, rows
from sweep.tracking.inspection import View
from workers.data.dataset import Dataset
from workers.objective import EPOCHS_TRAINED


@dataclass(frozen=True)
class WritableStudy:
    """The study and its comparison for a repair, with write access under the study's lease."""

    study: Study
    comparison: ComparisonRuns


class Stage(NamedTuple):
    """The search or the comparison: the epochs, the attempts, and all runs with their outcomes."""

    epochs: EpochReader
    attempts: AttemptReader
    runs: list[Run]


@dataclass(frozen=True)
class StudyState:
    """All that checks look at.

    trials  the search's trials as Optuna's tables have them
    leader  the launcher that leads the study or was the last to lead it; None if there is none
    mlflow  the study in MLflow, or the reason why MLflow cannot be read
    """

    file: StudyFile
    study: StudyReader
    comparison: ComparisonReader
    trials: Sequence[Row]
    leader: Leader | None
    mlflow: View | str

    @property
    def is_led(self) -> bool:
        """Whether a launcher leads the study, and may change it during the examination."""
        return self.leader is not None and self.leader.leads

    @property
    def config(self) -> StudyConfig:
        """The study file's configuration."""
        return self.file.config

    @property
    def stages(self) -> Iterator[Stage]:
        """The search, then the comparison."""
        yield Stage(self.study.epochs, self.study.attempts, list(self.study))
        yield Stage(self.comparison.epochs, self.comparison.attempts, list(self.comparison.every()))

    @property
    def checkpoint_folder(self) -> Path:
        """The folder of the study's checkpoints, in the working directory."""
        return ARTIFACTS / self.config.name

    def checkpoint(self, trial: Trial) -> Path:
        """The path of a trial's checkpoint; the file need not exist."""
        return self.checkpoint_folder / f"{trial.stage}-{trial.number}{SUFFIX}"


@contextmanager
def read_state(file: StudyFile, dataset: Dataset, last: Leader | None) -> Iterator[StudyState]:
    """The state of a study. `last`: its `last_leader`, from before the doctor itself took the lease.

    Raises ServiceUnavailable when the ledger cannot be opened, StudyUnknown when the study is not in it, StudyChanged.
    """
    with Study.read(file.config, dataset) as study:
        trials = rows(file.config.storage, file.config.name)
        yield StudyState(file, study, study.comparison_runs(seeds(study)), trials, last, _mlflow(file.config))


def last_leader(config: StudyConfig) -> Leader | None:
    """The launcher that leads the study or led it last. Raises StudyUnknown, or ServiceUnavailable for the ledger."""
    if not database.exists(config.storage):
        raise _unknown(config)
    engine = sa.create_engine(config.storage)
    try:
        if not sa.inspect(engine).has_table("sweep_epochs"):  # opening the ledger would create its tables
            raise _unknown(config)
        return leader(engine, config.name)
    except sa.exc.SQLAlchemyError as error:
        raise database.unavailable(config.storage, error) from None
    finally:
        engine.dispose()


def missing_epochs(epochs: EpochReader, run: Run) -> list[int]:
    """The epochs of a run that the ledger does not have: gaps, and the end of a complete run."""
    recorded = {report.epoch for report in epochs.of(run.trial.number)}
    is_whole = run.outcome.state == "complete" and run.outcome.reused_from is None
    whole = int(run.outcome.metrics.get(EPOCHS_TRAINED, run.trial.spec.epochs))  # a trial with patience has fewer
    count = whole if is_whole else max(recorded, default=-1) + 1
    return [epoch for epoch in range(count) if epoch not in recorded]


def called(trial: Trial) -> str:
    """A trial's name in findings: `trial 3` of the search, `comparison run 3` of the comparison."""
    return f"trial {trial.number}" if trial.stage == "search" else f"comparison run {trial.number}"


def seeds(study: StudyReader) -> int:
    """How many seeds the study file compares with; 0 where it compares nothing."""
    settings = study.config.compare
    return settings.seeds if settings else 0


def _unknown(config: StudyConfig) -> StudyUnknown:
    where = redact.address(config.storage)
    return StudyUnknown(f"{config.name!r} is not in the ledger {where}: it has not been launched")


def _mlflow(config: StudyConfig) -> View | str:
    try:
        return View(config.tracking, config.name)
    except ServiceUnavailable as error:
        return str(error)
