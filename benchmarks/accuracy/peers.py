"""NeuralForecast's automatic models, each in a process of an environment of their own."""

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.accuracy.forecasts import Forecasts
from benchmarks.accuracy.origins import ROW, Numbers, Origins
from benchmarks.machine import ROOT

PYTHON = ROOT / ".venv-accuracy" / "bin" / "python"
PROGRAM = ROOT / "benchmarks" / "peers" / "neuralforecast_auto.py"
MODELS = ("AutoGRU", "AutoLSTM")
TASK, FRAME, FOUND = "task.json", "series.parquet", "found.parquet"
CUTOFF = "cutoff"  # of what cross_validation returns: the last row that a forecast saw


class Failed(RuntimeError):
    """A model that ended with an error, whose last line this repeats."""


def lacking() -> str:
    """What is to be done where NeuralForecast is not installed; empty where it is."""
    return "" if PYTHON.exists() else "NeuralForecast is not installed: make accuracy installs it"


def task(model: str, origins: Origins, seed: int, seconds: int) -> dict[str, Any]:
    """What the program is told: the model, the split in rows, and which columns are known ahead."""
    validation, test = origins.begins
    count = len(origins.level)
    return {
        "model": model,
        "horizon": origins.horizon,
        "validation": test - validation,
        "test": count - test,
        "past": [name for name in origins.inputs if name not in origins.known],
        "ahead": list(origins.known),
        "seed": seed,
        "seconds": seconds,
    }


def run(model: str, origins: Origins, folder: Path, seed: int, seconds: int) -> Forecasts:
    """The forecasts of one model, which may search for so many seconds. Raises Failed."""
    origins.frame().to_parquet(folder / FRAME)
    (folder / TASK).write_text(json.dumps(task(model, origins, seed, seconds)))
    began = time.perf_counter()
    command = [str(PYTHON), str(PROGRAM), str(folder)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    took = time.perf_counter() - began
    if done.returncode:
        print(done.stderr)
        raise Failed(f"{model} failed: {(done.stderr.strip().splitlines() or ['without a word'])[-1]}")
    found = pd.read_parquet(folder / FOUND)
    return Forecasts(at_origins(found, model, origins), took, json.loads(done.stdout.splitlines()[-1]))


def at_origins(found: pd.DataFrame, model: str, origins: Origins) -> Numbers:
    """(n,) of all that cross_validation returns, what is forecast from each origin for the row at the horizon.

    Raises RuntimeError where a row has no forecast.
    """
    ahead = found[found[ROW] - found[CUTOFF] == origins.horizon].set_index(CUTOFF)[model]
    values = np.asarray(ahead.reindex(origins.timesteps), np.float64)
    if np.isnan(values).any():
        raise RuntimeError(f"{model} has no forecast from {int(np.isnan(values).sum())} of {len(values)} rows")
    return values
