"""Ways to draw other test data, and what each says of the variance of means over the scored timesteps."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sweep.comparison.long_run_variance import waves

Floats = NDArray[np.floating]
Integers = NDArray[np.integer]


class Draw(Protocol):
    """One way to draw test data."""

    @property
    def freedom(self) -> float:
        """The degrees of freedom with which it tells a variance; 0 where there is too little to draw from."""
        ...

    def covariance(self, shares: Floats) -> Floats:
        """(n_means, n_means) from (n_means, n_scored) shares of each timestep in some means, less their average."""
        ...


@dataclass(frozen=True, eq=False)
class Stretches:
    """Stretches of consecutive units: timesteps, whole sequences, or moments of a common clock.

    unit   (n_scored,) the number of the unit in which each timestep lies
    count  of slow waves, whose mean square tells the variance
    """

    unit: Integers
    count: int

    @property
    def freedom(self) -> float:
        """One a wave."""
        return float(self.count)

    def covariance(self, shares: Floats) -> Floats:
        """Of units that remember those before them."""
        units = sums(shares, self.unit)
        amplitudes = waves(units)[:, : self.count]
        return np.asarray(units.shape[1] / self.count * amplitudes @ amplitudes.T)


@dataclass(frozen=True, eq=False)
class Groups:
    """Whole groups, which do not depend on each other, whatever happens within each.

    group  (n_scored,) the number of the group to which each timestep belongs
    """

    group: Integers

    @property
    def freedom(self) -> float:
        """One less than there are groups."""
        return float(self.group.max())

    def covariance(self, shares: Floats) -> Floats:
        """Of independent groups."""
        groups = sums(shares, self.group)
        n = groups.shape[1]
        return np.asarray(n / (n - 1) * groups @ groups.T)


@dataclass(frozen=True, eq=False)
class GroupsAndStretches:
    """Groups, and stretches of time for all of them; what both draws count is taken off once."""

    groups: Groups
    stretches: Stretches

    @property
    def freedom(self) -> float:
        """The fewer: either may be most of the variance."""
        return min(self.groups.freedom, self.stretches.freedom)

    def covariance(self, shares: Floats) -> Floats:
        """The sum of both, less that of stretches that are drawn for each group alone."""
        both = self.groups.covariance(shares) + self.stretches.covariance(shares)
        return np.asarray(both - self._within_groups(shares))

    def _within_groups(self, shares: Floats) -> Floats:
        order = np.argsort(self.groups.group, kind="stable")
        begins = np.flatnonzero(np.diff(self.groups.group[order], prepend=-1))
        time, sorted_shares = self.stretches.unit[order], shares[:, order]
        n = int(time.max()) + 1
        total = np.zeros((len(shares), len(shares)))
        for number in range(1, self.stretches.count + 1):
            wave = np.cos(np.pi * number * (np.arange(n) + 0.5) / n)
            amplitudes = np.add.reduceat(sorted_shares * wave[time], begins, axis=1)
            total += 2 / self.stretches.count * amplitudes @ amplitudes.T
        return total


def sums(shares: Floats, unit: Integers) -> Floats:
    """(n_means, n_units) over the timesteps of each unit."""
    return np.stack([np.bincount(unit, row) for row in shares])
