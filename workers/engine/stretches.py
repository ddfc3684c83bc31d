"""Stretches of a run of windows, read side by side on lanes to find the states at their ends."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workers.data.timeline import Integers
from workers.plans.windows import Flags


class Stretches(NamedTuple):
    """The windows begin .. end-1 of a run, n times.

    begin, end  (n,) numbers of windows of the run, the one below the other
    goes_on     (n,) whether a stretch begins where the one above ends, in the state that it leaves
    """

    begin: Integers
    end: Integers
    goes_on: Flags

    @classmethod
    def apart(cls, begin: Integers, end: Integers) -> "Stretches":
        """Each for itself."""
        return cls(begin, end, np.zeros(len(begin), bool))

    @classmethod
    def since(cls, origin: Integers, end: Integers) -> "Stretches":
        """From each origin to all the ends that lie behind it; both (n,) ascending."""
        goes_on = np.append(False, origin[1:] == origin[:-1])
        return cls(np.where(goes_on, np.roll(end, 1), origin), end, goes_on)

    def twice(self) -> "Stretches":
        """All of them, and all of them once more."""
        return Stretches(np.tile(self.begin, 2), np.tile(self.end, 2), np.tile(self.goes_on, 2))

    def laid(self, lanes: int) -> "Laid":
        """Laid on so many lanes, each with about as many windows."""
        done = np.cumsum(self.end - self.begin)
        before = done - (self.end - self.begin)
        opens = np.flatnonzero(~self.goes_on)
        lane = (before[opens] * lanes // done[-1])[np.cumsum(~self.goes_on) - 1]
        first = before[np.searchsorted(lane, lane)]
        return Laid(self, lanes, lane, before - first, done - first)


@dataclass(frozen=True)
class Laid:
    """Stretches on so many lanes: on which each lies, and at which of its steps each begins and ends, all (n,)."""

    stretches: Stretches
    lanes: int
    lane: Integers
    begin: Integers
    end: Integers

    @property
    def steps(self) -> int:
        """Of the lane that has most."""
        return int(self.end.max())

    @property
    def index(self) -> NDArray[np.int64]:
        """(steps, lanes) the number in the run of each window; -1: an empty one."""
        found = np.full((self.steps, self.lanes), -1, np.int64)
        length = self.end - self.begin
        within = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
        lane, step, number = (np.repeat(each, length) for each in (self.lane, self.begin, self.stretches.begin))
        found[step + within, lane] = number + within
        return found
