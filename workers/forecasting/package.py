"""What a deployed model is made of, as files; without Keras, so that whoever sends them needs none."""

from typing import NamedTuple

import pandas as pd

RECIPE, WEIGHTS = "recipe.json", "weights.npz"
FILES = (RECIPE, WEIGHTS)  # those of the forecaster
BATCH, STREAMING = "batch.keras", "streaming.keras"  # the bare network, for those who want to feed it themselves


class Package(NamedTuple):
    """A deployed model as files by their names, and what it takes and gives.

    takes    the columns of rows, and their types: see workers.forecasting.example.columns
    gives    the columns of a forecast
    example  rows such as it takes; none where there are none
    """

    files: dict[str, bytes]
    takes: dict[str, str]
    gives: list[str]
    example: pd.DataFrame | None
