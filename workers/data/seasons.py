"""What was a season before the moment forecast: looked up by the clock, across gaps and nights, or by counting rows."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workers.data.shift import shifted

Numbers = NDArray[np.float64]

DAY, WEEK, YEAR = 86_400.0, 604_800.0, 52 * 604_800.0  # seconds; a year of whole weeks keeps the weekday
FURTHER = 4  # periods that are gone back beyond the first, where nothing was then
NEARLY = 0.49  # of a step, by which a row may be too early or late


class Season(NamedTuple):
    """The values of a season before.

    values  (rows, n_targets) NaN where none are known
    called  how long the season is, for people
    """

    values: Numbers
    called: str

    @property
    def note(self) -> str:
        """How long it is, and how often nothing is known of then."""
        lacking = float(f"{100 * np.isnan(self.values).any(axis=1).mean():.2g}")
        fell_back = f"; where nothing is known of then, in {lacking:g} % of the rows, the last value" if lacking else ""
        return f"the seasonal baseline is what was {self.called} before the moment forecast{fell_back}"


class Clocked(NamedTuple):
    """When rows were.

    clock  (rows,) seconds
    group  (rows,) the number of each row's group: no row is looked up in another
    step   seconds from a row to the next, usually; above 0
    """

    clock: Numbers
    group: NDArray[np.int64]
    step: float


def clocked(clock: Numbers | None, sequence: NDArray[np.int64], group: NDArray[np.int64] | None) -> Clocked | None:
    """The rows' times, where they have some and go on in it; sequence: (rows,) the number of each row's."""
    if clock is None:
        return None
    steps = np.diff(clock)[np.diff(sequence) == 0]
    step = float(np.median(steps)) if len(steps) else 0.0
    return Clocked(clock, np.zeros_like(sequence) if group is None else group, step) if step > 0 else None


def natural(rows: Clocked) -> tuple[float, ...]:
    """The periods, in seconds, that people's data have: a day and a week, or of days and weeks a week and a year.

    Only those of which rows go on for two.
    """
    span = float(np.ptp(rows.clock))
    return tuple(period for period in (DAY, WEEK, YEAR) if _suits(period, rows.step) and 2 * period <= span)


def _suits(period: float, step: float) -> bool:
    return step <= period / 2 and (step >= DAY or period < YEAR)


def by_clock(now: Numbers, future: Numbers, rows: Clocked, lead: float, season: int | None) -> Season | None:
    """The season of this many steps; of none that natural one which errs less in the first half of the rows.

    now, future  (rows, n_targets) the targets' present values, and those to be forecast, NaN where there are none
    lead         seconds that the forecast looks ahead

    None where no season is given and the rows are too far apart, or too few, to have a natural one.
    """
    periods = natural(rows) if season is None else (season * rows.step,)
    found = [Season(before(now, rows, lead, period), in_words(period)) for period in periods]
    half = len(now) // 2

    def error(season: Season) -> float:
        forecast = np.where(np.isnan(season.values), now, season.values)
        return float(np.nansum(np.square(forecast - future)[:half]))

    return min(found, key=error, default=None)


def by_rows(now: Numbers, sequence: NDArray[np.int64], horizon: int, season: int) -> Season:
    """The season of this many rows of the same sequence; sequence: (rows,) the number of each row's."""
    seasons = -(-horizon // season)
    return Season(shifted(now, sequence, horizon - seasons * season), f"{season} rows")


def in_words(seconds: float) -> str:
    """A duration as a study file may have it, such as 30min."""
    for unit, length in (("D", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length and round(seconds / length, 3) * length == seconds:
            return f"{seconds / length:g}{unit}"
    return f"{seconds:g}s"


def before(values: Numbers, rows: Clocked, lead: float, period: float) -> Numbers:
    """(rows, columns) the values as many periods before the moment `lead` seconds later as it takes to be known by now.

    Where no row of the group was then, FURTHER periods are gone back; NaN where there was none either.
    """
    width = float(np.ptp(rows.clock)) + lead + (FURTHER + 2) * period + lead + 1
    now = rows.group * width + rows.clock - rows.clock.min()
    order = np.argsort(now, kind="stable")
    times, found = now[order], np.full(len(now), -1)
    first = -(-lead // period)
    for back in range(FURTHER + 1):
        wanted = now + lead - (first + back) * period
        near = np.searchsorted(times, wanted + NEARLY * rows.step, side="right") - 1
        there = (near >= 0) & (np.abs(times[near] - wanted) <= NEARLY * rows.step) & (times[near] <= now)
        new = there & (found < 0)
        found[new] = order[near[new]]
    return np.where((found < 0)[:, None], np.nan, values[found])
