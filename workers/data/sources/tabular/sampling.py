"""How far apart rows are in time, and what a horizon is in rows or in time."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workers.data.seasons import in_words
from workers.data.sources.tabular.rows import Rows
from workers.errors import DataError

Numbers = NDArray[np.float64]

FIELD = "data.horizon"
TOLERANCE = 0.01  # of the usual step: what differs less is as long
BETWEEN = 0.1  # of the usual step: a horizon that is further from a row lies between two
NEARLY_ALL = 0.95  # of the steps, that must be as long as the usual one for rows to be evenly spaced
MOST = (5, 50, 95)  # per cent of the steps, that are at most as long as what is said
FEWEST = 10  # steps, of which something is said


def uneven(rows: Rows, column: str, horizon: int) -> str:
    """A note of how far apart rows are in time and what the horizon, in rows, then means; empty where it is clear."""
    steps = _ahead(rows, 1)
    if len(steps) < FEWEST or _unlike(steps) <= 1 - NEARLY_ALL:
        return ""
    said = f"{column} goes on by {_spread(steps)} from row to row"
    ahead = _ahead(rows, horizon)
    return f"{said}: a horizon of {horizon} is {_spread(ahead)}" if horizon > 1 and len(ahead) else said


class Said(NamedTuple):
    """Where a study file says a duration that stands for rows, and what one row is there."""

    name: str
    field: str
    one: str


HORIZON = Said("horizon", FIELD, "the next row")
LAG = Said("lag", "data.inputs", "the row before")


def in_rows(rows: Rows, duration: float, written: str, said: Said = HORIZON) -> int:
    """How many rows a duration in seconds is; written: as the study file has it.

    Raises DataError where rows are not evenly spaced, or the duration lies between two rows.
    """
    steps, (name, field, one) = _ahead(rows, 1), said
    if not len(steps):
        raise DataError(f"a {name} of {written} needs two rows of a sequence to know how far apart rows are", field)
    usual = float(np.median(steps))
    if _unlike(steps) > 1 - NEARLY_ALL or not usual > 0:
        advice = f"say {name}: 1 for {one}, or another number of rows; or cut at pauses with max_gap"
        raise DataError(f"rows are not evenly spaced: {_spread(steps)} apart; {advice}", field)
    count = round(duration / usual)
    if count < 1 or abs(count * usual - duration) > BETWEEN * usual:
        near = in_words(max(count, 1) * usual)
        raise DataError(f"{written} is no whole number of steps of {in_words(usual)}; say {name}: {near}", field)
    return count


def on_time(rows: Rows, steps: int, duration: float) -> NDArray[np.bool_]:
    """(rows,) whether the row so many steps ahead is as long ahead as the duration, in seconds, to half a step."""
    assert rows.clock is not None  # noqa: S101  (for mypy: a horizon in time needs time)
    there = np.zeros(len(rows.row), bool)
    if steps < len(rows.row):
        far = rows.clock[steps:] - rows.clock[:-steps]
        there[:-steps] = np.abs(far - duration) <= duration / steps / 2
    return there


def since_before(rows: Rows) -> Numbers:
    """(rows,) seconds since the row before of the same sequence; 0 at its first."""
    assert rows.clock is not None  # noqa: S101  (for mypy: a step needs time)
    steps = np.diff(rows.clock, prepend=rows.clock[:1])
    steps[1:][~rows.continues] = 0
    return np.asarray(steps)


def _ahead(rows: Rows, count: int) -> Numbers:
    """Seconds from each row to the one `count` later in its sequence."""
    if rows.clock is None or not 0 < count < len(rows.row):
        return np.zeros(0)
    inside = rows.sequence[count:] == rows.sequence[:-count]
    return np.asarray((rows.clock[count:] - rows.clock[:-count])[inside])


def _unlike(steps: Numbers) -> float:
    """The part of the steps that are not as long as the usual one."""
    usual = np.median(steps)
    return float(np.mean(np.abs(steps - usual) > TOLERANCE * usual))


def _spread(steps: Numbers) -> str:
    low, middle, high = (in_words(round(float(length), 3)) for length in np.percentile(steps, MOST))
    return f"{middle}" if low == middle == high else f"{middle} ({low} to {high} for nine of ten)"
