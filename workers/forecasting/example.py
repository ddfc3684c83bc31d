"""A few rows such as a forecaster takes, from the training data or made up."""

from math import ceil
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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
    data = recipe.data
    if not isinstance(data, Table):
        return pd.DataFrame(inputs, columns=list(recipe.input_names))
    rows = _cells(recipe, inputs)
    if not set(data.needed_columns) <= set(rows):
        return None
    return rows[list(data.input_columns)].assign(**_when_and_whose(data, dataset, start, stop))


def made_up(recipe: Recipe) -> pd.DataFrame:
    """Rows that are in no data: the mean of each input throughout, and the commonest category."""
    if recipe.alphabet:
        return pd.DataFrame({"text": [recipe.alphabet[:ROWS]]})
    means = np.tile(recipe.scaling.feature_mean, (ROWS, 1))
    data = recipe.data
    if not isinstance(data, Table):
        return pd.DataFrame(means, columns=list(recipe.input_names))
    cells = _cells(recipe, means, typical=True)
    rows = pd.DataFrame({name: cells.get(name, 0.0) for name in data.needed_columns}, index=range(ROWS))
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
    texts = [one.column for one in data.categorical]
    return {
        **dict.fromkeys(data.labels, "any"),
        **dict.fromkeys(data.needed_columns, written),
        **dict.fromkeys(texts, "any"),
    }


def _cells(recipe: Recipe, inputs: NDArray[np.float64], *, typical: bool = False) -> pd.DataFrame:
    """The columns of which these inputs (rows, n_inputs) are made; typical: where they do not tell, cells like them."""
    cells = dict[str, list[Any]]()
    for entry, numbers in recipe.entries:
        if typical or not entry.reach:
            cells = entry.cells(inputs[:, numbers], recipe.categories) | cells
    return pd.DataFrame(cells, index=range(len(inputs)))


def _when_and_whose(data: Table, dataset: Dataset, start: int, stop: int) -> dict[str, Any]:
    timeline, found = dataset.timeline, dict[str, Any]()
    if data.when is not None and timeline.clock is not None:
        found |= data.when.as_written(timeline.clock[start:stop])
    if data.group_column is not None and timeline.groups is not None:
        sequence = int(np.searchsorted(timeline.starts, start, side="right")) - 1
        found[data.group_column] = timeline.group_names[timeline.groups[sequence]]
    return found
