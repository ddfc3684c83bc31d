"""This product as its user has it: `sweep init`, a launch, and `sweep predict` with the recommended model."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.accuracy.forecasts import Forecasts, check
from benchmarks.accuracy.origins import Numbers, Origins
from benchmarks.accuracy.series import Series
from benchmarks.machine import ROOT
from sweep.config import study_file

STUDY, FORECAST = "study.yaml", "forecast.parquet"
SWEEP = [sys.executable, "-c", "import sys; from sweep.cli.main import main; sys.exit(main())"]
LAUNCH = [sys.executable, "-m", "sweep.launch"]
USUAL = ("cell", "units")  # fields of a trial that are shown beside those which the study file names
ELSEWHERE = ("MLFLOW_TRACKING_URI", "SWEEP_STORAGE")  # of the user's, where nothing of this is to go


def budget(seconds: int) -> dict[str, str]:
    """The fields that say how long a study may take: one half is the search's, the other the comparison's."""
    return {"budget.time": f"{seconds / 2:g}s", "compare.time": f"{seconds / 2:g}s"}


def first_study(series: Series, table: Path, folder: Path) -> float:
    """Write the study file into the folder, as `sweep init` has it; the seconds that it took."""
    asked = [str(table), "--target", series.target, "--horizon", str(series.horizon), "--no-input", "--out", STUDY]
    return _called([*SWEEP, "init", *asked], folder)[0]


def launched(folder: Path, seed: int, seconds: int) -> tuple[float, dict[str, Any]]:
    """Run the study in the folder, and what `--json` prints; with the seconds that it took."""
    fields = {"seed": str(seed), **budget(seconds)}
    changed = [part for name, value in fields.items() for part in ("--set", f"{name}={value}")]
    took, printed = _called([*LAUNCH, STUDY, *changed, "--json"], folder)
    return took, json.loads(printed.splitlines()[-1])


def forecast(folder: Path, table: Path, target: str, origins: Origins) -> Numbers:
    """(n,) what the recommended model forecasts from each origin, in the rows of `sweep predict`."""
    _called([*SWEEP, "predict", STUDY, str(table), "--out", FORECAST], folder)
    return of_timesteps(pd.read_parquet(folder / FORECAST), target, len(origins.level))[origins.timesteps]


def of_timesteps(given: pd.DataFrame, target: str, count: int) -> Numbers:
    """(time,) the forecast from each timestep, of what `sweep predict` writes for the rows of the file.

    A row that training drops has no forecast; the others, in the order of time, are the timesteps. Raises RuntimeError
    where they are not so many.
    """
    made = given[given[target].notna()]
    if "forecast_for" in made:
        made = made.iloc[np.argsort(pd.to_datetime(made.iloc[:, 0]), kind="stable")]
    if len(made) != count:
        raise RuntimeError(f"there are {len(made)} forecasts of {count} timesteps")
    return np.asarray(made[target], np.float64)


def run(
    table: Path, target: str, folder: Path, origins: Origins, seed: int, seconds: int
) -> tuple[Forecasts, Mapping[str, float]]:
    """The recommended model's forecasts, and the rmse of each baseline as the study reports it, by name.

    The study file is in the folder, as `first_study` writes it. Raises RuntimeError where forecasts do not have the
    error that the study reports of its model.
    """
    took, result = launched(folder, seed, seconds)
    model = result["deployed"]
    config = study_file.load(folder / STUDY).config
    shown = {*USUAL, *config.space, *config.trial.model_fields_set}
    chosen = {name: value for name, value in model["parameters"].items() if name in shown}
    said = {"trials": result["trials"]["complete"], "arm": model["arm"], "parameters": chosen}
    found = Forecasts(forecast(folder, table, target, origins), took, said)
    if model["test_score"] is not None:
        check(f"the model of {result['study']}", found.rmse(origins.measured), model["test_score"] ** 0.5)
    return found, {name: row["rmse"] for name, row in result["metrics"].items() if name in result["baselines"]}


def _called(command: list[str], folder: Path) -> tuple[float, str]:
    """The seconds that a command takes in the folder, and what it prints. Raises RuntimeError where it fails."""
    own = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
    own |= {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3", "SWEEP_CACHE": str(folder / "compiled")}
    began = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=own, capture_output=True, text=True, check=False)  # noqa: S603
    took = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(f"{command} failed: {done.stderr[-2000:]}")
    return took, done.stdout
