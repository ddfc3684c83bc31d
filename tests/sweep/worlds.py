"""A study in a folder of its own, with pretended training."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine

from sweep.config.study_file import load
from sweep.execution.fakes import FakeTrainer
from sweep.execution.in_process import InProcessPool
from sweep.execution.protocols import Callback
from sweep.execution.scheduler import Scheduler
from sweep.study import Study
from tests.workers.worlds import regression
from workers.data.dataset import Dataset

STUDY = """
name: small
seed: 1
budget: {trials: 12}
storage: sqlite:///%s/sweep.db
data: {kind: task, name: lag_copy, lag: 3, length: 4000, seed: 0}
trial: {epochs: 5, window: 5}
space:
  stateful: [true, false]
  reset_policy: [every_batch, every_epoch, never]
  cell: [LSTM, GRU]
  learning_rate: {low: 1e-4, high: 1e-2, log: true}
compare: none
"""
RECORD: Dataset = regression((400,))


def study_file(folder: Path, text: str = STUDY) -> Path:
    """A study file in the folder, whose databases lie there too."""
    path = folder / "study.yaml"
    path.write_text(text % folder if "%s" in text else text)
    return path


class NoLease:
    """Write access without a lease, for studies that one test alone writes to."""

    def check_commits(self, engine: Engine) -> None:
        """Permit each commit."""


def open_study(folder: Path, *overrides: str, text: str = STUDY) -> Study:
    """The study, created or continued."""
    return Study.open(load(study_file(folder, text), overrides).config, RECORD, NoLease())


def run(study: Study, trainers: Sequence[Any] = (), callbacks: Sequence[Callback] = (), **options: Any) -> Scheduler:
    """Run a study to its end on workers in this process."""
    pool = InProcessPool(trainers or [FakeTrainer()])
    scheduler = Scheduler(study, pool, study.objective, callbacks, **options)
    scheduler.run()
    return scheduler
