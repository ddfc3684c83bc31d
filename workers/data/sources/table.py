"""A table in a file or several: rows in the order of time, columns of inputs and of targets."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from math import ceil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workers.data.baselines import Present, naive_forecasts
from workers.data.by_group import group_scale, in_group_scale
from workers.data.by_group import note as note_of_groups
from workers.data.sources.fields import last_steps, seconds
from workers.data.sources.tabular.dates import Reading, timestamps
from workers.data.sources.tabular.frames import FrameOrFile
from workers.data.sources.tabular.gaps import split_at_gaps
from workers.data.sources.tabular.inputs import back, categories
from workers.data.sources.tabular.inputs.ahead import set_apart
from workers.data.sources.tabular.inputs.entry import NO_CATEGORIES, Categories, Mended, embeddings_of
from workers.data.sources.tabular.inputs.static import refuse_varying
from workers.data.sources.tabular.inputs.transforms import refuse_unsuited
from workers.data.sources.tabular.labels import groups, labels_among
from workers.data.sources.tabular.missing import (
    drop_missing,
    fill_forward,
    incomplete,
    note_unscored,
    refuse_missing,
    refuse_nothing,
)
from workers.data.sources.tabular.order import in_order, without_repeats
from workers.data.sources.tabular.resample import named, note, refuse_mostly_empty, resampled
from workers.data.sources.tabular.rows import Rows
from workers.data.sources.tabular.sampling import uneven
from workers.data.sources.tabular.sheets import Sheet
from workers.data.sources.tabular.table_columns import Columns
from workers.data.sources.tabular.table_horizons import TableHorizons
from workers.data.sources.tabular.targets import later, notes_of_seasons, side_by_side
from workers.data.splits import cut
from workers.data.timeline import Timeline
from workers.data.transforms import learnt
from workers.errors import DataError
from workers.wording import counted

BY_GROUP = " (by group)"  # ends the names of inputs that are in the scale of their group


class Table(TableHorizons):
    """The kind `table`, and how its file, or other rows of its kind, become a timeline."""

    def load(self, folder: Path) -> Timeline:
        """The table beside `folder`'s study file as a timeline, mended as its fields allow; its notes say how.

        Raises DataError for a file that cannot be read, and for a cell, time stamp or gap that no field allows.
        """
        self._refuse_other_fields(folder / self.path)
        sheet = self._read(folder / self.path, self._used())
        everywhere = self._all_categories(sheet)
        values, classes, notes = self._values(sheet, self._label(sheet), everywhere)
        return self._whole(sheet, values, classes, everywhere, notes=notes, training=True)

    def with_targets(
        self, given: FrameOrFile, source: str, classes: tuple[str, ...], usual: str, known: Categories
    ) -> Timeline:
        """Other rows than the training data, whose targets are known, as a timeline.

        classes, known: classes and categories of training. A target may be missing whatever `missing` says: its row is
        not scored. source: what messages call a frame; usual: how the training data's time was read. Raises DataError
        as `load`, and for a class that training did not have.
        """
        sheet, label = self._given(given, self._used(), source), self.targets[0] if classes else ""
        values = self._columns(sheet, label, known)
        if label:
            values.append((label, labels_among(sheet, label, self.cells_missing, classes)))
        return self._whole(sheet, values, classes, known, usual=usual)

    def sheet_of(self, given: FrameOrFile, source: str) -> Sheet:
        """The columns that a forecast needs; source: what messages call a frame. Raises DataError."""
        inputs = self.input_columns
        used = {"data.inputs": inputs, "data.targets": self.needed_columns[len(inputs) :], **self._single()}
        return self._given(given, used, source)

    def known(self, sheet: Sheet, usual: str, known: Categories = NO_CATEGORIES) -> tuple[Rows, tuple[str, ...]]:
        """The rows with the columns `forecast_from`, not yet mended, and the names of groups.

        usual: how the training data's time was read; known: the categories of training. Raises DataError.
        """
        return self._rows(sheet, self._known_columns(sheet, known), usual)

    def ordered(self, rows: Rows, sheet: Sheet) -> Rows:
        """Rows in order, each time stamp once; where they are to be resampled, cut at pauses. Raises DataError."""
        rows = without_repeats(in_order(rows, sheet, self.when, sort=self.order == "sort"), sheet)
        if self.known_ahead:
            rows = set_apart(rows, [one.key for one in self.known_ahead], [one.key for one in self.static])
        return rows if self.step is None else self._cut(rows)

    def even(self, rows: Rows, sheet: Sheet, *, labels: bool = False) -> Rows:
        """Such rows, resampled if they are to be; labels: whether the last column holds classes. Raises DataError."""
        if self.step is None:
            return rows
        held = [*(rows.names.index(one.key) for one in self.categorical), *([len(rows.names) - 1] if labels else [])]
        return resampled(rows, self.step, sheet, held)

    def mended(self, rows: Rows, sheet: Sheet) -> Rows:
        """Such rows, in which missing values are refused, or dropped, or still to be filled. Raises DataError."""
        return self._mended(rows, len(rows.names), sheet, logs=self.predict == "change")

    def features(
        self, rows: Rows, values: NDArray[np.float64], known: Categories, steps: Sequence[int]
    ) -> NDArray[np.float64]:
        """(rows, inputs) of rows that are mended; values: (rows, columns) theirs, the missing ones filled.

        known: the categories of training, in which those of the rows are counted; steps: how many rows ahead the
        target lies at each horizon.
        """
        mended = Mended(rows, values, self.zone, self.step, known, self._forecast(rows, steps))
        return np.column_stack([one.values(mended) for one in self.entries])

    def unknown(self, rows: Rows) -> Rows:
        """The rows, with notes of how many cannot look back as far as inputs do, and of how many nothing is listed."""
        rows = rows.noted(back.young(rows, self.back))
        for one in self.entries:
            if one.timed and rows.clock is not None:
                rows = rows.noted(one.unlisted(rows.clock[rows.now & (rows.row >= 0)], self.zone, self.step))
        return rows

    def _rows(self, sheet: Sheet, values: Columns, usual: str = "") -> tuple[Rows, tuple[str, ...]]:
        """The rows before they are mended, and the names of their groups."""
        n = len(sheet.columns)
        group, group_names = groups(sheet, self.group_column) if self.group_column else (None, ())
        sequence = np.zeros(n, np.int64) if group is None else group
        when = Reading(None)
        if self.when:
            when = timestamps(sheet, self.when, sequence, sorted_later=self.order == "sort", usual=usual)
        names, columns = zip(*values, strict=True)
        table = Rows(np.column_stack(columns), names, sequence, when.clock, np.arange(n), group)
        table = replace(table, notes=when.notes, reading=when.name, unit=when.unit, no_zone=when.no_zone)
        return table, group_names

    def _whole(
        self,
        sheet: Sheet,
        values: Columns,
        classes: tuple[str, ...],
        known: Categories,
        notes: Sequence[str] = (),
        usual: str = "",
        *,
        training: bool = False,
    ) -> Timeline:
        """The timeline of columns, inputs first and classes last; known: the categories that their numbers count."""
        table, group_names = self._rows(sheet, values, usual)
        if training:
            refuse_varying(table, self.static, group_names, sheet)
        table = self.ordered(replace(table, notes=(*table.notes, *filter(None, notes))), sheet)
        even = self.even(table, sheet, labels=bool(classes))
        if self.step is not None:
            if training:
                refuse_mostly_empty(table, even, self.step, sheet, dropped=self._drops)
            even = replace(even, notes=(*even.notes, *note(table, even, self.step)))
        needed = len(self.forecast_from)
        found, filled = fill_forward(self._mended(even, len(values) if training else needed, sheet), needed)
        present = found.take(found.now)
        refuse_nothing(present, sheet)
        steps = self._steps(present)
        if training:
            back.refuse_uneven(present, self.durations, self.step)
        present = self.unknown(present).noted(
            uneven(present, self.time_column, steps[-1] if self.ahead(steps)[-1].lead is None else 0)
        )
        bare = self._timeline(present, filled[found.now], classes, steps)
        bare = replace(bare, class_names=classes, group_names=group_names)
        if training:
            known, filled = self._in_training(bare, found, filled, known)
        names = tuple(name for one in self.entries for name in one.names(known))
        features = self.features(found, filled, known, steps)[found.now]
        looked_up = embeddings_of(self.entries, known)
        whole = replace(bare, features=features, feature_names=names, categories=known, embeddings=looked_up)
        return self._in_own_scale(whole) if training and self.scale == "group" else whole

    def _in_own_scale(self, timeline: Timeline) -> Timeline:
        """The timeline with each group in the scale of its training part."""
        inputs = [(entry, name) for entry in self.entries for name in entry.names(timeline.categories)]
        names = tuple(f"{name}{BY_GROUP * entry.grouped}" for entry, name in inputs)
        scale = group_scale(timeline, cut(timeline, self.split)[0], [entry.grouped for entry, _ in inputs])
        noted = replace(timeline, feature_names=names, notes=(*timeline.notes, note_of_groups(timeline, scale)))
        return in_group_scale(noted, scale)

    def _in_training(
        self, timeline: Timeline, rows: Rows, values: NDArray[np.float64], everywhere: Categories
    ) -> tuple[Categories, NDArray[np.float64]]:
        """The categories that the training part has, and the values (rows, columns) in which these are counted."""
        if not everywhere:
            return {}, values
        train, values = np.flatnonzero(rows.now)[cut(timeline, self.split)[0].timesteps], values.copy()
        at = {one.column: rows.names.index(one.key) for one in self.categorical}
        steps = timeline.horizons or (timeline.horizon,)
        ahead = {one.column: self._forecast(rows, steps)[:, train].ravel() for one in self.known_ahead}
        seen = {name: values[np.append(train, ahead.get(name, train[:0])), at[name]] for name in at}
        known = categories.in_training(everywhere, seen, self.path)
        for name, column in at.items():
            values[:, column] = categories.renumbered(values[:, column], everywhere[name], known[name])
        return known, values

    def _mended(self, table: Rows, complete: int, sheet: Sheet, *, logs: bool = True) -> Rows:
        """Ordered rows without those that are to be dropped, cut at pauses.

        complete: how many of the first columns may miss no value where nothing says what to do about it; logs: whether
        the targets' logarithms are needed, where these are learnt. Which rows are left out only the columns
        `forecast_from` decide, so that a forecast has the rows that training had.
        """
        for one in self.entries:
            if one.taken:
                read = table.now | one.ahead
                refuse_unsuited(table, one.sources[0].key, one.taken, read, sheet, self._named(table))
        if self.transform and logs:
            for name in self.targets:
                refuse_unsuited(table, name, self.transform, table.now, sheet, self._named(table), "data.transform")
        if self.missing is None:
            refuse_missing(table, complete, sheet, self._named(table))
        elif self._drops:
            table = drop_missing(table, len(self.forecast_from))
        return self._cut(table, self.step)

    @property
    def _drops(self) -> bool:
        return self.missing is not None and self.missing.fill == "drop"

    def _named(self, table: Rows) -> Callable[[NDArray[np.bool_]], str] | None:
        """What messages call rows that are none of the file."""
        if self.step is None or self.when is None:
            return None
        return partial(named, table, step=self.step, zone=self.when.zone)

    def _cut(self, table: Rows, step: float | None = None) -> Rows:
        """Rows, of which a new sequence begins after each pause; step: seconds that pauses are whole numbers of."""
        if self.max_gap is None:
            return table
        longest = seconds(self.max_gap)
        return split_at_gaps(table, (ceil(longest / step) + 0.5) * step if step else longest, self.max_gap)

    def _timeline(
        self, table: Rows, values: NDArray[np.float64], classes: tuple[str, ...], steps: tuple[int, ...]
    ) -> Timeline:
        """The timeline of the mended rows, still without inputs; values: (rows, columns), the missing ones filled."""
        columns = [len(table.names) - 1] if classes else [table.names.index(name) for name in self.targets]
        ahead, now = self.ahead(steps), values[:, columns]
        of_each = [later(table, columns, one, self.step) for one in ahead]
        learn = partial(learnt, self.transform)
        future, present = side_by_side([*map(learn, of_each)]), side_by_side([learn(now)] * len(ahead))
        base = present if self.predict == "change" else np.zeros_like(present)
        naive = steps[-1] > 0 and not classes
        scored = self._scored(table, np.hstack([now, future]) if naive else future, steps[-1])
        targets, unscored = np.where(scored[:, None], future - base, 0), note_unscored(table, columns, steps[-1])
        then = self._seasons(table, now, of_each, ahead) if naive else []
        before = side_by_side([learn(season.values) for season in then]) if then else None
        forecasts = naive_forecasts(Present(present, before)) if naive else {}
        return Timeline(
            features=np.zeros((len(values), 1)),
            targets=targets[:, 0].astype(np.int32) if classes else targets,
            starts=table.starts,
            scored=scored,
            clock=table.clock,
            groups=None if table.group is None else table.group[table.starts],
            forecasts={name: forecast - base for name, forecast in forecasts.items()},
            horizon=steps[-1],
            horizons=steps if self.horizons else (),
            weights=self._weights,
            record=self.group is None,
            n_classes=len(classes),
            target_names=self.forecast_names,
            base=base if self.predict == "change" else None,
            of_changes=self.predict == "change",
            transform=self.transform,
            loss=self.loss,
            time_reading=table.reading,
            notes=(*self._learning, *unscored.notes, *notes_of_seasons(then, self.endings)),
        )

    def _scored(self, table: Rows, needed: NDArray[np.float64], steps: int) -> NDArray[np.bool_]:
        """(rows,) whether the row has a target that counts; needed: (rows, values) what must be known for that.

        steps: rows to the furthest of its targets. Raises DataError when none has.
        """
        known = ~incomplete(needed)
        counts = last_steps(table.starts, len(known), steps) if self.score == "sequence_end" else True
        if not (known & counts).any():
            longest, sequences = counted(table.lengths.max(), "row"), counted(len(table.starts), "sequence")
            what = f"no row has a target that counts: {sequences} of at most {longest}"
            raise DataError(f"{what}, horizon {steps}, score {self.score}", "data.horizon")
        return np.asarray(known & counts)
