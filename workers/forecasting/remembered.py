"""What of a table's rows the next ones are read with, by group: the last of them, and those that wait.

A group's past has the `clock` of its last row that was not dropped, and the `values` known by then in its sequence;
where inputs look further back, also the rows `before` it that they may need, each its clock and its values.
Where rows are resampled it has `rows` too, each its clock and its values: those of the interval that has not ended, and
the one before, by which pauses are told. Its values are then none where its sequence has no such row.
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from workers.data.sources.tabular.inputs.back import Back, kept_from
from workers.data.sources.tabular.missing import last_known
from workers.data.sources.tabular.resample import ended, interval
from workers.data.sources.tabular.rows import Rows
from workers.data.sources.tabular.sheets import Sheet
from workers.errors import DataError

Past: TypeAlias = Mapping[str, Any]
Pasts: TypeAlias = Mapping[int, Past]  # by the number of the group

NOTHING: Past = {"values": None, "clock": None}


def refuse_the_past(rows: Rows, sheet: Sheet, pasts: Pasts) -> None:
    """Raises DataError where a row is not later than what its group was fed before."""
    if rows.clock is None:
        return
    latest = np.full(int(rows.sequence.max()) + 1, -np.inf)
    for number, past in pasts.items():
        latest[number] = past["rows"][-1][0] if "rows" in past else past["clock"]
    old = rows.clock <= latest[rows.sequence]
    if old.any():
        what = "is not later than the last row that was fed before; reset the group to begin again"
        raise DataError(f"{sheet.path}, {sheet.lines(np.flatnonzero(old)[:1])}: its time {what}")


def after_waiting(rows: Rows, pasts: Pasts) -> Rows:
    """The rows, after those of each group that were kept; the number of these is -1."""
    kept = [(number, row) for number, past in pasts.items() for row in past.get("rows", ())]
    if not kept:
        return rows
    codes = np.array([number for number, _ in kept], np.int64)
    values = np.array([row[1:] for _, row in kept], np.float64)
    return _joined(rows, values, [row[0] for _, row in kept], codes, codes)


def after_last(rows: Rows, came: Rows, pasts: Pasts) -> Rows:
    """The rows, each group's after the last one that was not dropped, whose number of row is -1.

    came: the rows as they came, in order, by which it is known to which sequence that one belongs
    """
    known = {number: past for number, past in pasts.items() if past["values"] is not None}
    if not known:
        return rows
    kept = [
        (number, row)
        for number, past in known.items()
        for row in [*past.get("before", ()), [past["clock"], *past["values"]]]
    ]
    codes = np.array([number for number, _ in kept], np.int64)
    sequence = came.sequence[[int(np.argmax(came.owner == number)) for number in codes]]
    values = np.array([row[1:] for _, row in kept], np.float64)
    joined = _joined(rows, values, [row[0] for _, row in kept], sequence, codes)
    return joined.take(np.argsort(joined.sequence, kind="stable"))


def untold(rows: Rows, pasts: Pasts, step: float | None) -> Rows:
    """Rows that were resampled to so many seconds, without those of intervals that had ended before.

    An interval that has only rows which were kept counts as new, so that it has a number of row.
    """
    if step is None or not pasts:
        return rows
    told = np.full(int(rows.owner.max(initial=-1)) + 1, np.iinfo(np.int64).min)
    for number, past in pasts.items():
        told[number : number + 1] = ended(np.array([past["rows"][-1][0]]), step)
    new = rows.take(interval(rows.clock, step) > told[rows.owner])
    return replace(new, row=np.maximum(new.row, 0))


def remembered(mended: Rows, came: Rows, step: float | None, back: Back) -> dict[int, Past]:
    """The pasts of the groups of these rows.

    mended: those that are forecast from, with what was before them, missing values not yet filled; came: those that
    came, in order, with what was kept; step: seconds to which they were resampled; back: how far inputs look back
    """
    known, clock = last_known(mended), mended.clock
    last: dict[int, Past] = {
        number: {
            "values": _plain(known[stop - 1]),
            "clock": None if clock is None else float(clock[stop - 1]),
            **_before(mended, known, step, (start, stop), back),
        }
        for number, start, stop in _stretches(mended.owner)
    }
    if step is None:
        return last
    return {
        number: {
            **_of_sequence(last.get(number, NOTHING), came, start, stop, step),
            "rows": _waiting(came, start, stop, step),
        }
        for number, start, stop in _stretches(came.owner)
    }


def _before(
    mended: Rows, known: NDArray[np.float64], step: float | None, own: tuple[int, int], back: Back
) -> dict[str, Any]:
    """The rows before the last of a group's rows, from own[0] to own[1], that the next may look back to."""
    if not any(back):
        return {}
    start = max(own[0], int(mended.starts[mended.starts < own[1]][-1]))
    first = kept_from(mended, step, start, own[1], back)
    clock = [None] * len(known) if mended.clock is None else mended.clock.tolist()
    return {"before": [[clock[at], *_plain(known[at])] for at in range(first, own[1] - 1)]}


def _joined(
    rows: Rows,
    values: NDArray[np.float64],
    clock: list[float | None],
    sequence: NDArray[np.int64],
    group: NDArray[np.int64],
) -> Rows:
    return replace(
        rows,
        values=np.concatenate([values, rows.values]),
        sequence=np.concatenate([sequence, rows.sequence]),
        clock=None if rows.clock is None else np.append(np.array(clock, np.float64), rows.clock),
        row=np.concatenate([np.full(len(values), -1), rows.row]),
        group=None if rows.group is None else np.concatenate([group, rows.group]),
        later=None if rows.later is None else np.append(np.zeros(len(values), bool), rows.later),
    )


def _stretches(owner: NDArray[np.int64]) -> list[tuple[int, int, int]]:
    """Each group, and from where to where its rows are; owner: (rows,), each group's together."""
    borders = np.flatnonzero(np.append(True, owner[1:] != owner[:-1])[: len(owner)]).tolist()
    return [(int(owner[a]), a, b) for a, b in pairwise([*borders, len(owner)])]


def _of_sequence(last: Past, came: Rows, start: int, stop: int, step: float) -> Past:
    """The last row that was not dropped, or nothing if a pause parts it from the last that came."""
    assert came.clock is not None  # noqa: S101  (for mypy: resampling needs time)
    begin = start + int(np.argmax(came.sequence[start:stop] == came.sequence[stop - 1]))
    if last["values"] is None or came.row[begin] < 0:
        return last
    borders = interval(np.array([last["clock"], came.clock[begin]]), step)
    return last if borders[0] >= borders[1] else NOTHING


def _waiting(came: Rows, start: int, stop: int, step: float) -> list[list[float | None]]:
    """Of a group the rows of the interval that has not ended, and the one before; each its clock and its values."""
    assert came.clock is not None  # noqa: S101  (for mypy: resampling needs time)
    numbers = interval(came.clock[start:stop], step)
    over = int(np.searchsorted(numbers, ended(came.clock[stop - 1 : stop], step)[0], side="right"))
    first = start + max(over - 1, 0)
    return [[float(came.clock[at]), *_plain(came.values[at])] for at in range(first, stop)]


def _plain(values: NDArray[np.float64]) -> list[float | None]:
    """As JSON can hold them."""
    return [None if np.isnan(value) else float(value) for value in values]
