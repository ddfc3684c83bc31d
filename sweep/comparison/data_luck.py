"""How much of two mean errors is the luck of the test data: of its stretches of time, its sequences and its groups."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sweep.comparison.draws import Draw, Groups, GroupsAndStretches, Stretches, sums
from sweep.comparison.long_run_variance import wave_count
from sweep.comparison.luck import NO_LUCK, UNKNOWN, Luck, luck
from sweep.comparison.scored_timesteps import ScoredTimesteps

Floats = NDArray[np.floating]
Integers = NDArray[np.integer]

MIN_SEQUENCES = 20  # from so many of equal size on whole sequences are drawn, if they are short
WAVES_PER_SEQUENCE = 0.25  # a sequence is short where so many waves or more fall on one, on average


class Influence(NamedTuple):
    """What the scored timesteps add to a mean error.

    mean   (n_scored,) over seeds
    apart  (n_rows, n_scored) what single seeds add to it beside that, scaled so that the rows' variances sum up to
           the variance that the mean over seeds has by them
    """

    mean: Floats
    apart: Floats


def data_luck(arm: Influence, reference: Influence, seeds: tuple[float, float], data: ScoredTimesteps) -> Luck:
    """The (co)variance of two mean errors, had other test data been drawn, beside what seeds have already.

    seeds  the variance of either mean error by its seeds

    What seeds do at single timesteps only is luck of both seeds and test data. It is in the variance between runs, and
    therefore taken off here.

    Infinite where there is too little to draw from. `draw` says how test data are drawn.
    """
    means = np.stack([arm.mean, reference.mean])
    way = draw(arm.mean - reference.mean, data)
    if not way.freedom:
        return UNKNOWN
    if not (means[0] - means[1]).any():
        return NO_LUCK._replace(freedom=way.freedom)
    covariance = way.covariance(_shares(means))
    counted = [
        min(float(np.trace(way.covariance(_shares(part.apart)))), variance)
        for part, variance in zip((arm, reference), seeds, strict=True)
    ]
    own, other = np.diag(covariance) - counted
    found = Luck(float(own), float(other), float(covariance[0, 1]), way.freedom)
    return found if found.variance() > 0 else NO_LUCK._replace(freedom=way.freedom)


def origins_luck(arm: Influence, reference: Influence, data: ScoredTimesteps) -> Luck:
    """The (co)variance of two mean errors, had other origins been drawn; none where there is one origin.

    An origin adds to a mean error what its stretch of the test split does, by its share of the timesteps. Of K origins
    of equal size it is the variance between them over K, with K - 1 degrees of freedom. All luck is in it, that of
    seeds and of the test data too.
    """
    if data.origin is None:
        return NO_LUCK
    way = Groups(data.origin)
    return luck(way.covariance(_shares(np.stack([arm.mean, reference.mean]))), way.freedom)


def mean_luck(values: Floats, data: ScoredTimesteps) -> tuple[float, float] | None:
    """The variance of the mean of values (n_scored,), had other data been drawn, and its degrees of freedom.

    None where there is too little to draw from.
    """
    way = draw(values, data)
    if way.freedom < 1:
        return None
    return max(float(way.covariance(_shares(values[None]))[0, 0]), 0.0), float(way.freedom)


def draw(difference: Floats, data: ScoredTimesteps) -> Draw:
    """How other test data would be drawn.

    difference  (n_scored,) between the influences on two errors

    Without a panel  stretches of time, for which one sequence follows the other as in a single record; with a common
                     clock, for all sequences together. Where there are 20 sequences or more, and they are short beside
                     the stretches, whole sequences instead if they count more
    Panel            groups; with a common clock also stretches of time for all groups together, and then what counts
                     most: both, or either alone
    Below 10 groups  they are not drawn; as without a panel

    Sequences or groups of unequal size count as the fewer that would weigh alike.

    In simulated panels of 10 to 100 groups and 60 to 1000 timesteps a t test at a nominal 5 % errs in at most 7 %, with
    and without memory within groups, common shocks, and groups that differ. What fails are common shocks that last as
    long as a fair part of the panel (autocorrelation 0.9 in 60 or 100 timesteps): up to 10 %. Where nothing is common
    to groups or times it errs in 2 to 4 % only, since the way that counts most is chosen.

    Source: Cameron, Gelbach & Miller 2011, Robust inference with multiway clustering, Journal of Business & Economic
    Statistics 29; with serial correlation: Thompson 2011, Simple formulas for standard errors that cluster by both firm
    and time, Journal of Financial Economics 99; stretches: Kuensch 1989, The jackknife and the bootstrap for general
    stationary observations, Annals of Statistics 17.
    """
    shares = _shares(difference[None])
    time = data.time
    if not data.groups_are_drawn:
        return _over_time(shares, data) if time is None else _stretches(shares, time)
    groups = Groups(data.group)
    if time is None:
        return groups
    stretches = _stretches(shares, time)
    if not stretches.freedom:
        return groups
    return _widest(shares, groups, stretches, GroupsAndStretches(groups, stretches))


def _over_time(shares: Floats, data: ScoredTimesteps) -> Draw:
    """Stretches of timesteps, or whole sequences."""
    timesteps = _stretches(shares, np.arange(data.count))
    if len(data.starts) < max(MIN_SEQUENCES, WAVES_PER_SEQUENCE * timesteps.count):
        return timesteps
    return _widest(shares, timesteps, _stretches(shares, data.sequence, separate=True))


def _widest(shares: Floats, *ways: Draw) -> Draw:
    """By which the variance of the only mean is largest."""
    return max(ways, key=lambda way: float(way.covariance(shares)[0, 0]))


def _stretches(shares: Floats, unit: Integers, *, separate: bool = False) -> Stretches:
    return Stretches(unit, wave_count(sums(shares, unit)[0], separate=separate))


def _shares(influences: Floats) -> Floats:
    """(n_means, n_scored) of each timestep in each mean, less their average."""
    return np.asarray((influences - influences.mean(axis=1, keepdims=True)) / influences.shape[1])
