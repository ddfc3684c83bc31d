"""Would a difference hold on another stretch of time: a moving-block bootstrap over the test split's losses."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from sweep.comparison.intervals import EVERYTHING, Interval

Floats = NDArray[np.floating]
Integers = NDArray[np.integer]

RESAMPLES = 1000
MANY_SEQUENCES = 20  # from here on whole sequences are drawn, if they are short
SHORT = 4  # blocks: a sequence that holds fewer on average
MOST_BLOCKS = 2500  # in a resample; more would cost time, and make the interval no better


@dataclass(frozen=True)
class Blocks:
    """An interval of the relative difference, and the blocks it comes from.

    interval  of (arm - reference) / |reference|; infinite where the test split has too few blocks to tell
    length    of a block, in `unit`s
    count     blocks in a resample
    """

    interval: Interval
    length: int
    count: int
    unit: str


@dataclass(frozen=True)
class _Series:
    """What is drawn, in order: timesteps or whole sequences.

    arm, reference, weight  (n,) sums of losses, and the timesteps they are over
    starts                  (n_runs,) where blocks must not reach across
    """

    arm: Floats
    reference: Floats
    weight: Floats
    starts: Integers
    unit: str


def block_interval(
    arm: Floats, reference: Floats, starts: Integers, confidence: float, *, root: bool = False
) -> Blocks:
    """How far the relative difference of two trained models may be the luck of the test split's stretch of time.

    arm, reference  (time,) the loss at each scored timestep, averaged over seeds
    starts          (n_sequences,) where each sequence begins; blocks never cross from one into the next, and where
                    there are 20 sequences or more that hold fewer than 4 blocks each, blocks are made of whole ones
    root            the objective is the root of the mean loss

    Blocks of consecutive losses are drawn with replacement (Kuensch 1989), the same for both models, until they are as
    many as fill the split. The interval is the difference plus and minus Student's t, with one degree of freedom less
    than there are blocks, times the standard deviation over 1,000 resamples: percentiles are too narrow where blocks
    are few. The draws are the same each time. A block is as long as `block_length` finds necessary, and no shorter than
    the cube root of the number of timesteps.

    Raises ValueError for losses that are not finite or not of the same timesteps, and starts that do not fit them.
    """
    _check(arm, reference, starts)
    series = _series(np.asarray(arm, float), np.asarray(reference, float), np.asarray(starts))
    length = _length(series)
    difference = _difference(series.arm.sum(), series.reference.sum(), series.weight.sum(), root=root)
    drawn, count = _resample(series, length)
    spread = _difference(*drawn, root=root)
    if count < 2 or not np.isfinite(spread).all():
        return Blocks(EVERYTHING, length, count, series.unit)
    half = float(stats.t.ppf((1 + confidence) / 2, count - 1) * spread.std(ddof=1))
    return Blocks(Interval(float(difference - half), float(difference + half)), length, count, series.unit)


def block_length(values: Floats, starts: Integers) -> int:
    """The block length that makes the mean's bootstrap variance most accurate, from the series' autocorrelations.

    values (n,), starts (n_runs,): products never reach across a start. The automatic choice of Politis & White 2004
    with the correction of Patton, Politis & White 2009, for blocks of fixed length; at most 3 sqrt(n) and n / 3.
    """
    n = len(values)
    furthest = int(np.ceil(np.sqrt(n))) + MEMORY
    longest = int(np.diff(np.append(starts, n)).max())
    covariance = _autocovariances(values - values.mean(), starts, min(furthest, longest - 1))
    if covariance[0] <= 0 or n < 2 * MEMORY:
        return 1
    lags = np.arange(1, len(covariance))
    small = np.abs(covariance[1:]) < 2 * np.sqrt(np.log10(n) / n) * covariance[0]
    bandwidth = min(2 * max(_settled(small), 1), len(lags))
    weight = np.clip(2 * (1 - lags / bandwidth), 0, 1) if bandwidth else np.zeros(0)
    bias = 2 * np.sum(weight * lags * covariance[1:])
    variance = covariance[0] + 2 * np.sum(weight * covariance[1:])
    longest_block = max(min(3 * np.sqrt(n), n / 3), 1)
    if variance <= 0:  # an estimate can be
        return int(longest_block)
    best = (2 * bias**2 / (4 / 3 * variance**2) * n) ** (1 / 3)
    return int(min(max(np.ceil(best), 1), longest_block))


MEMORY = 5  # so many small autocorrelations in a row, and the rest are taken to be zero


def _check(arm: Floats, reference: Floats, starts: Integers) -> None:
    if np.ndim(arm) != 1 or np.shape(arm) != np.shape(reference):
        raise ValueError(f"losses must be of the same timesteps, not {np.shape(arm)} and {np.shape(reference)}")
    if not (np.isfinite(arm).all() and np.isfinite(reference).all()):
        raise ValueError("losses must be finite: average them over runs that finished, at timesteps that are scored")
    if len(starts) == 0 or starts[0] != 0 or (np.diff(starts) <= 0).any() or starts[-1] >= len(arm):
        raise ValueError(f"starts must begin at 0 and ascend, each below {len(arm)}")


def _series(arm: Floats, reference: Floats, starts: Integers) -> _Series:
    single = _Series(arm, reference, np.ones(len(arm)), starts, "timesteps")
    if len(starts) < MANY_SEQUENCES or len(arm) / len(starts) >= SHORT * _length(single):
        return single
    own, other, timesteps = (np.add.reduceat(values, starts) for values in (arm, reference, np.ones(len(arm))))
    return _Series(own, other, timesteps, np.zeros(1, int), "sequences")


def _length(series: _Series) -> int:
    n = len(series.arm)
    shortest = round(n ** (1 / 3)) if series.unit == "timesteps" else 1
    return max(block_length(_influence(series), series.starts), shortest, -(-n // MOST_BLOCKS))


def _influence(series: _Series) -> Floats:
    """(n,) what each unit adds to the difference: its blocks must be as long as this remembers."""
    total = series.weight.sum()
    arm, reference = series.arm.sum() / total, series.reference.sum() / total
    influence: Floats = series.arm * reference - series.reference * arm
    return influence


def _difference(arm: Floats, reference: Floats, weight: Floats, *, root: bool) -> Floats:
    power = 0.5 if root else 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        own, other = (np.abs(total / weight) ** power * np.sign(total) for total in (arm, reference))
        return np.asarray((own - other) / np.abs(other))


def _resample(series: _Series, length: int) -> tuple[list[Floats], int]:
    """Three (RESAMPLES,) sums over the blocks of a resample, and how many blocks it has."""
    first, size, chance = _candidates(len(series.arm), series.starts, length)
    count = round(chance.sum())
    rng = np.random.default_rng(0)
    blocks = rng.choice(len(first), (RESAMPLES, count), p=chance / chance.sum())
    totals = []
    for values in (series.arm, series.reference, series.weight):
        running = np.append(0.0, np.cumsum(values))
        totals.append((running[first + size] - running[first])[blocks].sum(axis=1))
    return totals, count


def _candidates(n: int, starts: Integers, length: int) -> tuple[Integers, Integers, Floats]:
    """Every block's first unit, its size, and how often it is expected in a resample.

    A run shorter than a block is one. Each run is drawn as often as it takes to fill it, so that long and short ones
    keep their share.
    """
    lengths = np.diff(np.append(starts, n))
    sizes = np.minimum(lengths, length)
    places = lengths - sizes + 1
    run = np.repeat(np.arange(len(starts)), places)
    first = np.arange(len(run)) - np.repeat(np.cumsum(places) - places, places) + starts[run]
    return first, sizes[run], (lengths / sizes / places)[run]


def _autocovariances(centred: Floats, starts: Integers, furthest: int) -> Floats:
    """(furthest + 1,) by lag."""
    n = len(centred)
    run = np.searchsorted(starts, np.arange(n), side="right")
    products = [
        np.sum((centred[lag:] * centred[: n - lag])[run[lag:] == run[: n - lag]]) for lag in range(furthest + 1)
    ]
    return np.array(products) / n


def _settled(small: NDArray[np.bool_]) -> int:
    """The lag after which the next autocorrelations are all small; the furthest if there is none."""
    if len(small) < MEMORY:
        return len(small)
    found = np.flatnonzero(np.lib.stride_tricks.sliding_window_view(small, MEMORY).all(axis=1))
    return int(found[0]) if len(found) else len(small)
