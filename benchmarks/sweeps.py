"""A whole sweep against what one would run instead: the same trials, from a process's start to its end."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from ruamel.yaml import YAML

from benchmarks.peers import workload

PEERS = {
    "Ray Tune, as documented": ["benchmarks.peers.ray_tune"],
    "Ray Tune, tuned": ["benchmarks.peers.ray_tune", "--tuned"],
    "Optuna, n_jobs": ["benchmarks.peers.optuna_jobs"],
    "Keras, one after another": ["benchmarks.peers.keras_loop"],
}
OURS, CACHED = "this", "this, compiled before"
SLOW = ("Ray Tune, as documented", "Keras, one after another")  # run at the fewest trials alone
CHOSEN = os.environ.get("PEERS", "")  # parts of the names of those to run, with commas; all by default
RUNS = int(os.environ.get("RUNS", "3"))  # of each, in turn; their median counts
HEADER = "| | wall, s | a trial, s | times as long |\n|---|---|---|---|"


class Run(NamedTuple):
    """Seconds from the start of a process to its end, and how many trials it has trained."""

    seconds: float
    trials: int


def main() -> dict[int, dict[str, list[float]]]:
    """Print the wall time of each, and how many times ours it takes, at each number of trials; each run's seconds.

    The second table is of what a further trial takes, where there are two numbers of trials or more.
    """
    found = {}
    for trials in workload.SIZES:
        found[trials] = measure(trials)
        size = f"{workload.EPOCHS} epochs of {workload.TIMESTEPS:,} timesteps"
        print(f"{trials} trials of {size}, {workload.WORKERS} workers, medians of {RUNS}\n\n{HEADER}")
        for name, walls in found[trials].items():
            ratios = [a / b for a, b in zip(walls, found[trials][OURS], strict=True)]
            spread = (
                f"{statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})" if name != OURS else "1"
            )
            wall = statistics.median(walls)
            print(f"| {name} | {wall:.0f} | {wall / trials:.2f} | {spread} |", flush=True)
        print()
    if len(found) > 1:
        _print_slopes(found)
    return found


def _print_slopes(found: dict[int, dict[str, list[float]]]) -> None:
    """What a further trial takes, from the fewest to the most trials."""
    few, many = min(found), max(found)
    print(f"A further trial, from {few} to {many}:\n\n| | s | times as long |\n|---|---|---|")
    medians = {name: [statistics.median(found[trials][name]) for trials in (few, many)] for name in found[many]}
    slopes = {name: (last - first) / (many - few) for name, (first, last) in medians.items()}
    for name, slope in slopes.items():
        print(f"| {name} | {slope:.2f} | {slope / slopes[OURS]:.1f} |")
    print()


def measure(trials: int) -> dict[str, list[float]]:
    """Seconds of each run of each, in turn so that all see the same machine."""
    with tempfile.TemporaryDirectory() as compiled:
        ours_of = {OURS: "", CACHED: compiled}
        runners: dict[str, Callable[[Path], Run]] = {
            name: partial(ours, trials=trials, compiled=folder) for name, folder in ours_of.items()
        }
        runners |= {name: partial(peer, line=PEERS[name], trials=trials) for name in _chosen(trials)}
        with tempfile.TemporaryDirectory() as folder:
            ours(Path(folder), trials, compiled)  # an earlier study, which leaves what it has compiled
        found: dict[str, list[float]] = {name: [] for name in runners}
        for _ in range(RUNS):
            for name, run in runners.items():
                with tempfile.TemporaryDirectory() as folder:
                    seconds, trained = run(Path(folder))
                if trained != trials:
                    raise RuntimeError(f"{name} has trained {trained} trials of {trials}")
                found[name].append(seconds)
    return found


def _chosen(trials: int) -> list[str]:
    """Who is run at so many trials."""
    named = [name for name in PEERS if not CHOSEN or any(part in name for part in CHOSEN.split(","))]
    return [name for name in named if trials == min(workload.SIZES) or name not in SLOW]


def ours(folder: Path, trials: int, compiled: str) -> Run:
    """A study that enqueues the configurations. It scores each epoch on a validation split too, which no peer does.

    compiled: the folder with what is compiled; empty: one of this study's own, in which there is nothing at first
    """
    np.savez(folder / "series.npz", **workload.arrays())
    YAML().dump(study(trials), folder / "study.yaml")
    command = [sys.executable, "-m", "sweep.launch", "study.yaml", "--json"]
    seconds, told = _timed(command, folder, SWEEP_CACHE=compiled or str(folder / "compiled"))
    return Run(seconds, told["trials"]["complete"] - told["trials"]["reused"])


def peer(folder: Path, line: list[str], trials: int) -> Run:
    """One of the programs in benchmarks/peers."""
    seconds, told = _timed([sys.executable, "-m", *line, str(trials)], folder)
    return Run(seconds, told["trials"])


def study(trials: int) -> dict[str, object]:
    """The study file's fields."""
    enqueue = [_as_trial(i, each) for i, each in enumerate(workload.configurations(trials))]
    return {
        "name": "benchmark",
        "budget": {"trials": trials},
        "workers": {"count": workload.WORKERS},
        "data": {"kind": "arrays", "path": "series.npz", "split": {"validation": workload.HELD_OUT, "test": 0}},
        "trial": {"units": workload.UNITS, "window": workload.WINDOW, "epochs": workload.EPOCHS, "clip_norm": None},
        "enqueue": enqueue,
        "compare": None,
    }


def _as_trial(number: int, each: workload.Configuration) -> dict[str, object]:
    handling: dict[str, object] = {"stateful": each.stateful}
    handling |= {"reset_policy": each.reset} if each.stateful else {"shuffle": False}
    rest = {"cell": each.cell, "batch_size": each.batch_size, "learning_rate": each.learning_rate}
    return {"name": f"n{number}", **handling, **rest}


def _timed(command: list[str], folder: Path, **variables: str) -> tuple[float, dict[str, Any]]:
    root = str(Path(__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": root, "TF_CPP_MIN_LOG_LEVEL": "3", **variables}
    began = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    seconds = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(f"{command} failed: {done.stderr[-2000:]}")
    return seconds, json.loads(done.stdout.splitlines()[-1])
