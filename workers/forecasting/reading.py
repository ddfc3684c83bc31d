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

from workers.data.sources.arrays import read_features
from workers.data.sources.table import Table
from workers.data.sources.tabular.rows import Rows
from workers.data.sources.text import read_documents
from workers.errors import DataError
from workers.forecasting.recipe import Recipe
from workers.wording import counted, instead, listed

SOURCE = "the rows given"
SEQUENCE = "sequence"  # the column that tells sequences apart where the data name none
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
        sheet = table.sheet(given if isinstance(given, Path) else _frame(given, table.forecast_from), SOURCE)
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
            unlike=(*self._strangers(names), *self._other_steps(mended)),
        )

    @property
    def _table(self) -> Table:
        assert isinstance(self._recipe.data, Table)  # noqa: S101  (for mypy: the reader was chosen by it)
        return self._recipe.data

    @property
    def _base(self) -> list[int]:
        return [self._table.forecast_from.index(name) for name in self._table.targets]

    def _strangers(self, names: tuple[str, ...]) -> tuple[str, ...]:
        known = set(self._recipe.group_names)
        unknown = [name for name in names if name not in known]
        what = f"{counted(len(unknown), 'group')} that training did not have ({listed(unknown[:3])})"
        return (f"{what}: forecast all the same",) if known and unknown else ()

    def _other_steps(self, rows: Rows) -> tuple[str, ...]:
        """A sentence where most rows are further from the one before, or nearer to it, than in training."""
        usual = self._recipe.step_seconds
        if rows.clock is None or not usual or not rows.continues.any():
            return ()
        step = float(np.median(np.diff(rows.clock)[rows.continues]))
        lengths = [str(pd.Timedelta(seconds=length)) for length in (step, usual)]
        return (f"the step of time is {lengths[0]}, and in training it was {lengths[1]}",) if step != usual else ()


class ArrayReader(Reader):
    """Numbers (time, n_inputs), or a frame of them, in which a column `sequence` may tell sequences apart."""

    @override
    def read(self, given: Any, memory: Mapping[Hashable, Any]) -> Given:
        names = self._recipe.input_names
        frame = _of_archive(given, names) if isinstance(given, Path) else _frame(given, names)
        missing = [name for name in names if name not in frame.columns]
        if missing:
            advice = instead(missing[0], [str(name) for name in frame.columns])
            raise DataError(f"{SOURCE}: there is no column {missing[0]}; {advice}")
        try:
            features = frame[list(names)].to_numpy(np.float64)
        except (TypeError, ValueError) as error:
            raise DataError(f"{SOURCE}: not all inputs are numbers ({error})") from None
        bad = ~np.isfinite(features).all(axis=1)
        if bad.any():
            raise DataError(f"{SOURCE}, row {int(bad.argmax()) + 1:,}: an input is not a finite number")
        sequence = frame[SEQUENCE].to_numpy() if SEQUENCE in frame else np.zeros(len(frame), np.int64)
        if not len(frame):
            raise DataError(f"{SOURCE}: there are no rows")
        past = memory.get(ONLY)
        first = past is None or past["sequence"] != sequence[0].item()
        return Given(
            features=features,
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
        documents = read_documents(given) if isinstance(given, Path) else _texts(given)
        text = "".join(documents)
        if not text:
            raise DataError(f"{SOURCE}: there is no character")
        place = {character: number for number, character in enumerate(self._recipe.alphabet)}
        strange = sorted(set(text) - set(place))
        if strange:
            what = f"{counted(len(strange), 'character')} that training did not have: {listed(map(repr, strange[:5]))}"
            raise DataError(f"{SOURCE}: {what}")
        lengths = [len(document) for document in documents if document]
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


def _of_archive(path: Path, names: tuple[str, ...]) -> pd.DataFrame:
    """The features of an .npz file, and where its sequences begin."""
    features, starts = read_features(path)
    frame = _frame(features, names)
    sequence = np.searchsorted(starts, np.arange(len(features)), side="right")
    return frame.assign(**{SEQUENCE: sequence}) if len(starts) > 1 else frame


def _texts(given: Any) -> list[str]:
    if isinstance(given, str):
        return [given]
    if isinstance(given, pd.DataFrame):
        if len(given.columns) != 1:
            raise DataError(f"{SOURCE}: text is one column, a document a row, not {len(given.columns)} columns")
        given = given.iloc[:, 0]
    texts = list(given)
    if not all(isinstance(text, str) for text in texts):
        raise DataError(f"{SOURCE}: text is a string, or several, a document each")
    return texts


def _frame(given: Any, names: tuple[str, ...]) -> pd.DataFrame:
    """A frame, or what can be one: a mapping of columns, rows as mappings, or numbers (time, n_inputs) in order."""
    if isinstance(given, pd.DataFrame):
        return given
    if isinstance(given, np.ndarray):
        if given.ndim != 2 or given.shape[1] != len(names):
            raise DataError(f"{SOURCE}: numbers must be (time, {len(names)}), for {listed(names)}, not {given.shape}")
        return pd.DataFrame(given, columns=list(names))
    try:
        return pd.DataFrame(given)
    except (TypeError, ValueError) as error:
        raise DataError(f"{SOURCE}: are no table ({error})") from None


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
