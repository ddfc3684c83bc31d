"""What a deployed model is made of, as files; without Keras, so that whoever sends them needs none."""

from typing import NamedTuple

import pandas as pd

RECIPE, WEIGHTS, KERAS_FILE = "recipe.json", "weights.npz", "model.keras"
FILES = (RECIPE, WEIGHTS)  # those of the forecaster; the Keras model is for those who want it bare


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
