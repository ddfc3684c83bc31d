"""The columns of a table as numbers: inputs, categories and targets."""

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from workers.data.sources.tabular.inputs import categories
from workers.data.sources.tabular.inputs.entry import Categories
from workers.data.sources.tabular.labels import are_labels, few_numbers, labels
from workers.data.sources.tabular.numeric import numbers
from workers.data.sources.tabular.sentinels import like_missing
from workers.data.sources.tabular.sheets import Sheet
from workers.data.sources.tabular.table_file import TableFile
from workers.data.transforms import TRANSFORMS
from workers.errors import DataError
from workers.wording import listed

Columns: TypeAlias = list[tuple[str, NDArray[np.float64]]]  # (rows,) each, with its key


class TableColumns(TableFile):
    """How the cells of the columns that a table's fields name are read."""

    @property
    def grown(self) -> str:
        """Of what a change of logarithms is a factor; empty where changes are differences."""
        added = 0.0 if self.transform is None else -TRANSFORMS[self.transform].above
        return "" if self.transform is None else f"{added:g} + the present value" if added else "the present value"

    @property
    def _learning(self) -> tuple[str, ...]:
        """A note of what is learnt where it is not the targets themselves."""
        learnt = ", ".join(f"{self.transform}({name})" for name in self.targets)
        own = "forecasts and scores are in the targets' own units, of models and baselines alike"
        return (f"{learnt} is learnt; {own}",) if self.transform else ()

    def _known_columns(self, sheet: Sheet, known: Categories) -> Columns:
        """The columns `forecast_from`; known: the categories of training."""
        inputs = self._inputs(sheet, known)
        keys = [source.key for source in self.sources]
        added = [name for name in self.forecast_from if name not in keys]
        return [*inputs, *((name, self._numbers(sheet, name, "data.inputs")) for name in added)]

    def _all_categories(self, sheet: Sheet) -> Mapping[str, tuple[str, ...]]:
        """Of each column of categories, those that the whole file has."""
        return {one.column: categories.all_of(sheet, one.column, self.cells_missing) for one in self.categorical}

    def _inputs(self, sheet: Sheet, known: Categories) -> Columns:
        """The columns of inputs."""
        found: Columns = []
        for one in self.sources:
            if one.category:
                codes = categories.numbered(sheet, one.column, self.cells_missing, known[one.column])
                found.append((one.key, codes))
            else:
                found.append((one.key, self._numbers(sheet, one.column, "data.inputs")))
        return found

    def _numbers(self, sheet: Sheet, name: str, field: str) -> NDArray[np.float64]:
        return numbers(sheet, name, self.cells_missing, field)

    def _label(self, sheet: Sheet) -> str:
        """The name of the target that holds classes; empty if none does. Raises DataError for fields that need none."""
        of_classes = (name for name in self.targets if self.classes or are_labels(sheet, name, self.cells_missing))
        label = next(of_classes, "")
        if label and len(self.targets) > 1:
            raise DataError(f"{sheet.path}: {label} holds classes, so it must be the only target", "data.targets")
        numeric = {"loss": self.loss, "season": self.season, "units": self.units, "predict": self.predict == "change"}
        numeric["transform"] = self.transform
        for field, is_set in numeric.items():
            if label and is_set:
                labels(sheet, label, self.cells_missing, asked=self.classes)  # which may be numbers in another form
                what = f"{field} applies only to targets that are numbers, and {label} holds classes"
                raise DataError(f"{sheet.path}: {what}", f"data.{field}")
        if label and self.horizons:
            what = f"several horizons are for targets that are numbers, and {label} holds classes: say one"
            raise DataError(f"{sheet.path}: {what}", "data.horizon")
        return label

    def _values(self, sheet: Sheet, label: str, known: Categories) -> tuple[Columns, tuple[str, ...], list[str]]:
        """The columns as numbers, inputs first; the classes if the target is a label, which is the last; and notes."""
        if label:
            codes, classes = labels(sheet, label, self.cells_missing, asked=self.classes)
        values = self._columns(sheet, label, known)
        held = {source.key for source in self.categorical}
        notes = [like_missing(name, column, self.cells_missing) for name, column in values if name not in held]
        if not label:
            return values, (), [*notes, *(few_numbers(name, column) for name, column in values if name in self.targets)]
        holds = f"{label} holds {len(classes):,} classes: {listed(classes)}"
        return [*values, (label, codes)], classes, [*notes, holds]

    def _columns(self, sheet: Sheet, label: str, known: Categories) -> Columns:
        """The columns without a label, inputs first."""
        inputs = self._inputs(sheet, known)
        keys = {name for name, _ in inputs}
        targets = [name for name in self.targets if name != label and name not in keys]
        return [*inputs, *((name, self._numbers(sheet, name, "data.targets")) for name in targets)]
