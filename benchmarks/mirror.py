"""What MLflow costs training: the same study without it, and with it healthy, hanging, and away."""

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from typing_extensions import override

from benchmarks.worlds import record
from sweep.config import study_file
from sweep.core.trials import Outcome, Trial
from sweep.execution.in_process import InProcessPool
from sweep.execution.protocols import Callback
from sweep.execution.scheduler import Scheduler
from sweep.study import Study
from sweep.tracking import mirror
from sweep.tracking.mirror import Mirror
from sweep.tracking.recorder import Recorder
from tests.sweep.proxy import Mode, Proxy
from tests.sweep.tracking_server import TrackingServer
from tests.sweep.worlds import NoLease
from workers.engine import runtime
from workers.engine.training import Trainer
from workers.spec import EpochReport

ROUNDS = 11
STATES: dict[str, Mode | None] = {"no MLflow": None, "healthy": "pass", "hanging": "hang", "away": "refuse"}
STUDY = """
name: benchmark
budget: {trials: 12}
sampler: random
data: {kind: task, name: lag_copy, lag: 3, length: 4000, seed: 0}  # a stand-in: the benchmark brings its own
trial: {cell: GRU, batch_size: 16, window: 20, epochs: 10, reset_policy: every_epoch}
space: {learning_rate: {low: 1e-4, high: 1e-2, log: true}}
compare: none
"""


def main() -> None:
    """Print the median seconds of a study of 12 trials of 10 epochs in each state, and those spent on MLflow."""
    runtime.configure(threads=1)
    with tempfile.TemporaryDirectory() as folder:
        server = TrackingServer(Path(folder), f"sqlite:///{folder}/mlflow.db")
        server.start()
        try:
            _compare(Bench(Path(folder), server))
        finally:
            server.stop()


def _compare(bench: "Bench") -> None:
    bench.measure(None)  # the first compiles
    rounds = [{name: bench.measure(mode) for name, mode in STATES.items()} for _ in range(ROUNDS)]
    for name in STATES:
        study, told = (statistics.median(took[name][part] for took in rounds) for part in (0, 1))
        ratios = sorted(took[name][0] / took["no MLflow"][0] for took in rounds)
        middle = f"{statistics.median(ratios):.3f} ({ratios[0]:.3f} to {ratios[-1]:.3f})"
        print(f"{name:>10}: {study:.2f} s a study, {middle} of that without MLflow; {1e3 * told:.1f} ms to tell of it")


class Stopwatch(Callback):
    """Measures for how many seconds a callback keeps the scheduler."""

    def __init__(self, callback: Callback) -> None:
        self.seconds = 0.0
        self._callback = callback

    @override
    def on_trial_start(self, trial: Trial) -> None:
        self._time(self._callback.on_trial_start, trial)

    @override
    def on_epochs_end(self, trial: Trial, reports: Sequence[EpochReport]) -> None:
        self._time(self._callback.on_epochs_end, trial, reports)

    @override
    def on_trial_end(self, trial: Trial, outcome: Outcome) -> None:
        self._time(self._callback.on_trial_end, trial, outcome)

    def _time(self, call: Callable[..., None], *arguments: Any) -> None:
        began = time.perf_counter()
        call(*arguments)
        self.seconds += time.perf_counter() - began


class Bench:
    """One trainer, warm, for study after study."""

    def __init__(self, folder: Path, server: TrackingServer) -> None:
        self._folder, self._server = folder, server
        self._dataset = record(6_400)
        self._trainer = Trainer(self._dataset)
        self._studies = 0

    def measure(self, mode: Mode | None) -> tuple[float, float]:
        """Seconds from the study's first trial to its last with MLflow in this state, and of these in the mirror."""
        proxy = Proxy(self._server.port)
        self._studies += 1
        path = self._folder / "study.yaml"
        path.write_text(STUDY)
        name, ledger = f"name=benchmark-{self._studies}", f"storage=sqlite:///{self._folder}/{self._studies}.db"
        file = study_file.load(path, [name, ledger, f"tracking={proxy.address}"])
        study = Study.open(file.config, self._dataset, NoLease())
        recorder = Recorder(file.config.tracking, mirror.card(file, self._dataset))
        recorder.open(study.began)
        proxy.mode = mode or "pass"
        watch = Stopwatch(Mirror(study, recorder) if mode else Callback())
        began = time.perf_counter()
        Scheduler(study, InProcessPool([self._trainer]), study.objective, [watch]).run()
        took = time.perf_counter() - began
        recorder.close(timeout=0)
        proxy.close()
        return took, watch.seconds
