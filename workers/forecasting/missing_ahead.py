"""Which rows cannot be forecast from, since what is known ahead of the row that is forecast was not given."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workers.data.seasons import in_words
from workers.data.sources.table import Table
from workers.data.sources.tabular.inputs.ahead import lacking
from workers.data.sources.tabular.rows import Rows
from workers.errors import DataError
from workers.forecasting.given import SOURCE
from workers.forecasting.recipe import Recipe
from workers.wording import counted, listed


class Lacking(NamedTuple):
    """The rows (rows,) bool, and a sentence on what is needed for them; empty where no row lacks anything."""

    rows: NDArray[np.bool_]
    sentence: str


def missing_ahead(recipe: Recipe, rows: Rows, groups: NDArray[np.object_]) -> Lacking:
    """Of rows that are mended, those whose forecast lacks what is known ahead; groups: their names, by their numbers.

    Raises DataError where there are some, and none of the rows given is one that is known ahead alone.
    """
    table = recipe.data
    assert isinstance(table, Table)  # noqa: S101  (for mypy: only a table's columns are known ahead)
    which = np.zeros(len(rows.row), bool)
    if table.known_ahead:
        which = lacking(rows, recipe.horizon) & (rows.row >= 0)
    if not which.any():
        return Lacking(which, "")
    sentence = _sentence(recipe, table, rows, which, groups)
    if rows.now.all():
        raise DataError(f"{SOURCE}: {sentence}", "data.inputs")
    return Lacking(which, sentence)


def _sentence(recipe: Recipe, table: Table, rows: Rows, which: NDArray[np.bool_], groups: NDArray[np.object_]) -> str:
    first, others = rows.owner[which][0], len(np.unique(rows.owner[which])) - 1
    newest = int(np.flatnonzero(which & (rows.owner == first))[-1])
    end = int(np.flatnonzero(rows.sequence == rows.sequence[newest])[-1])
    names = [source.column for source in table.known_ahead]
    need = counted(newest + recipe.horizon - end, "row")
    where = "" if rows.clock is None else f" after {rows.shown(rows.clock[end : end + 1], table.zone)[0]}"
    whose = f" of {groups[first]}" if table.group_column else ""
    apart = f", {in_words(recipe.step_seconds)} apart" if recipe.step_seconds and rows.clock is not None else ""
    more = f"; and so for {counted(others, 'other group')}" if others else ""
    known = f"{listed(names)} {'are' if len(names) > 1 else 'is'} known ahead"
    what = f"{counted(which.sum(), 'row')} cannot be forecast from without the rows that are forecast"
    alone = listed([*table.labels, *dict.fromkeys(names)])
    return f"{known}, and {what}: {need} more needed{where or ' at the end'}{whose}{apart}, with {alone} alone{more}"
