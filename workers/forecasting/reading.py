"""Reads what a forecast is asked for, as the training data were read; a reader for each kind of input."""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from typing_extensions import override

from workers.data.sources.table import Table
from workers.data.sources.tabular.horizon import Ahead
from workers.data.sources.tabular.missing import fill_forward
from workers.data.sources.tabular.rows import Rows
from workers.data.transforms import learnt
from workers.forecasting.given import (
    SEQUENCE,
    SOURCE,
    documents_of,
    frame_of,
    numbered_frame,
    numbers_of,
    sequences_of,
)
from workers.forecasting.missing_ahead import missing_ahead
from workers.forecasting.recipe import Recipe
from workers.forecasting.remembered import (
    after_last,
    after_waiting,
    refuse_the_past,
    remembered,
    untold,
)
from workers.forecasting.unlike import Unlike, other_steps, strange_groups

ONLY = ""  # the group of data without groups
FORECAST_FOR = "forecast_for"  # the column of the time that is forecast


@dataclass(frozen=True)
class Given:
    """The timesteps to forecast from, each group's together and in order.

    features  (n, n_inputs) in their own units; of text (n, 1) positions in the alphabet
    groups    (n,) the group of each
    begins    (n,) bool, whether it begins another sequence than the group's timestep before
    row       (n,) the row of what was given that it comes from; of rows that were resampled, which of these it is
    base      (n, n_targets) what is added to the network's outputs; none: nothing
    spreads   (n, n_targets) what they are multiplied with before; none: nothing
    labels    what tells the rows given apart, all of them in their order; of rows that were resampled, those of these
    memory    what the next rows are read with
    notes     what was mended, a sentence each
    unlike    what is unlike the training data
    lacking   which rows are needed where some have no forecast for want of what is known ahead; else empty
    """

    features: NDArray[np.float64]
    groups: NDArray[np.object_]
    begins: NDArray[np.bool_]
    row: NDArray[np.int64]
    labels: pd.DataFrame
    base: NDArray[np.float64] | None = None
    spreads: NDArray[np.float64] | None = None
    memory: Mapping[Hashable, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    unlike: tuple[Unlike, ...] = ()
    lacking: str = ""


class Reader(ABC):
    """How one kind of data is read."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe

    @abstractmethod
    def read(self, given: Any, memory: Mapping[Hashable, Any]) -> Given:
        """What was given, or the file at a path, after rows that left this memory. Raises DataError."""


def reader(recipe: Recipe) -> Reader:
    """The reader of a recipe's kind of data."""
    if recipe.alphabet:
        return TextReader(recipe)
    return TableReader(recipe) if isinstance(recipe.data, Table) else ArrayReader(recipe)


class TableReader(Reader):
    """Rows with the columns of the training table; targets may be left out, unless they are inputs."""

    @override
    def read(self, given: Any, memory: Mapping[Hashable, Any]) -> Given:
        table = self._table
        sheet = table.sheet_of(given if isinstance(given, Path) else frame_of(given, table.needed_columns), SOURCE)
        rows, names = table.known(sheet, self._recipe.time_reading, self._recipe.categories)
        groups = np.array(names or (ONLY,), object)
        pasts = {number: memory[name] for number, name in enumerate(groups) if name in memory}
        refuse_the_past(rows, sheet, pasts)
        came = table.ordered(after_waiting(rows, pasts), sheet)
        even = untold(table.even(came, sheet), pasts, table.step)
        found = table.mended(after_last(even, came, pasts), sheet)
        last = remembered(found.take(found.now), came, table.step, table.back)
        mended, values = fill_forward(found, len(found.names))
        begins = np.append(True, ~mended.continues)[: len(values)]
        lacking = missing_ahead(self._recipe, mended, groups)
        new = (mended.row >= 0) & mended.now & ~lacking.rows
        fresh, of_groups = mended.take(mended.row >= 0), groups[mended.owner[new]]
        cells, clock, row = sheet.columns[list(table.labels)], rows.clock, mended.row[new]
        if table.step is not None:
            cells, clock, fresh = _in_order_of_time(table, fresh, of_groups)
            row = fresh.row
        base, spreads = self._added(values[new], of_groups)
        features = table.features(mended, values, self._recipe.categories, self._recipe.steps)[new]
        return Given(
            features=features if (scale := self._recipe.group_scale) is None else scale.features(features, of_groups),
            groups=of_groups,
            begins=begins[new],
            row=row,
            labels=_labels(table, cells, clock, fresh, self._recipe),
            base=base,
            spreads=spreads,
            memory=dict(memory) | {groups[number]: past for number, past in last.items()},
            notes=table.unknown(mended).notes,
            unlike=(
                *strange_groups(self._recipe, names),
                *other_steps(self._recipe, mended.clock, mended.continues),
                *([Unlike(("known ahead",), lacking.sentence)] if lacking.sentence else []),
            ),
            lacking=lacking.sentence,
        )

    @property
    def _table(self) -> Table:
        assert isinstance(self._recipe.data, Table)  # noqa: S101  (for mypy: the reader was chosen by it)
        return self._recipe.data

    def _added(
        self, values: NDArray[np.float64], groups: NDArray[np.object_]
    ) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
        """The base and the spreads; values: (n, columns) that are known, groups: (n,) the group of each row."""
        table, base = self._table, None
        if table.predict == "change":
            present = values[:, [table.forecast_from.index(name) for name in table.targets]]
            base = learnt(table.transform, present).repeat(len(table.endings), 1)
        if self._recipe.group_scale is None or self._recipe.class_names:
            return base, None
        own = self._recipe.group_scale.of(groups)
        return own.target_mean if base is None else own.target_mean + base, own.target_scale


class ArrayReader(Reader):
    """Numbers (time, n_inputs), or a frame of them, in which a column `sequence` may tell sequences apart."""

    @override
    def read(self, given: Any, memory: Mapping[Hashable, Any]) -> Given:
        names = self._recipe.input_names
        frame = numbered_frame(given, names)
        sequence, past = sequences_of(frame), memory.get(ONLY)
        first = past is None or past["sequence"] != sequence[0].item()
        return Given(
            features=numbers_of(frame, names, "inputs"),
            groups=np.full(len(frame), ONLY, object),
            begins=np.append(first, sequence[1:] != sequence[:-1]),
            row=np.arange(len(frame)),
            labels=frame[[SEQUENCE]] if SEQUENCE in frame else pd.DataFrame(index=frame.index),
            memory={ONLY: {"sequence": sequence[-1].item()}},
        )


class TextReader(Reader):
    """A text, or documents one after the other."""

    @override
    def read(self, given: Any, memory: Mapping[Hashable, Any]) -> Given:
        documents = documents_of(given, self._recipe.alphabet)
        text = "".join(documents)
        place = {character: number for number, character in enumerate(self._recipe.alphabet)}
        lengths = [len(document) for document in documents]
        begins = np.zeros(len(text), bool)
        begins[np.cumsum([0, *lengths[:-1]])] = True
        begins[0] = ONLY not in memory
        return Given(
            features=np.array([place[character] for character in text], np.float64)[:, None],
            groups=np.full(len(text), ONLY, object),
            begins=begins,
            row=np.arange(len(text)),
            labels=pd.DataFrame(
                {"document": np.repeat(np.arange(1, len(lengths) + 1), lengths), "character": list(text)}
            ),
            memory={ONLY: {}},
        )


def _in_order_of_time(
    table: Table, fresh: Rows, groups: NDArray[np.object_]
) -> tuple[pd.DataFrame, NDArray[np.float64], Rows]:
    """Rows that were resampled, as if they had been given in the order of time.

    groups: (rows,) the group of each. Returns their times and groups, their clock, and the rows with their places.
    """
    assert fresh.clock is not None  # noqa: S101  (for mypy: resampling needs time)
    order = np.argsort(fresh.clock, kind="stable")
    cells = pd.DataFrame({table.time_column: fresh.shown(fresh.clock[order], table.zone)})
    if table.group_column:
        cells[table.group_column] = groups[order]
    return cells, fresh.clock[order], replace(fresh, row=np.argsort(order))


def _labels(
    table: Table, cells: pd.DataFrame, clock: NDArray[np.float64] | None, fresh: Rows, recipe: Recipe
) -> pd.DataFrame:
    """Of every row its time and group, and the time that is forecast; cells: the former; clock: (rows,) when it was."""
    labels = cells.copy()
    if clock is None or fresh.clock is None:
        return labels
    for ahead, ending in zip(table.ahead(recipe.steps), table.endings, strict=True):
        labels[f"{FORECAST_FOR}{ending}"] = fresh.shown(_then(ahead, clock, fresh, recipe), table.zone)
    return labels


def _then(ahead: Ahead, clock: NDArray[np.float64], fresh: Rows, recipe: Recipe) -> NDArray[np.float64]:
    """(rows,) the time that is forecast, where a time cannot be told that of the row, or a usual step each."""
    assert fresh.clock is not None  # noqa: S101  (for mypy: whose clock it is)
    if ahead.lead is not None:
        return clock + ahead.lead
    found = clock + ahead.steps * (recipe.step_seconds or np.nan)
    later = np.arange(len(fresh.row)) + ahead.steps
    known = np.flatnonzero(later < len(fresh.row))
    known = known[fresh.sequence[known] == fresh.sequence[later[known]]]
    found[fresh.row[known]] = fresh.clock[later[known]]
    found[fresh.row[~fresh.now]] = np.nan
    return found
