"""How long a small study waits for its first epoch, beside what no launch can do without, and how long it ends.

The floor is one process that imports Ray and TensorFlow, compiles the engine's program for one trial and trains an
epoch of it. A launch does that in workers of a cluster which it starts, and reads, checks and records beside it.
"""

import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np
from ruamel.yaml import YAML

from benchmarks.peers import workload
from benchmarks.sweeps import study

TRIALS = 4
RUNS = int(os.environ.get("RUNS", "5"))  # of each, in turn; their medians count
FLOOR = """
import ray, tensorflow
from benchmarks.worlds import record
from workers.engine import runtime
runtime.configure(1)
from workers.engine.training import Trainer
from workers.spec import TrialSpec
spec = TrialSpec(units={units}, window={window}, epochs=1, clip_norm=None)
print(Trainer(record({timesteps})).train(spec, 0, seconds=600.0).reports[0].timestamp)
"""


class Launched(NamedTuple):
    """Seconds from the command to the first epoch of a trial, and from the end of the last trial to the command's."""

    first_epoch: float
    end: float


def main() -> None:
    """Print the medians of both, and how many times as long as the floor a launch takes to its first epoch."""
    floors, launches = [], []
    for _ in range(RUNS):
        floors.append(floor())
        launches.append(launch())
    ratios = [launched.first_epoch / bare for launched, bare in zip(launches, floors, strict=True)]
    first, end = (statistics.median(seconds) for seconds in zip(*launches, strict=True))
    spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    print(f"{workload.WORKERS} workers, nothing compiled before, medians of {RUNS}\n")
    print("| | s | times as long |\n|---|---|---|")
    print(f"| Ray's and TensorFlow's imports, one program and one epoch | {statistics.median(floors):.1f} | 1 |")
    print(f"| a launch, to its first epoch | {first:.1f} | {spread} |")
    print(f"| a launch, from its last record to its end | {end:.1f} | |")


def floor() -> float:
    """Seconds from the start of a bare process to the end of its only epoch."""
    program = FLOOR.format(units=workload.UNITS, window=workload.WINDOW, timesteps=workload.TIMESTEPS)
    began = time.time()
    return float(_run([sys.executable, "-c", program], Path(__file__).parents[1])) - began


def launch() -> Launched:
    """A study of its own in a folder that is removed."""
    with tempfile.TemporaryDirectory() as folder:
        np.savez(Path(folder, "series.npz"), **workload.arrays())
        YAML().dump(study(TRIALS), Path(folder, "study.yaml"))
        began = time.time()
        _run([sys.executable, "-m", "sweep.launch", "study.yaml", "--json"], Path(folder))
        ended = time.time()
        with closing(sqlite3.connect(Path(folder, "sweep.db"))) as ledger:
            (first,) = ledger.execute("SELECT min(timestamp) FROM sweep_epochs").fetchone()
            (last,) = ledger.execute("SELECT max(ended) FROM sweep_attempts").fetchone()
    return Launched(first - began, ended - last)


def _run(command: list[str], folder: Path) -> str:
    """What a program prints."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment["SWEEP_CACHE"] = ""  # the bare process has none either
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise RuntimeError(f"{command} failed: {done.stderr[-2000:]}")
    return done.stdout
