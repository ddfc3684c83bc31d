"""From low to high."""

from typing import NamedTuple

import numpy as np


class Interval(NamedTuple):
    """From low to high; either may be infinite."""

    low: float
    high: float

    @property
    def side(self) -> int:
        """1 where all of it lies above zero, -1 where all lies below, 0 where it contains zero."""
        return int(self.low > 0) - int(self.high < 0)

    def within(self, margin: float) -> bool:
        """Whether all of it lies between -margin and +margin."""
        return -margin <= self.low and self.high <= margin


UNBOUNDED = Interval(-np.inf, np.inf)
