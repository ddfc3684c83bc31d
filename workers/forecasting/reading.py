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
from workers.data.sources.tabular.rows import Rows
from workers.errors import DataError
from workers.forecasting.given import (
    SEQUENCE,
    SOURCE,
    documents_of,
    frame_of,
    numbered_frame,
    numbers_of,
    sequences_of,
)
from workers.forecasting.recipe import Recipe
from workers.forecasting.unlike import other_steps, strange_groups

ONLY = ""  # the group of data without groups


@dataclass(frozen=True)
class Given:
    """The timesteps to forecast from, each group's together and in order.

    features  (n, n_inputs) in their own units; of text (n, 1) positions in the alphabet
    groups    (n,) the group of each
    begins    (n,) bool, whether it begins another sequence than the group's timestep before
    row       (n,) the row of what was given that it comes from
    base      (n, n_targets) what is added to the network's outputs; none: nothing
    labels    what tells the rows given apart, all of them in their order
    memory    what the next rows are read with
    notes     what was mended, a sentence each
    unlike    what is unlike the training data, a sentence each
    """

    features: NDArray[np.float64]
    groups: NDArray[np.object_]
    begins: NDArray[np.bool_]
    row: NDArray[np.int64]
    labels: pd.DataFrame
    base: NDArray[np.float64] | None = None
    memory: Mapping[Hashable, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()


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
        sheet = table.sheet(given if isinstance(given, Path) else frame_of(given, table.forecast_from), SOURCE)
        rows, names = table.known(sheet, self._recipe.time_reading)
        groups = np.array(names or (ONLY,), object)
        before = [number for number, name in enumerate(groups) if name in memory]
        if rows.clock is not None:
            _refuse_the_past(rows, sheet, {number: memory[groups[number]]["clock"] for number in before})
        past = _remembered(rows, [(number, memory[groups[number]]) for number in before])
        mended, values = table.filled(past, sheet)
        begins = np.append(True, ~mended.continues)
        new = mended.row >= 0
        owner = np.zeros(len(values), np.int64) if mended.group is None else mended.group
        ends = np.flatnonzero(np.append(owner[1:] != owner[:-1], True))
        clock = mended.clock
        kept = {
            groups[owner[end]]: {"values": values[end].tolist(), "clock": None if clock is None else float(clock[end])}
            for end in ends
        }
        return Given(
            features=values[new][:, : len(table.inputs)],
            groups=groups[owner[new]],
            begins=begins[new],
            row=mended.row[new],
            labels=_labels(table, sheet.columns, rows, mended.take(new), self._recipe),
            base=values[new][:, self._base] if table.predict == "change" else None,
            memory=dict(memory) | kept,
            notes=mended.notes,
            unlike=(
                *strange_groups(self._recipe, names),
                *other_steps(self._recipe, mended.clock, mended.continues),
            ),
        )

    @property
    def _table(self) -> Table:
        assert isinstance(self._recipe.data, Table)  # noqa: S101  (for mypy: the reader was chosen by it)
        return self._recipe.data

    @property
    def _base(self) -> list[int]:
        return [self._table.forecast_from.index(name) for name in self._table.targets]


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


def _refuse_the_past(rows: Rows, sheet: Any, fed: Mapping[int, float]) -> None:
    """Raises DataError where a row is not later than what its group was fed before."""
    assert rows.clock is not None  # noqa: S101  (for mypy: asked before)
    latest = np.full(int(rows.sequence.max()) + 1, -np.inf)
    latest[list(fed)] = list(fed.values())
    old = rows.clock <= latest[rows.sequence]
    if old.any():
        what = "is not later than the last row that was fed before; reset the group to begin again"
        raise DataError(f"{SOURCE}, {sheet.lines(np.flatnonzero(old)[:1])}: its time {what}")


def _remembered(rows: Rows, before: list[tuple[int, Mapping[str, Any]]]) -> Rows:
    """The rows, with each group's last one before them; its number of row is -1."""
    if not before:
        return rows
    codes = np.array([number for number, _ in before], np.int64)
    ends = np.array([last["values"] for _, last in before], np.float64)
    clock = None if rows.clock is None else np.append([last["clock"] for _, last in before], rows.clock)
    return replace(
        rows,
        values=np.concatenate([ends, rows.values]),  # noqa: PD011  (rows are no frame)
        sequence=np.concatenate([codes, rows.sequence]),
        clock=clock,
        row=np.concatenate([np.full(len(codes), -1), rows.row]),
        group=None if rows.group is None else np.concatenate([codes, rows.group]),
    )


def _labels(table: Table, cells: pd.DataFrame, rows: Rows, mended: Rows, recipe: Recipe) -> pd.DataFrame:
    """Of every row given its time and group, and the time that is forecast."""
    labels = cells[[name for name in (table.time_column, table.group) if name]].copy()
    if rows.clock is None or mended.clock is None:
        return labels
    ahead = rows.clock + recipe.horizon * (recipe.step_seconds or np.nan)
    later = np.arange(len(mended.row)) + recipe.horizon
    known = np.flatnonzero(later < len(mended.row))
    known = known[mended.sequence[known] == mended.sequence[later[known]]]
    ahead[mended.row[known]] = mended.clock[later[known]]
    labels["forecast_for"] = rows.unit.counts(ahead) if rows.unit else _moments(ahead, table)
    return labels


def _moments(clock: NDArray[np.float64], table: Table) -> Any:
    """Dates and times, in UTC or as clocks of the table's zone show them."""
    moments = pd.to_datetime(np.round(clock * 1e6), unit="us").astype("M8[us]")
    if table.when is None or table.when.zone is None:
        return moments
    return moments.tz_localize("UTC").tz_convert(table.when.zone).tz_localize(None)
