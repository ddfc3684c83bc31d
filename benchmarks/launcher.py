"""What a launcher spends on a trial: the real scheduler, ledger and checkpoints, and workers that only pretend.

Training takes no time here, so all of it is the launcher's: with 500 workers whose trials take 10 s, none ever waits
where a trial costs less than 20 ms. Random search draws at once; what TPE takes longer is Optuna's. Ledgers are files
of SQLite, and databases of a PostgreSQL too where LEDGER has its address: postgresql+psycopg://user@host/name.
"""

import multiprocessing
import os
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import chdir
from pathlib import Path
from typing import NamedTuple

import psutil
from typing_extensions import override

from benchmarks.worlds import record
from sweep.config import study_file
from sweep.core.trials import Outcome, Trial
from sweep.execution.checkpoint_files import Checkpoints
from sweep.execution.fakes import FakeTrainer
from sweep.execution.in_process import InProcessPool
from sweep.execution.protocols import Callback
from sweep.execution.scheduler import Scheduler
from sweep.study import Study
from sweep.study.storage.lease import Lease

SQLITE = "sqlite:///sweep.db"
EPOCHS = 20
EPOCHS_A_SEGMENT = 5
STUDY = """
name: benchmark
data: {kind: task, name: lag_copy, lag: 3, length: 4000, seed: 0}  # a stand-in: the benchmark brings its own
trial: {window: 20}
space:
  stateful: [true, false]
  reset_policy: [every_epoch, every_n_batches, never]
  reset_interval: {low: 2, high: 32, log: true}
  cell: [LSTM, GRU]
  learning_rate: {low: 1e-4, high: 1e-2, log: true}
"""


class Case(NamedTuple):
    """A study: its sampler, how many trials it has, how many workers, and the address of its ledger."""

    sampler: str
    trials: int
    workers: int
    ledger: str = SQLITE


class Pace(NamedTuple):
    """Milliseconds of a trial in the study's first and last tenth, and by how many MB the launcher grew."""

    first: float
    last: float
    megabytes: float


CASES = (
    *(Case("random", *size) for size in ((100, 2), (1_000, 2), (1_000, 50), (1_000, 500), (5_000, 50), (10_000, 500))),
    *(Case("tpe", *size) for size in ((100, 2), (1_000, 50))),
)

HEADER = (
    "| ledger | sampler | trials | workers | ms, first tenth | last tenth | MB more |\n|---|---|---|---|---|---|---|"
)


def main() -> None:
    """Print the pace of each case, each in a process of its own."""
    spawn = multiprocessing.get_context("spawn")
    away = os.environ.get("LEDGER")
    cases = [*CASES, *(case._replace(ledger=away) for case in CASES if away)]
    print(HEADER)
    with ProcessPoolExecutor(1, spawn, max_tasks_per_child=1) as process:
        for case, pace in zip(cases, process.map(measure, cases), strict=True):
            ledger = "SQLite" if case.ledger == SQLITE else "PostgreSQL"
            what = f"| {ledger} | {case.sampler} | {case.trials:,} | {case.workers} "
            print(f"{what}| {pace.first:.1f} | {pace.last:.1f} | {pace.megabytes:.0f} |", flush=True)


def measure(case: Case) -> Pace:
    """The pace of one study, in a folder that is removed."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        Path("study.yaml").write_text(STUDY)
        name = f"{case.sampler}-{case.trials}-{case.workers}"  # those of one PostgreSQL stand beside each other
        fields = [f"name={name}", f"storage={case.ledger}", f"sampler={case.sampler}"]
        fields += [f"budget.trials={case.trials}", f"trial.epochs={EPOCHS}"]
        config = study_file.load(Path("study.yaml"), fields).config
        lease = Lease(config.storage, config.name)
        lease.acquire()
        try:
            with Study.open(config, record(6_400), lease) as study:
                return _search(study, case)
        finally:
            lease.release()


class _Ends(Callback):
    """Notes when each trial ended."""

    def __init__(self) -> None:
        self.times = [time.perf_counter()]

    @override
    def on_trial_end(self, trial: Trial, outcome: Outcome) -> None:
        self.times.append(time.perf_counter())


def _search(study: Study, case: Case) -> Pace:
    pool = InProcessPool([FakeTrainer(EPOCHS_A_SEGMENT, study.objective)] * case.workers)
    checkpoints = Checkpoints(study.config.name, study.objective)
    memory, ends = psutil.Process().memory_info().rss, _Ends()
    Scheduler(study, pool, study.objective, [ends], checkpoints=checkpoints).run()
    grown = (psutil.Process().memory_info().rss - memory) / 1e6
    tenth = case.trials // 10
    first, last = (1e3 * (part[-1] - part[0]) / tenth for part in (ends.times[: tenth + 1], ends.times[-tenth - 1 :]))
    return Pace(first, last, grown)
