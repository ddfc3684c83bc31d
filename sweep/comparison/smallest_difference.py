"""The smallest difference that a comparison would probably find, before it is made."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv, ndtr, ndtri, stdtrit

from sweep.comparison.luck import total_freedom

Floats = NDArray[np.floating]

POWER = 0.8  # "probably"
MIN_SEEDS = 2
MAX_SEEDS = 200
LARGEST = 10.0  # a difference of ten times the reference's error; what is not found at that is not found
SHARED = 0.5  # of the variance of the contrasts as tuned and at the arm's setting is in both, at least: the arm's own
AS_KNOWN = (
    0.35  # of its degrees of freedom: so much a long-run variance varies, whose waves are chosen by the same data
)
POINTS = 128  # at which a distribution is averaged
STEPS = 40  # of halving where a difference is looked for
ROOT = 1.1673039782614187  # of x^6 = x + 1, whose powers fill five dimensions evenly
OF_ORIGINS = 0.41421356237309515, 0.7320508075688772  # of two more dimensions: the roots of 2 and 3, less 1
ALMOST_NORMAL = 1e9  # degrees of freedom


class Spread(NamedTuple):
    """How errors vary, as parts of the reference's error.

    seeds      the standard deviation over the runs of one configuration
    test_data  the variance of the difference of two arms' errors, had other test data been drawn
    freedom    the degrees of freedom with which a comparison will know that
    """

    seeds: float
    test_data: float
    freedom: float


@dataclass(frozen=True)
class Design:
    """A comparison that is yet to be made.

    seeds    that decide, of each arm
    alpha    the level of one arm's two-sided test
    margin   the relative difference that does not matter: what is observed has to be as large
    crossed  whether the arm has to win at its own setting too, against other runs of the reference
    origins  at each of which all of it is run; they are taken to differ by no more than seeds and test data do
    """

    seeds: int
    alpha: float
    margin: float = 0.0
    crossed: bool = True
    origins: int = 1


@dataclass(frozen=True)
class _Test:
    """What a comparison's tests will be like.

    error         the standard error of the difference
    as_tuned      (points,) what the difference has to be to be found as tuned, at evenly likely estimates of the luck
    at_own        (points,) the same at the arm's setting
    """

    error: float
    as_tuned: Floats
    at_own: Floats


def smallest_difference(design: Design, spread: Spread) -> float:
    """The smallest relative difference that is found with a chance of 0.8; infinite where none up to 10 is."""
    test = _test(design, spread)
    return _smallest(lambda difference: _chance_to_find(difference, design, test))


def fewest_seeds(difference: float, design: Design, spread: Spread) -> int | None:
    """The fewest seeds, up to 200, with which a difference is found with a chance of 0.8; None where more are needed.

    The chance grows with the number of seeds.
    """
    low, high = MIN_SEEDS, MAX_SEEDS
    if chance_to_find(difference, replace(design, seeds=high), spread) < POWER:
        return None
    while low < high:
        middle = (low + high) // 2
        enough = chance_to_find(difference, replace(design, seeds=middle), spread) >= POWER
        low, high = (low, middle) if enough else (middle + 1, high)
    return low


def chance_to_find(difference: float, design: Design, spread: Spread) -> float:
    """The probability that an arm which differs by so much, at every setting, is called better, or worse.

    It takes a t test that finds the difference as tuned, and an observed difference of the margin or more; crossed,
    also a test that finds it at the arm's own setting. Half of the variance of the two is the same, that of the arm:
    more where the test data treat both settings alike, so that the chance is rather larger.

    Source: Cohen 1988, Statistical Power Analysis for the Behavioral Sciences, 2nd edition, chapter 2; for two tests
    that share a part, Dunnett 1955, A multiple comparison procedure for comparing several treatments with a control,
    Journal of the American Statistical Association 50.
    """
    return _chance_to_find(difference, design, _test(design, spread))


def chance_of_equality(margin: float, design: Design, spread: Spread) -> float:
    """The probability that two arms which do not differ are called equivalent: all of the interval is in the margin.

    Source: Schuirmann 1987, A comparison of the two one-sided tests procedure and the power approach, Journal of
    Pharmacokinetics and Biopharmaceutics 15.
    """
    return _chance_of_equality(margin, _test(design, spread))


def _chance_to_find(difference: float, design: Design, test: _Test) -> float:
    if test.error == 0:
        return float(difference > 0 and difference >= design.margin)
    as_tuned = (difference - np.maximum(test.as_tuned, design.margin)) / test.error
    if not design.crossed:
        return float(ndtr(as_tuned).mean())
    shared, alone = np.sqrt(SHARED) * _normal()[:, None], np.sqrt(1 - SHARED)
    at_own = (difference - test.at_own) / test.error
    return float((ndtr((as_tuned + shared) / alone) * ndtr((at_own + shared) / alone)).mean())


def _chance_of_equality(margin: float, test: _Test) -> float:
    if test.error == 0:
        return 1.0
    room = (margin - test.as_tuned) / test.error
    return float(np.maximum(ndtr(room) - ndtr(-room), 0.0).mean())


def _test(design: Design, spread: Spread) -> _Test:
    """The tests with these numbers: each part of the luck is estimated with its degrees of freedom, as a chi-square.

    An estimate decides how large a difference has to be in two ways: as the standard error, and by which part seems to
    be the largest, and so how many degrees of freedom there seem to be.
    """
    seeds, data = spread.seeds**2 / (design.seeds * design.origins), spread.test_data
    error = float(np.sqrt(2 * seeds + data))
    if not np.isfinite(error) or spread.freedom <= 0:
        return _Test(1.0, np.full(POINTS, np.inf), np.full(POINTS, np.inf))
    freedom = np.array([design.seeds - 1.0] * 3 + [spread.freedom * AS_KNOWN] * 2)
    arm, tuned, own, data_tuned, data_own = np.array([seeds, seeds, seeds, data, data])[:, None] * _estimates(freedom)
    as_tuned, at_own = (
        _needed(np.stack([arm, reference, by_data], axis=1), by_origins, design, spread)
        for reference, by_data, by_origins in zip(
            (tuned, own), (data_tuned, data_own), error**2 * _by_origins(design), strict=True
        )
    )
    return _Test(error, as_tuned, at_own)


def _needed(estimates: Floats, by_origins: Floats, design: Design, spread: Spread) -> Floats:
    """(points,) the difference that is significant.

    estimates   (points, 3) the variances by arm, reference and data
    by_origins  (points,) all of it by what origins differ in, by which it has to be significant too
    """
    known = design.seeds - 1.0, design.seeds - 1.0, spread.freedom
    freedom = np.array([total_freedom(list(zip(row, known, strict=True))) for row in estimates.tolist()])
    critical = stdtrit(np.minimum(freedom, ALMOST_NORMAL), 1 - design.alpha / 2)
    total = estimates.sum(axis=1)
    at_origins = stdtrit(max(design.origins - 1.0, 1.0), 1 - design.alpha / 2)
    return np.asarray(np.maximum(critical * np.sqrt(total), at_origins * np.sqrt(by_origins)))


def _estimates(freedom: Floats) -> Floats:
    """(parts, points) estimated variances as parts of the true ones, evenly likely; freedom: (parts,) of each."""
    powers = ROOT ** -(1.0 + np.arange(len(freedom)))
    chances = (0.5 + np.outer(powers, np.arange(1, POINTS + 1))) % 1
    finite = np.minimum(freedom, ALMOST_NORMAL)[:, None]
    return np.asarray(2 * gammaincinv(finite / 2, chances) / finite)


def _by_origins(design: Design) -> Floats:
    """(2, points) the same of the variance between origins, as tuned and at the arm's setting; 0 with one origin."""
    if design.origins == 1:
        return np.zeros((2, POINTS))
    chances = (0.5 + np.outer(OF_ORIGINS, np.arange(1, POINTS + 1))) % 1
    freedom = design.origins - 1.0
    return np.asarray(2 * gammaincinv(freedom / 2, chances) / freedom)


def _normal() -> Floats:
    """(points,) of the standard normal distribution, evenly likely."""
    return np.asarray(ndtri((np.arange(POINTS) + 0.5) / POINTS))


def _smallest(chance: Callable[[float], float]) -> float:
    """The smallest argument up to LARGEST at which a growing chance is POWER; infinite where there is none."""
    if chance(LARGEST) < POWER:
        return np.inf
    low, high = 0.0, LARGEST
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if chance(middle) >= POWER else (middle, high)
    return high
