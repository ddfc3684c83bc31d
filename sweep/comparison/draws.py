"""Ways to draw other test data, and what each says of the variance of means over the scored timesteps."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sweep.comparison.long_run_variance import waves
from sweep.comparison.scored_timesteps import even_number, weights

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
        """One a wave, but less than units of equal size would have."""
        return min(float(self.count), even_number(self.unit) - 1)

    def covariance(self, shares: Floats) -> Floats:
        """Of units that remember those before them."""
        units = residuals(shares, self.unit)
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
        """One less than there would be groups, were they of equal size."""
        return even_number(self.group) - 1

    def covariance(self, shares: Floats) -> Floats:
        """Of independent groups."""
        groups = residuals(shares, self.group)
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


def residuals(shares: Floats, unit: Integers) -> Floats:
    """(n_means, n_units) the sums, each as far from the mean of the other units as equal units are on average.

    A large unit pulls the mean towards itself, so that its own sum is too small by what it weighs.

    Source: the jackknife, or HC3, of MacKinnon & White 1985, Some heteroskedasticity-consistent covariance matrix
    estimators with improved finite sample properties, Journal of Econometrics 29.
    """
    weight = weights(unit)
    others = 1 - weight
    scale = np.divide(1 - 1 / len(weight), others, out=np.zeros_like(others), where=others > 0)
    return sums(shares, unit) * scale
