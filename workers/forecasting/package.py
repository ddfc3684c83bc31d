"""A deployed model as files, and the trial that it is made of; without Keras, so that whoever sends them needs none."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workers.data.sources import DataConfig
from workers.spec import TrialSpec

RECIPE, WEIGHTS = "recipe.json", "weights.npz"
FILES = (RECIPE, WEIGHTS)  # those of the forecaster
BATCH, STREAMING = "batch.keras", "streaming.keras"  # the bare network, for those who want to feed it themselves


def networks(spec: TrialSpec) -> tuple[str, ...]:
    """The files of a trial's bare networks: what is read both ways can carry no state from call to call."""
    return (BATCH,) if spec.bidirectional else (BATCH, STREAMING)


class MeanError(NamedTuple):
    """The mean of what decides over some rows, and how much of it is the luck of those rows.

    metric    the objective's, such as loss or accuracy: see workers.data.losses.Loss.deciding
    variance  of the mean
    freedom   the degrees of freedom with which the variance is known
    """

    metric: str
    mean: float
    variance: float
    freedom: float


class FinishedTrial(NamedTuple):
    """What a deployed model is made of, beside the data.

    study   its name
    spec    canonical
    data    the study file's section
    scores  of the run, by MLflow's names
    test    its error on the test split, with the luck of the rows there; none without one
    """

    study: str
    spec: TrialSpec
    data: DataConfig
    checkpoint: bytes
    scores: Mapping[str, float] = {}
    test: MeanError | None = None


Span = tuple[int, int]  # the first timestep of a stretch, and the one past its last, both of one sequence


class Forecast(NamedTuple):
    """What is forecast of a stretch.

    values  (timesteps, n_outputs) in the units of the timeline's targets
    resets  (timesteps,) bool, whether the state is reset before the timestep
    """

    values: NDArray[np.float64]
    resets: NDArray[np.bool_]


class Package(NamedTuple):
    """A deployed model as files by their names, and what it takes and gives.

    takes    the columns of rows, and their types: see workers.forecasting.example.columns
    gives    the columns of a forecast
    example  rows of the data, such as it takes; none where there are none
    made_up  rows such as it takes, that are in no data
    """

    files: dict[str, bytes]
    takes: dict[str, str]
    gives: list[str]
    example: pd.DataFrame | None
    made_up: pd.DataFrame
