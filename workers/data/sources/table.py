"""A table in a CSV or Parquet file: rows in time, columns of inputs and of what is to be forecast."""

from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationInfo, field_validator

from workers.data.sources import columns, rows, tabular
from workers.data.sources.forecasts import naive, shifted
from workers.data.sources.kinds import Cells, Duration, Kind, Name, Names, ScoredKind, last_steps, seconds
from workers.data.sources.rows import Rows
from workers.data.sources.tabular import Sheet
from workers.data.timeline import Timeline
from workers.errors import DataError
from workers.wording import counted, listed


class Missing(Kind):
    """Which cells are missing besides the empty ones, and what takes their place."""

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
        """The table beside `folder`'s study file as a timeline, mended as its fields allow; its notes say what was.

        Raises DataError for a file that cannot be read, and for a cell, time stamp or gap that no field allows.
        """
        sheet = tabular.read(folder / self.path, self._used())
        table, classes = self._numbers(sheet)
        table = self._mended(table, sheet)
        needs_now = self._steps and not classes
        table, values = rows.filled(table, len(table.names) if needs_now else len(self.inputs), sheet)
        return self._timeline(table, values, classes)

    @property
    def _steps(self) -> int:
        """How many rows ahead the target lies."""
        return int(bool(set(self.inputs) & set(self.targets))) if self.horizon is None else self.horizon

    def _used(self) -> dict[str, tuple[str, ...]]:
        """The columns, by the field that names them."""
        single = {"data.time": self.time, "data.group": self.group}
        used = {"data.inputs": self.inputs, "data.targets": self.targets}
        return used | {field: (name,) for field, name in single.items() if name is not None}

    def _numbers(self, sheet: Sheet) -> tuple[Rows, tuple[str, ...]]:
        """The columns as numbers, inputs first, and the classes if the target is a label."""
        absent = self.missing.values if self.missing else ()
        fields = dict.fromkeys(self.inputs, "data.inputs") | {
            name: "data.targets" for name in self.targets if name not in self.inputs
        }
        label = self._label(sheet, absent)
        values = {name: columns.numbers(sheet, name, absent, at) for name, at in fields.items() if name != label}
        classes: tuple[str, ...] = ()
        if label:
            values[label], classes = columns.labels(sheet, label, absent)
        clock, note = columns.moments(sheet, self.time) if self.time else (None, "")
        n = len(sheet.columns)
        group = columns.groups(sheet, self.group) if self.group else np.zeros(n, np.int64)
        table = Rows(np.column_stack([values[name] for name in fields]), tuple(fields), group, clock, np.arange(n))
        found = f"{label} holds {len(classes):,} classes: {listed(classes)}" if label else ""
        return table.noted(note).noted(found), classes

    def _label(self, sheet: Sheet, absent: tuple[str, ...]) -> str:
        """The target that holds classes, if one does."""
        label = next((name for name in self.targets if columns.are_labels(sheet, name, absent)), "")
        if label and len(self.targets) > 1:
            raise DataError(f"{sheet.path}: {label} holds classes, so it must be the only target", "data.targets")
        for field, asked in (("season", self.season), ("predict", self.predict == "change")):
            if label and asked:
                what = f"{field} applies only to targets that are numbers, and {label} holds classes"
                raise DataError(f"{sheet.path}: {what}", f"data.{field}")
        return label

    def _mended(self, table: Rows, sheet: Sheet) -> Rows:
        table = rows.in_order(table, sheet, sort=self.order == "sort")
        table = rows.without_repeats(table, sheet)
        if self.missing is None:
            table = rows.complete(table, sheet)
        elif self.missing.fill == "drop":
            table = rows.dropped(table)
        return table if self.max_gap is None else rows.parted(table, seconds(self.max_gap), self.max_gap)

    def _timeline(self, table: Rows, values: NDArray[np.float64], classes: tuple[str, ...]) -> Timeline:
        at = [table.names.index(name) for name in self.targets]
        now, future = values[:, at], shifted(table.values[:, at], table.sequence, self._steps)
        base = now if self.predict == "change" else np.zeros_like(now)
        scored = self._scored(table, future)
        targets = np.where(scored[:, None], future - base, 0)
        forecasts = {} if classes or not self._steps else naive(now, table.sequence, self._steps, self.season)
        return Timeline(
            features=values[:, : len(self.inputs)].astype(np.float32),
            targets=targets[:, 0].astype(np.int32) if classes else targets.astype(np.float32),
            starts=table.starts,
            scored=scored,
            clock=table.clock,
            forecasts={name: forecast - base for name, forecast in forecasts.items()},
            horizon=self._steps,
            record=self.group is None,
            n_classes=len(classes),
            feature_names=self.inputs,
            target_names=self.targets,
            notes=rows.unscored(table, at, self._steps).notes,
        )

    def _scored(self, table: Rows, future: NDArray[np.float64]) -> NDArray[np.bool_]:
        known = ~rows.incomplete(future)
        counts = last_steps(table.starts, len(known), self._steps) if self.score == "sequence_end" else True
        if not (known & counts).any():
            longest, sequences = counted(table.lengths.max(), "row"), counted(len(table.starts), "sequence")
            what = f"no row has a target that counts: {sequences} of at most {longest}"
            raise DataError(f"{what}, horizon {self._steps}, score {self.score}", "data.horizon")
        return np.asarray(known & counts)
