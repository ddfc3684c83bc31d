"""How much of two mean errors is the luck of the test data: of its stretches of time, its sequences and its groups."""

import numpy as np
from numpy.typing import NDArray

from sweep.comparison.long_run_variance import wave_count, waves
from sweep.comparison.luck import NO_LUCK, UNKNOWN, Luck, luck
from sweep.comparison.scored_timesteps import ScoredTimesteps

Floats = NDArray[np.floating]
Integers = NDArray[np.integer]

MIN_SEQUENCES = 20  # from so many on whole sequences are drawn, if they are short
WAVES_PER_SEQUENCE = 0.25  # a sequence is short where so many waves or more fall on one, on average


def test_data_luck(arm: Floats, reference: Floats, data: ScoredTimesteps) -> Luck:
    """The (co)variance of two means over the scored timesteps, had other test data been drawn.

    arm, reference  (n_scored,) the influence of each timestep on the two errors

    Without a panel  stretches of time are drawn. Where there are 20 sequences or more, and they are short beside the
                     stretches, whole sequences are drawn; else one follows the other as in a single record
    Panel            groups are drawn (G - 1 degrees of freedom). With a common clock stretches of time are drawn as
                     well, for all groups together, and what both draws count is taken off once; no less than the wider
    Below 10 groups  they are not drawn: stretches of time are, jointly where there is a common clock

    Infinite where there is too little to draw from.

    Source: Cameron, Gelbach & Miller 2011, Robust inference with multiway clustering, Journal of Business & Economic
    Statistics 29; with serial correlation: Thompson 2011, Simple formulas for standard errors that cluster by both firm
    and time, Journal of Financial Economics 99; and for a single series Kuensch 1989, The jackknife and the bootstrap
    for general stationary observations, Annals of Statistics 17.
    """
    both = np.stack([arm, reference]) / len(arm)
    both = both - both.mean(axis=1, keepdims=True)
    if not (both[0] - both[1]).any():
        return NO_LUCK
    time = data.time
    if not data.groups_are_drawn:
        return _over_time(both, data) if time is None else _of_waves(_sums(both, time))
    groups = _of_groups(both, data.group)
    return groups if time is None else _two_ways(both, data.group, time, groups)


def _over_time(both: Floats, data: ScoredTimesteps) -> Luck:
    """Of stretches of time, or whole sequences where there are many that are short."""
    count = wave_count(both[0] - both[1])
    if len(data.starts) >= max(MIN_SEQUENCES, WAVES_PER_SEQUENCE * count):
        return _of_waves(np.add.reduceat(both, data.starts, axis=1), separate=True)
    return _of_waves(both)


def _of_waves(both: Floats, *, separate: bool = False) -> Luck:
    """Of consecutive units that are drawn.

    both  (2, n_units) the sum of each unit's shares in the two means
    """
    n = both.shape[1]
    if n < 2:
        return UNKNOWN
    count = wave_count(both[0] - both[1], separate=separate)
    amplitudes = waves(both)[:, :count]
    return luck(n / count * amplitudes @ amplitudes.T, count)


def _of_groups(both: Floats, group: Integers) -> Luck:
    """Of independent groups, whatever happens within each."""
    sums = _sums(both, group)
    n = sums.shape[1]
    return luck(n / (n - 1) * sums @ sums.T, n - 1)


def _two_ways(both: Floats, group: Integers, time: Integers, groups: Luck) -> Luck:
    """Of groups and of stretches of time for all of them; the widest of both together and either alone."""
    joint = _sums(both, time)
    times = _of_waves(joint)
    if not np.isfinite(times.arm):
        return groups
    within = _within_groups(both, group, time, int(times.freedom))
    shared = times.variance() - within.variance()
    candidates = [groups, times]
    if shared > 0:
        freedom = min(groups.freedom, times.freedom)
        arm, reference, cross = np.array(groups[:3]) + np.array(times[:3]) - np.array(within[:3])
        candidates.append(Luck(float(arm), float(reference), float(cross), freedom))
    return max(candidates, key=Luck.variance)


def _within_groups(both: Floats, group: Integers, time: Integers, count: int) -> Luck:
    """Of stretches of time that are drawn for each group alone: what both other draws count."""
    n, groups = int(time.max()) + 1, int(group.max()) + 1
    total = np.zeros((2, 2))
    for number in range(1, count + 1):
        wave = np.sqrt(2 / n) * np.cos(np.pi * number * (np.arange(n) + 0.5) / n)
        amplitudes = _sums(both * wave[time], group, groups)
        total += amplitudes @ amplitudes.T
    return luck(n / count * total, count)


def _sums(both: Floats, unit: Integers, count: int = 0) -> Floats:
    """(2, n_units) over the timesteps of each unit."""
    return np.stack([np.bincount(unit, values, minlength=count) for values in both])
