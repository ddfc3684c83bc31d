"""A few rows such as a forecaster takes, from the training data or made up."""

from collections.abc import Mapping
from math import ceil
from types import MappingProxyType
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
    """The first rows of the training part; None where changes are forecast of what is no input, and so not kept.

    Where something is known ahead, rows follow that have nothing else.
    """
    start = int(dataset.train.start[np.argmax(dataset.train.lengths)])
    ahead = _ahead(recipe)
    stop = min(start + ROWS, int(dataset.timeline.stops[dataset.timeline.starts <= start][-1]) - ahead)
    scaled, scaling = dataset.timeline.features[start:stop], dataset.scaling
    if recipe.alphabet:
        return pd.DataFrame({"text": ["".join(recipe.alphabet[int(number)] for number in scaled[:, 0])]})
    inputs = (scaled * scaling.feature_scale + scaling.feature_mean).astype(np.float64)
    if recipe.group_scale:
        inputs = recipe.group_scale.before(inputs, _group_of(dataset, start))
    data = recipe.data
    if not isinstance(data, Table):
        return pd.DataFrame(inputs, columns=list(recipe.input_names))
    rows = _cells(recipe, inputs)
    if not set(data.needed_columns) <= set(rows):
        return None
    return rows[list(data.input_columns)].assign(**_when_and_whose(data, dataset, start, stop + ahead))


def made_up(recipe: Recipe) -> pd.DataFrame:
    """Rows that are in no data: the mean of each input throughout, and the commonest category, or the first one."""
    if recipe.alphabet:
        return pd.DataFrame({"text": [recipe.alphabet[:ROWS]]})
    means = np.tile(recipe.scaling.feature_mean, (ROWS, 1))
    if recipe.group_scale:
        means = recipe.group_scale.before(means, recipe.group_names[0])
    data = recipe.data
    if not isinstance(data, Table):
        return pd.DataFrame(means, columns=list(recipe.input_names))
    rows = _cells(recipe, means, dict.fromkeys(data.needed_columns, [0.0] * ROWS), typical=True)
    if data.when is not None:
        step = data.step or recipe.step_seconds or 1.0
        first = ceil(FIRST / step) * step if data.step else FIRST
        rows = rows.assign(**data.when.as_written(first + np.arange(len(rows)) * step))
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


def _ahead(recipe: Recipe) -> int:
    """By how many rows something is known ahead."""
    return recipe.horizon if any(entry.ahead for entry, _ in recipe.entries) else 0


def _cells(
    recipe: Recipe,
    inputs: NDArray[np.float64],
    usual: Mapping[str, list[Any]] = MappingProxyType({}),
    *,
    typical: bool = False,
) -> pd.DataFrame:
    """The columns of which these inputs (rows, n_inputs) are made; what is known ahead goes on for so many rows more.

    usual: the columns in order, and what they have where no input tells; typical: where inputs do not tell, cells like
    them
    """
    cells, later, horizon = dict[str, list[Any]](), dict[str, list[list[Any]]](), _ahead(recipe)
    for entry, numbers in recipe.entries:
        found = (
            entry.cells(inputs[:, numbers], recipe.categories)
            if typical or not (entry.reach or entry.durations)
            else {}
        )
        if not entry.ahead:
            cells = found | cells
            continue
        for name, values in found.items():
            later.setdefault(name, []).append(values)
    for name, of_each in later.items():  # of a column that is an input twice, those of the first
        cells[name] = _ahead_of(cells.get(name, []), dict(zip(recipe.steps, of_each, strict=False)))
    empty = [None] * horizon
    return pd.DataFrame({name: [*own, *empty][: len(inputs) + horizon] for name, own in {**usual, **cells}.items()})


def _ahead_of(now: list[Any], then: Mapping[int, list[Any]]) -> list[Any]:
    """The cells of a column, from what it is now and, by the rows of each horizon, what it is so many rows later.

    Its first rows, of which no forecast asks, are as now, where that is known, or alike.
    """
    found = list(now)
    for steps, values in then.items():
        found = [*found, *values[:1] * steps][:steps] + values
    return found


def _when_and_whose(data: Table, dataset: Dataset, start: int, stop: int) -> dict[str, Any]:
    timeline, found = dataset.timeline, dict[str, Any]()
    if data.when is not None and timeline.clock is not None:
        found |= data.when.as_written(timeline.clock[start:stop])
    if data.group_column is not None and timeline.groups is not None:
        found[data.group_column] = _group_of(dataset, start)
    return found


def _group_of(dataset: Dataset, timestep: int) -> str:
    """The name of a timestep's group, of data that have groups."""
    timeline = dataset.timeline
    assert timeline.groups is not None  # noqa: S101  (for mypy: the callers have seen to it)
    sequence = int(np.searchsorted(timeline.starts, timestep, side="right")) - 1
    return timeline.group_names[int(timeline.groups[sequence])]
