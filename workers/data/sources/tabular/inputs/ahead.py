"""What is known ahead: the row that is forecast, and rows at the end of which nothing else is known."""

from collections.abc import Collection
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from workers.data.sources.tabular.rows import Rows
from workers.wording import counted, listed

Integers = NDArray[np.int64]


def set_apart(rows: Rows, known: Collection[str], fixed: Collection[str]) -> Rows:
    """The rows, of which the last ones of a group that have nothing but what is known ahead are marked as `later`.

    rows: in order, one sequence a group; known: the columns that are known ahead; fixed: those that such a row may have
    too. In the others a later row then has 0, which nothing reads, so that no value of it counts as missing.
    """
    free = np.isin(rows.names, [*known, *fixed])
    number = np.arange(len(rows.row))
    empty = np.isnan(rows.values[:, ~free]).all(axis=1)
    last = np.maximum.reduceat(np.where(empty, -1, number), rows.starts)
    later = number > np.repeat(last, rows.lengths)
    unread = later[:, None] & ~np.isin(rows.names, [*known]) & np.isnan(rows.values)
    note = f"{counted(later.sum(), 'row')} at the end with {listed(known)} alone: known ahead, and not forecast from"
    found = replace(rows, values=np.where(unread, 0.0, rows.values), later=later)
    return found.noted(note if later.any() else "")


def row_forecast(rows: Rows, steps: int, duration: float | None = None) -> Integers:
    """(rows,) the row that is forecast from each, or the last of its sequence before that.

    steps: how many rows ahead it is; duration: seconds that it is ahead, where the horizon is said so. A row that is
    further ahead by more than half a step is another.
    """
    number = np.arange(len(rows.row))
    found = np.minimum(number + steps, _last(rows))
    if duration is not None and rows.clock is not None:
        latest = rows.clock + duration * (1 + 1 / (2 * steps))
        for start, length in zip(rows.starts, rows.lengths, strict=True):
            own = slice(start, start + length)
            there = start + np.searchsorted(rows.clock[own], latest[own], side="right") - 1
            found[own] = np.minimum(found[own], there)
    return found


def lacking(rows: Rows, steps: int) -> NDArray[np.bool_]:
    """(rows,) whether the row that is forecast from it is still to come, and not among the later ones."""
    number, owner = np.arange(len(rows.row)), rows.owner
    newest = np.full(owner.max(initial=-1) + 1, -1)
    np.maximum.at(newest, owner[rows.now], number[rows.now])
    is_open = rows.sequence == rows.sequence[newest[owner]]
    return np.asarray(rows.now & is_open & (number + steps > _last(rows)))


def _last(rows: Rows) -> Integers:
    """(rows,) the last row of each row's sequence."""
    return np.repeat(rows.starts + rows.lengths - 1, rows.lengths)
