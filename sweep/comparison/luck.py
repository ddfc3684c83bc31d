"""A part of the variance of two mean errors, and how well it is known."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

CAUTION = 4.0  # with parts of the luck of which little is known; see `satterthwaite`


class Luck(NamedTuple):
    """How much of two mean errors is luck of one kind.

    arm, reference  the variance of each
    both            their covariance
    freedom         the degrees of freedom with which that is known
    """

    arm: float
    reference: float
    both: float
    freedom: float

    def variance(self, ratio: float = 1.0) -> float:
        """Of arm - ratio * reference."""
        return max(self.arm - 2 * ratio * self.both + ratio**2 * self.reference, 0.0)

    def at_least(self, variance: float) -> "Luck":
        """With this variance of arm - reference or more; what is lacking is added to the arm's."""
        return self._replace(arm=self.arm + max(variance - self.variance(), 0.0))


NO_LUCK = Luck(0.0, 0.0, 0.0, np.inf)
UNKNOWN = Luck(np.inf, 0.0, 0.0, 1.0)


def luck(matrix: Floats, freedom: float) -> Luck:
    """From a (2, 2) covariance of arm and reference."""
    return Luck(float(matrix[0, 0]), float(matrix[1, 1]), float(matrix[0, 1]), freedom)


def satterthwaite(parts: Iterable[tuple[float, float]], caution: float = 0.0) -> float:
    """The degrees of freedom of a sum of independent estimates of variance, each with its own.

    parts    (variance, degrees of freedom); parts of nothing do not count
    caution  makes a part with f degrees of freedom count as if it were 1 + caution / f times as large. A part of very
             few is often estimated much too small, and by its share would then hardly count: with 2 or 3, t tests at a
             nominal 5 % err in up to 7.7 % without caution, and in up to 6 % with a caution of 4

    Source: Satterthwaite 1946, An approximate distribution of estimates of variance components, Biometrics Bulletin 2.
    """
    some = [(variance * (1 + caution / freedom), freedom) for variance, freedom in parts if variance > 0]
    total = sum(variance for variance, _ in some)
    rest = sum((variance / total) ** 2 / freedom for variance, freedom in some) if np.isfinite(total) else 1.0
    return 1 / rest if rest > 0 else np.inf


def total_freedom(parts: Sequence[tuple[float, float]]) -> float:
    """Of the sum of parts, (variance, degrees of freedom) each; the first two are those of seeds."""
    seeds, others = parts[:2], parts[2:]
    both = sum(variance for variance, _ in seeds), satterthwaite(seeds, CAUTION)
    return satterthwaite([both, *others], CAUTION)
