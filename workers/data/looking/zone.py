"""Whose clock it may be that a time column without a zone shows: hours that repeat and skip tell it."""

import numpy as np
from numpy.typing import NDArray

from workers.data.sources.tabular.zones import to_utc

Numbers = NDArray[np.float64]

# One for each rule by which clocks are changed: by the clock alone, other zones of the same rule cannot be told apart.
ZONES = ("Europe/Berlin", "Europe/London", "Europe/Athens", "America/New_York", "Australia/Sydney")
LONGEST_STEP = 3600.0  # seconds: of longer ones none shows a change of clocks


def zone_of(shown: Numbers, group: NDArray[np.int64]) -> tuple[str, Numbers] | None:
    """The zone by whose rule rows are more evenly spaced than as they stand, and (rows,) their times in UTC.

    shown: (rows,) seconds that the clock shows, as if it showed UTC; group: (rows,) the number of each row's. None
    where no zone makes them more even, or a time is one that its clocks never show.
    """
    usual = _usual(shown, group)
    if not 0 < usual <= LONGEST_STEP:
        return None
    best, fewest = None, _uneven(shown, group, usual)
    for zone in ZONES:
        clock, _ = to_utc(shown, zone, group, sorted_later=False)
        if not np.isnan(clock).any() and (count := _uneven(clock, group, usual)) < fewest:
            best, fewest = (zone, clock), count
    return best


def _steps(clock: Numbers, group: NDArray[np.int64]) -> Numbers:
    """Seconds from row to row of a group, in the order of time."""
    order = np.lexsort((clock, group))
    return np.asarray(np.diff(clock[order])[np.diff(group[order]) == 0])


def _usual(clock: Numbers, group: NDArray[np.int64]) -> float:
    steps = _steps(clock, group)
    return float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0


def _uneven(clock: Numbers, group: NDArray[np.int64], usual: float) -> int:
    return int((np.abs(_steps(clock, group) - usual) > usual / 100).sum())
