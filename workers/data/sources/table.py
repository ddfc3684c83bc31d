"""A table in a CSV or Parquet file: rows in the order of time, columns of inputs and of targets."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationInfo, field_validator

from workers.data.baselines import naive_forecasts
from workers.data.shift import shifted
from workers.data.sources.fields import Cells, Duration, Kind, Name, Names, ScoredKind, last_steps, seconds
from workers.data.sources.tabular.csv_parquet import Sheet, read_columns
from workers.data.sources.tabular.dates import timestamps
from workers.data.sources.tabular.frames import FrameOrFile, sheet_of
from workers.data.sources.tabular.gaps import split_at_gaps
from workers.data.sources.tabular.labels import are_labels, groups, labels, labels_among
from workers.data.sources.tabular.missing import (
    drop_missing,
    fill_forward,
    incomplete,
    note_unscored,
    refuse_missing,
)
from workers.data.sources.tabular.numeric import numbers
from workers.data.sources.tabular.order import in_order, without_repeats
from workers.data.sources.tabular.rows import Rows
from workers.data.timeline import Timeline
from workers.errors import DataError
from workers.wording import counted, listed


class Missing(Kind):
    """Which cells count as missing besides the empty ones, and what to do about missing values."""

    fill: Literal["forward", "drop"]
    values: Cells = ()


class Table(ScoredKind):
    """The fields of `kind: table`.

    A target column of numbers, integers too, is a regression. A column of text of which no cell is a number, or of
    true and false, holds classes: it is then the only target, and its classes are numbered in sorted order.
    """

    kind: Literal["table"] = "table"
    path: Name
    time: Name | None = None
    inputs: Names
    targets: Names
    horizon: Annotated[int, Field(ge=0)] | None = None  # rows; none: 1 if a target is among the inputs, else 0
    group: Name | None = None
    max_gap: Duration | None = None
    missing: Missing | None = None
    order: Literal["sort"] | None = None
    predict: Literal["level", "change"] = "level"
    season: Annotated[int, Field(ge=1)] | None = None  # rows
    units: Name | None = None  # of the targets, for people

    @field_validator("horizon")
    @classmethod
    def _answer_not_given(cls, horizon: int | None, info: ValidationInfo) -> int | None:
        given = [name for name in info.data.get("targets", ()) if name in info.data.get("inputs", ())]
        if horizon == 0 and given:
            raise ValueError(f"0 gives the answer away, since {listed(given)} is among the inputs; at least 1")
        return horizon

    @field_validator("max_gap", "order")
    @classmethod
    def _needs_time(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.data.get("time") is None:
            raise ValueError("needs to know when each row was: name the column in time")
        return value

    @field_validator("predict", "season")
    @classmethod
    def _needs_horizon(cls, value: str | int | None, info: ValidationInfo) -> str | int | None:
        ahead = info.data.get("horizon") or set(info.data.get("inputs", ())) & set(info.data.get("targets", ()))
        if value not in (None, "level") and not ahead:
            raise ValueError("applies only to forecasts: set a horizon of at least 1")
        return value

    def load(self, folder: Path) -> Timeline:
        """The table beside `folder`'s study file as a timeline, mended as its fields allow; its notes say how.

        Raises DataError for a file that cannot be read, and for a cell, time stamp or gap that no field allows.
        """
        sheet = read_columns(folder / self.path, self._used())
        label = self._label(sheet)
        values, classes = self._values(sheet, label)
        return self._read(sheet, values, classes, complete=len(values))

    def with_targets(self, given: FrameOrFile, source: str, classes: tuple[str, ...]) -> Timeline:
        """Other rows than the training data, whose targets are known, as a timeline; classes: those of training.

        A target may be missing whatever `missing` says: its row is not scored. source: what messages call a frame.
        Raises DataError as `load`, and for a class that training did not have.
        """
        sheet = sheet_of(given, self._used(), source)
        names = dict.fromkeys((*self.inputs, *self.targets))
        values = {
            name: labels_among(sheet, name, self._absent, classes)
            if classes and name in self.targets
            else numbers(sheet, name, self._absent, "data.targets" if name in self.targets else "data.inputs")
            for name in names
        }
        return self._read(sheet, values, classes, complete=len(self.forecast_from))

    def sheet(self, given: FrameOrFile, source: str) -> Sheet:
        """The columns that a forecast needs; source: what messages call a frame. Raises DataError."""
        used = {"data.inputs": self.inputs, "data.targets": self.forecast_from[len(self.inputs) :], **self._single()}
        return sheet_of(given, used, source)

    def known(self, sheet: Sheet) -> tuple[Rows, tuple[str, ...]]:
        """The rows with the columns `forecast_from`, not yet mended, and the names of groups. Raises DataError."""
        values = {name: numbers(sheet, name, self._absent, "data.inputs") for name in self.forecast_from}
        return self._rows(sheet, values, "", ())

    def filled(self, rows: Rows, sheet: Sheet) -> tuple[Rows, NDArray[np.float64]]:
        """Such rows in order, and (rows, columns) their values, the missing ones filled. Raises DataError."""
        return self._filled(rows, len(rows.names), sheet)

    @property
    def forecast_from(self) -> tuple[str, ...]:
        """The columns that a forecast is made of: the inputs, and then those targets whose present value it adds."""
        added = self.targets if self.predict == "change" else ()
        return tuple(dict.fromkeys((*self.inputs, *added)))

    @property
    def steps(self) -> int:
        """How many rows ahead the target lies."""
        return int(bool(set(self.inputs) & set(self.targets))) if self.horizon is None else self.horizon

    @property
    def _absent(self) -> tuple[str, ...]:
        """The cells that mean missing, besides the empty ones."""
        return self.missing.values if self.missing else ()

    def _used(self) -> dict[str, tuple[str, ...]]:
        """The columns, by the field that names them."""
        return {"data.inputs": self.inputs, "data.targets": self.targets} | self._single()

    def _single(self) -> dict[str, tuple[str, ...]]:
        single = {"data.time": self.time, "data.group": self.group}
        return {field: (name,) for field, name in single.items() if name is not None}

    def _label(self, sheet: Sheet) -> str:
        """The name of the target that holds classes; empty if none does. Raises DataError for fields that need none."""
        label = next((name for name in self.targets if are_labels(sheet, name, self._absent)), "")
        if label and len(self.targets) > 1:
            raise DataError(f"{sheet.path}: {label} holds classes, so it must be the only target", "data.targets")
        numeric = {"season": self.season, "units": self.units, "predict": self.predict == "change"}
        for field, is_set in numeric.items():
            if label and is_set:
                what = f"{field} applies only to targets that are numbers, and {label} holds classes"
                raise DataError(f"{sheet.path}: {what}", f"data.{field}")
        return label

    def _values(self, sheet: Sheet, label: str) -> tuple[dict[str, NDArray[np.float64]], tuple[str, ...]]:
        """The columns (rows,) as numbers by name, inputs first, and the classes if the target is a label."""
        fields = dict.fromkeys(self.targets, "data.targets") | dict.fromkeys(self.inputs, "data.inputs")
        names = dict.fromkeys((*self.inputs, *self.targets))
        values = {name: numbers(sheet, name, self._absent, fields[name]) for name in names if name != label}
        if not label:
            return values, ()
        values[label], classes = labels(sheet, label, self._absent)
        return {name: values[name] for name in names}, classes

    def _rows(
        self, sheet: Sheet, values: dict[str, NDArray[np.float64]], label: str, classes: tuple[str, ...]
    ) -> tuple[Rows, tuple[str, ...]]:
        """The rows before they are mended, and the names of their groups."""
        clock, note = timestamps(sheet, self.time) if self.time else (None, "")
        n = len(sheet.columns)
        group, group_names = groups(sheet, self.group) if self.group else (None, ())
        sequence = np.zeros(n, np.int64) if group is None else group
        table = Rows(np.column_stack(list(values.values())), tuple(values), sequence, clock, np.arange(n), group)
        holds = f"{label} holds {len(classes):,} classes: {listed(classes)}" if label else ""
        return table.noted(note).noted(holds), group_names

    def _read(
        self, sheet: Sheet, values: dict[str, NDArray[np.float64]], classes: tuple[str, ...], complete: int
    ) -> Timeline:
        """The timeline of columns (rows,) by name, inputs first; complete: see `_filled`."""
        table, group_names = self._rows(sheet, values, self.targets[0] if classes else "", classes)
        table, filled = self._filled(table, complete, sheet)
        return replace(self._timeline(table, filled, classes), class_names=classes, group_names=group_names)

    def _filled(self, table: Rows, complete: int, sheet: Sheet) -> tuple[Rows, NDArray[np.float64]]:
        """The rows in order, and (rows, columns) their values, the missing ones filled.

        complete: how many of the first columns may miss no value where nothing says what to do about it. Which rows
        are left out only the columns `forecast_from` decide, so that a forecast has the rows that training had.
        """
        needed = len(self.forecast_from)
        return fill_forward(self._mended(table, complete, needed, sheet), needed, sheet)

    def _mended(self, table: Rows, complete: int, needed: int, sheet: Sheet) -> Rows:
        table = in_order(table, sheet, sort=self.order == "sort")
        table = without_repeats(table, sheet)
        if self.missing is None:
            refuse_missing(table, complete, sheet)
        elif self.missing.fill == "drop":
            table = drop_missing(table, needed)
        return table if self.max_gap is None else split_at_gaps(table, seconds(self.max_gap), self.max_gap)

    def _timeline(self, table: Rows, values: NDArray[np.float64], classes: tuple[str, ...]) -> Timeline:
        """The timeline of the mended rows; values: (rows, columns), the missing ones filled."""
        columns = [table.names.index(name) for name in self.targets]
        now, future = values[:, columns], shifted(table.values[:, columns], table.sequence, self.steps)
        base = now if self.predict == "change" else np.zeros_like(now)
        ahead = self.steps > 0 and not classes
        scored = self._scored(table, np.hstack([now, future]) if ahead else future)
        targets = np.where(scored[:, None], future - base, 0)
        forecasts = naive_forecasts(now, table.sequence, self.steps, self.season) if ahead else {}
        return Timeline(
            features=values[:, : len(self.inputs)],
            targets=targets[:, 0].astype(np.int32) if classes else targets,
            starts=table.starts,
            scored=scored,
            clock=table.clock,
            groups=None if table.group is None else table.group[table.starts],
            forecasts={name: forecast - base for name, forecast in forecasts.items()},
            horizon=self.steps,
            record=self.group is None,
            n_classes=len(classes),
            feature_names=self.inputs,
            target_names=self.targets,
            notes=note_unscored(table, columns, self.steps).notes,
        )

    def _scored(self, table: Rows, needed: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(rows,) whether the row has a target that counts; needed: (rows, values) what must be known for that.

        Raises DataError when none has.
        """
        known = ~incomplete(needed)
        counts = last_steps(table.starts, len(known), self.steps) if self.score == "sequence_end" else True
        if not (known & counts).any():
            longest, sequences = counted(table.lengths.max(), "row"), counted(len(table.starts), "sequence")
            what = f"no row has a target that counts: {sequences} of at most {longest}"
            raise DataError(f"{what}, horizon {self.steps}, score {self.score}", "data.horizon")
        return np.asarray(known & counts)
