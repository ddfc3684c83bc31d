"""All that is measured of one table: every forecaster's errors on the same rows, and how long each took."""

import os
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks import machine
from benchmarks.accuracy import baselines, peers, study
from benchmarks.accuracy.forecasts import THIS, Forecasts
from benchmarks.accuracy.origins import Numbers, Origins, origins
from benchmarks.accuracy.series import Series
from sweep.comparison.mean_error import interval, mean_error
from sweep.comparison.scored_timesteps import ScoredTimesteps
from sweep.config import study_file

LEVEL = 0.95


class Asked(NamedTuple):
    """How much is measured: seconds that each may search and compare, and runs of what has seeds."""

    seconds: int
    runs: int


def measured(name: str, series: Series, asked: Asked) -> dict[str, Any] | None:
    """What the page says of a table; None where the table is not there. Prints how far it is."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as made:
        table = series.table(Path(made))
        if table is None:
            return None
        found, lacking, of = _run(name, series, table, Path(made), asked)
    return {
        "when": datetime.now(UTC).date().isoformat(),
        "machine": machine.described(),
        "code": machine.code(),
        "load": round(load, 1),
        "seconds": asked.seconds,
        **_facts(of),
        "lacking": lacking,
        "forecasts": {each: summary(runs, found[THIS], of.measured, of.place) for each, runs in found.items()},
    }


def _run(
    name: str, series: Series, table: Path, folder: Path, asked: Asked
) -> tuple[dict[str, list[Forecasts]], list[str], Origins]:
    """Every run of each, in turn; and what is left out, and why."""
    found: dict[str, list[Forecasts]] = {}
    lacking = [why] if (why := peers.lacking()) else []
    rows: Origins | None = None
    for seed in range(asked.runs):
        own = folder / str(seed)
        own.mkdir()
        _say(name, f"run {seed + 1} of {asked.runs}: a study of {asked.seconds} s")
        first = study.first_study(series, table, own)
        rows = rows or origins(own / study.STUDY)
        model, reported = study.run(table, series.target, own, rows, seed, asked.seconds)
        found.setdefault(THIS, []).append(Forecasts(model.numbers, first + model.seconds, model.said))
        if seed == 0:
            _say(name, "baselines")
            others = baselines.run(study_file.load(own / study.STUDY), rows, reported)
            found |= {each: [forecasts] for each, forecasts in others.items()}
        for each in () if peers.lacking() else peers.MODELS:
            _say(name, each)
            try:
                found.setdefault(each, []).append(peers.run(each, rows, own, seed, asked.seconds))
            except peers.Failed as error:
                lacking.append(str(error))
    assert rows is not None  # noqa: S101  (for mypy: there is one run at least)
    return {each: runs for each, runs in found.items() if runs}, lacking, rows


def _facts(of: Origins) -> dict[str, Any]:
    """Of the rows: how many there are, and which of the columns are known ahead."""
    return {
        "rows": len(of.level),
        "test_rows": len(of.timesteps),
        "inputs": 1 + of.inputs.shape[1],
        "known_ahead": list(of.known),
    }


def summary(
    runs: Sequence[Forecasts], own: Sequence[Forecasts], truth: Numbers, place: ScoredTimesteps
) -> dict[str, Any]:
    """The errors of each run, and how much more that of all of them together is than this product's.

    difference: of the rmse, as a part of this product's; low, high: its interval at 95 % by the luck of the test rows,
    none where these are too few to tell
    """
    other, this = (np.mean([(each.numbers - truth) ** 2 for each in some], axis=0) for some in (runs, own))
    apart = mean_error(other - this, place, "loss")
    low, high = interval(apart, LEVEL) if apart else (None, None)
    mean = float(this.mean())
    return {
        "rmse": [each.rmse(truth) for each in runs],
        "mae": [each.mae(truth) for each in runs],
        "seconds": [round(each.seconds, 1) for each in runs],
        "difference": relative(float(other.mean()) - mean, mean),
        "low": None if low is None else relative(low, mean),
        "high": None if high is None else relative(high, mean),
        "said": [dict(each.said) for each in runs],
    }


def relative(apart: float, mean: float) -> float:
    """How much larger an rmse is, as a part of one whose mean squared error is `mean`, from the difference of both."""
    return float((max(mean + apart, 0.0) / mean) ** 0.5 - 1)


def _say(name: str, what: str) -> None:
    print(f"{name}: {what}", flush=True)
