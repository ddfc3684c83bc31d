"""Where the scored timesteps of the test split stand: in which sequence, of which group, and when."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from workers.data.layout import Layout

Floats = NDArray[np.floating]
Integers = NDArray[np.integer]

MIN_GROUPS = 10  # with fewer that weigh alike, nothing can be said of groups that are not in the test split


@dataclass(frozen=True, eq=False)
class ScoredTimesteps:
    """The test split as its luck needs it.

    count   of scored timesteps
    starts  (n_sequences,) the scored timestep at which each sequence begins
    groups  (n_sequences,) the group (member of a panel) to which each sequence belongs; None without a panel
    clock   (n_scored,) the common time of each scored timestep; None without one
    origin  (n_scored,) the number, from 0, of the origin at which each was forecast; None where there is one for all

    Raises ValueError for starts, groups, clock or origin that do not fit.
    """

    count: int
    starts: Integers
    groups: Integers | None = None
    clock: Floats | None = None
    origin: Integers | None = None

    def __post_init__(self) -> None:
        starts = np.asarray(self.starts)
        if len(starts) == 0 or starts[0] != 0 or (np.diff(starts) <= 0).any() or starts[-1] >= self.count:
            raise ValueError(f"starts must begin at 0 and ascend, each below {self.count}")
        if self.groups is not None and np.shape(self.groups) != starts.shape:
            raise ValueError(f"each of {len(starts)} sequences needs its group, not {np.shape(self.groups)}")
        if self.clock is not None and (np.shape(self.clock) != (self.count,) or not np.isfinite(self.clock).all()):
            raise ValueError(f"each of {self.count} scored timesteps needs its time, and that is a finite number")
        if self.origin is not None and np.shape(self.origin) != (self.count,):
            raise ValueError(f"each of {self.count} scored timesteps needs its origin, not {np.shape(self.origin)}")

    @classmethod
    def of(cls, layout: "Layout", count: int, origin: Integers | None = None) -> "ScoredTimesteps":
        """Those of a layout of so many scored timesteps."""
        return cls(count, layout.starts, layout.groups, layout.clock, origin)

    @property
    def groups_are_drawn(self) -> bool:
        """Whether a difference is claimed for groups like these, and not only for these."""
        return self.groups is not None and even_number(self.group) >= MIN_GROUPS

    @property
    def sequence(self) -> Integers:
        """(n_scored,) the number of the sequence in which each timestep lies."""
        return np.searchsorted(self.starts, np.arange(self.count), side="right") - 1

    @property
    def group(self) -> Integers:
        """(n_scored,) the number of the group, 0, 1, ..., to which each timestep belongs; 0 without a panel."""
        if self.groups is None:
            return np.zeros(self.count, int)
        return np.unique(self.groups, return_inverse=True)[1][self.sequence]

    @property
    def time(self) -> Integers | None:
        """(n_scored,) the rank of each timestep's time, 0, 1, ...; None without a common clock."""
        return None if self.clock is None else np.unique(self.clock, return_inverse=True)[1]


def weights(unit: Integers) -> Floats:
    """(n_units,) the part of the scored timesteps in each unit; unit: (n_scored,) the number of each one's unit."""
    return np.asarray(np.bincount(unit) / len(unit))


def even_number(unit: Integers) -> float:
    """How many units of equal size would weigh on a mean as evenly as these: as many as there are, or fewer.

    Where one holds most timesteps it is little more than 1, and the others hardly add to what is known.

    Source: Kish 1965, Survey Sampling, section 11.7.
    """
    sizes = np.bincount(unit)
    return float(len(unit) ** 2 / (sizes**2).sum())
