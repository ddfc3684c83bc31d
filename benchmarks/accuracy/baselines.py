"""The product's own baselines, on the same rows: what it shows beside its models, fitted again in a quiet moment."""

import time
from collections.abc import Mapping

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.accuracy.forecasts import Forecasts, check
from benchmarks.accuracy.origins import Origins
from sweep.config.preflight import values
from sweep.config.study_file import StudyFile
from workers.baselines.learned import LEARNED, material_of
from workers.data.baselines import baseline_forecasts


def run(file: StudyFile, origins: Origins, reported: Mapping[str, float]) -> dict[str, Forecasts]:
    """The forecasts of each baseline that applies, by name, each on one processor.

    file: the study's, whose longest window the learned ones may look at; reported: the rmse of each in the study.
    Raises RuntimeError where it is another one on these rows.
    """
    window = max(values(file.config, "window"))
    found = {**_naive(origins), **_learned(origins, window)}
    for name, forecasts in found.items():
        if name in reported:
            check(name, forecasts.rmse(origins.measured), reported[name])
    return found


def _naive(origins: Origins) -> dict[str, Forecasts]:
    dataset = origins.dataset
    each = baseline_forecasts(dataset.given, dataset.scored_timesteps(dataset.train))
    return {name: Forecasts(forecast(origins.timesteps)[:, 0] + origins.base, 0.0) for name, forecast in each.items()}


def _learned(origins: Origins, window: int) -> dict[str, Forecasts]:
    dataset, found = origins.dataset, {}
    for name, row in LEARNED.items():
        if not row.applies(dataset.timeline):
            continue
        began = time.perf_counter()
        with threadpool_limits(1):
            outputs = dataset.loss.outputs(row.fit(material_of(dataset, window))(origins.timesteps))
        took = time.perf_counter() - began
        values_of_target = dataset.loss.in_own_units(np.asarray(outputs), dataset.scaling)[:, 0]
        found[name] = Forecasts(values_of_target + origins.base, took)
    return found
