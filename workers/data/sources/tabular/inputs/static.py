"""Columns that are the same in all rows of a group."""

from collections.abc import Sequence

import numpy as np

from workers.data.sources.tabular.inputs.entry import Source
from workers.data.sources.tabular.rows import Rows
from workers.data.sources.tabular.sheets import Sheet
from workers.errors import DataError
from workers.wording import counted


def refuse_varying(rows: Rows, columns: Sequence[Source], groups: Sequence[str], sheet: Sheet) -> None:
    """Raises DataError where one of these columns varies in a group; missing values do not count.

    groups: their names, by their numbers
    """
    for source in columns:
        values = rows.values[:, rows.names.index(source.key)]
        known = np.flatnonzero(~np.isnan(values))
        owner, at = np.unique(rows.owner[known], return_index=True)
        first = known[at]  # of each group the first row that has a value
        first_of = np.zeros(len(groups), np.int64)
        first_of[owner] = first
        other = known[values[known] != values[first_of[rows.owner[known]]]]
        if not len(other):
            continue
        number = int(rows.owner[other[0]])
        cells, two = sheet.columns[source.column], (first_of[number], other[0])
        varies = len(np.unique(rows.owner[other]))
        told = " and ".join(f"{cells.iloc[row]} ({sheet.lines([row])})" for row in rows.row[list(two)])
        more = f", and so in {counted(varies - 1, 'other group')}" if varies > 1 else ""
        what = f"{source.column} is static, but in group {groups[number]} it is {told}{more}"
        raise DataError(f"{sheet.path}: {what}; make it one, or leave static out", "data.inputs")
