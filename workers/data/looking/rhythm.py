"""How far apart rows are, and which pauses there are."""

from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workers.data.seasons import DAY, in_words
from workers.data.sources.tabular.resample import COMMON

Numbers = NDArray[np.float64]

TOLERANCE = 0.01  # of the usual step
BETWEEN = 0.1  # of the usual step: what is further from a whole number of steps lies between
PAUSES = (3, 6, 12, 24, 48, 96, 192)  # steps: a longer pause may begin a new sequence
FEW = 0.01  # of the steps, at which sequences may be cut
MOST = 0.75  # of the steps
IRREGULAR = 0.2  # of the steps, that lie between
NEARLY_ALL = 0.95  # of the steps, that are as long as those of the calendar
CALENDAR = {"month": (28, 31), "quarter": (90, 92), "year": (365, 366)}  # days


class Rhythm(NamedTuple):
    """How rows of a sequence follow each other.

    step      seconds from row to row, usually
    called    the same in words, such as 5min or a month
    uneven    the part of the steps that are unlike it
    between   the part of the steps that are no whole number of it: rows come when they like
    even      seconds of steps that most of these are no longer than, to bring rows to that come when they like
    max_gap   seconds, longer than which a pause should begin a new sequence; 0: there is none
    """

    step: float
    called: str
    uneven: float
    between: float
    even: float
    max_gap: float

    @property
    def irregular(self) -> bool:
        """Whether rows should be brought to even steps."""
        return self.between > IRREGULAR


def rhythm(steps: Numbers) -> Rhythm | None:
    """Of the steps in seconds from row to row of a sequence, those of 0 left out; None where there is none."""
    steps = steps[steps > 0]
    if not len(steps):
        return None
    usual = float(np.median(steps))
    if called := _calendar(steps):
        return Rhythm(usual, f"a {called}", 0.0, 0.0, usual, 0.0)
    uneven = float((np.abs(steps - usual) > TOLERANCE * usual).mean())
    ratio = steps / usual
    between = float((np.abs(ratio - np.round(np.maximum(ratio, 1))) > BETWEEN).mean())
    most = float(np.quantile(steps, MOST))
    even = float(next((length for length in COMMON if length >= most * (1 - BETWEEN)), max(usual, DAY)))
    return Rhythm(usual, in_words(round(usual, 3)), uneven, between, even, max(_max_gap(steps, usual), 0.0))


def _calendar(steps: Numbers) -> str:
    """What steps are that are as even as the calendar is; empty of others."""
    days = np.round(steps / DAY, 3)
    for name, (low, high) in CALENDAR.items():
        inside = days[(days >= low) & (days <= high)]
        if len(inside) >= NEARLY_ALL * len(days) and len(np.unique(inside)) > 1:
            return name
    return ""


def _max_gap(steps: Numbers, usual: float) -> float:
    """The shortest of PAUSES, in seconds, that few steps are longer than; 0 where no step is longer than that."""
    for pause in PAUSES:
        long = steps > pause * usual
        if not long.any():
            return 0.0
        if long.mean() <= FEW:
            return float(ceil(pause * usual)) if usual >= 1 else pause * usual
    return 0.0
