"""A few rows such as a forecaster takes, from the training data or made up."""

from math import ceil
from typing import Any

import numpy as np
import pandas as pd

from workers.data.dataset import Dataset
from workers.data.sources.table import Table
from workers.forecasting.given import SEQUENCE
from workers.forecasting.recipe import Recipe

ROWS = 5
FIRST = 946_684_800.0  # 2000-01-01, in seconds since 1970: of rows that are made up


def example(recipe: Recipe, dataset: Dataset) -> pd.DataFrame | None:
    """The first rows of the training part; None where changes are forecast of what is no input, and so not kept."""
    start = int(dataset.train.start[np.argmax(dataset.train.lengths)])
    stop = min(start + ROWS, int(dataset.timeline.stops[dataset.timeline.starts <= start][-1]))
    scaled, scaling = dataset.timeline.features[start:stop], dataset.scaling
    if recipe.alphabet:
        return pd.DataFrame({"text": ["".join(recipe.alphabet[int(number)] for number in scaled[:, 0])]})
    inputs = (scaled * scaling.feature_scale + scaling.feature_mean).astype(np.float64)
    rows = pd.DataFrame(inputs, columns=list(recipe.input_names))
    data = recipe.data
    if not isinstance(data, Table):
        return rows
    if not set(data.forecast_from) <= set(rows):
        return None
    return rows[list(data.input_columns)].assign(**_when_and_whose(data, dataset, start, stop))


def made_up(recipe: Recipe) -> pd.DataFrame:
    """Rows that are in no data: the mean of each input throughout."""
    if recipe.alphabet:
        return pd.DataFrame({"text": [recipe.alphabet[:ROWS]]})
    means = dict(zip(recipe.input_names, recipe.scaling.feature_mean.tolist(), strict=True))
    data = recipe.data
    if not isinstance(data, Table):
        return pd.DataFrame(means, index=range(ROWS))
    rows = pd.DataFrame({name: means.get(name, 0.0) for name in data.forecast_from}, index=range(ROWS))
    if data.when is not None:
        step = data.step or recipe.step_seconds or 1.0
        first = ceil(FIRST / step) * step if data.step else FIRST
        rows = rows.assign(**data.when.as_written(first + np.arange(ROWS) * step))
    return rows if data.group_column is None else rows.assign(**{data.group_column: recipe.group_names[0]})


def columns(recipe: Recipe) -> dict[str, str]:
    """The columns that a forecaster takes, and of what type: double, string, long (may be left out), or any."""
    if recipe.alphabet:
        return {"text": "string"}
    data = recipe.data
    if not isinstance(data, Table):
        return {**dict.fromkeys(recipe.input_names, "double"), SEQUENCE: "long"}
    written = "any" if data.missing and data.missing.values else "double"  # noqa: PD011  (of no frame)
    return {**dict.fromkeys(data.labels, "any"), **dict.fromkeys(data.forecast_from, written)}


def _when_and_whose(data: Table, dataset: Dataset, start: int, stop: int) -> dict[str, Any]:
    timeline, found = dataset.timeline, dict[str, Any]()
    if data.when is not None and timeline.clock is not None:
        found |= data.when.as_written(timeline.clock[start:stop])
    if data.group_column is not None and timeline.groups is not None:
        sequence = int(np.searchsorted(timeline.starts, start, side="right")) - 1
        found[data.group_column] = timeline.group_names[timeline.groups[sequence]]
    return found
