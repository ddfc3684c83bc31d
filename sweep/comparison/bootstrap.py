"""Whether a difference would hold on another stretch of time: the moving-block bootstrap of the test split's losses."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from sweep.comparison.block_length import block_length
from sweep.comparison.paired_statistics import UNBOUNDED, Interval

Floats = NDArray[np.floating]
Integers = NDArray[np.integer]

RESAMPLES = 1000
MIN_SEQUENCES = 20  # from so many on whole sequences are drawn, if they are short
MIN_BLOCKS_PER_SEQUENCE = 4  # a sequence that holds fewer, on average, is short
MAX_BLOCKS = 2500  # in a resample; more would cost time, and make the interval no better


@dataclass(frozen=True)
class Blocks:
    """What a resample is made of.

    length  of a block, in `unit`s
    count   blocks in a resample
    unit    timesteps or sequences; none where nothing was drawn
    """

    length: int
    count: int
    unit: str


class Resampled(NamedTuple):
    """Interval of (arm - reference) / |reference|, infinite where there are fewer than two blocks; and its blocks."""

    interval: Interval
    blocks: Blocks


@dataclass(frozen=True)
class _Series:
    """The units that are drawn, in order: timesteps or whole sequences.

    arm, reference  (n_units,) sums of losses
    timesteps       (n_units,) over how many timesteps each sum is
    starts          (n_runs,) units at which a run of consecutive ones begins; no block reaches across
    unit            timesteps or sequences
    """

    arm: Floats
    reference: Floats
    timesteps: Floats
    starts: Integers
    unit: str


class _Candidates(NamedTuple):
    """Every block that can be drawn.

    first     (n_candidates,) its first unit
    size      (n_candidates,) its units
    expected  (n_candidates,) how often it is expected in a resample
    """

    first: Integers
    size: Integers
    expected: Floats


def block_interval(
    arm: Floats, reference: Floats, starts: Integers, confidence: float, *, root: bool = False
) -> Resampled:
    """The interval of the relative difference of two trained models over other stretches of time of the test split.

    arm, reference  (time,) the loss at each scored timestep, averaged over seeds
    starts          (n_sequences,) where each sequence begins. No block reaches from one sequence into the next. Where
                    there are 20 sequences or more that hold fewer than 4 blocks each, blocks are whole sequences
    confidence      of this one interval
    root            the objective is the root of the mean loss

    Blocks of consecutive losses are drawn with replacement, the same blocks for both models, until they fill the split.
    The interval is the difference plus and minus Student's t, with one degree of freedom less than there are blocks,
    times the standard deviation over 1,000 resamples: percentiles are too narrow where blocks are few. A block is as
    long as `block_length` says, and no shorter than the cube root of the number of timesteps. The random numbers are
    the same each time.

    Raises ValueError for losses that are not finite or not of the same timesteps, and for starts that do not fit them.

    Source: Kuensch 1989, The jackknife and the bootstrap for general stationary observations, Annals of Statistics 17.
    """
    _check(arm, reference, starts)
    series = _series(np.asarray(arm, float), np.asarray(reference, float), np.asarray(starts))
    length = _length(series)
    resampled, count = _resample(series, length)
    blocks = Blocks(length, count, series.unit)
    differences = _difference(*resampled, root=root)
    if count < 2 or not np.isfinite(differences).all():
        return Resampled(UNBOUNDED, blocks)
    observed = _difference(series.arm.sum(), series.reference.sum(), series.timesteps.sum(), root=root)
    half = float(stats.t.ppf((1 + confidence) / 2, count - 1) * differences.std(ddof=1))
    return Resampled(Interval(float(observed - half), float(observed + half)), blocks)


def _check(arm: Floats, reference: Floats, starts: Integers) -> None:
    if np.ndim(arm) != 1 or np.shape(arm) != np.shape(reference):
        raise ValueError(f"losses must be of the same timesteps, not {np.shape(arm)} and {np.shape(reference)}")
    if not (np.isfinite(arm).all() and np.isfinite(reference).all()):
        raise ValueError("losses must be finite: average them over runs that finished, at timesteps that are scored")
    if len(starts) == 0 or starts[0] != 0 or (np.diff(starts) <= 0).any() or starts[-1] >= len(arm):
        raise ValueError(f"starts must begin at 0 and ascend, each below {len(arm)}")


def _series(arm: Floats, reference: Floats, starts: Integers) -> _Series:
    """Timesteps, or whole sequences where there are many that are short."""
    timesteps = np.ones(len(arm))
    single = _Series(arm, reference, timesteps, starts, "timesteps")
    if len(starts) < MIN_SEQUENCES or len(arm) / len(starts) >= MIN_BLOCKS_PER_SEQUENCE * _length(single):
        return single
    own, other, lengths = (np.add.reduceat(values, starts) for values in (arm, reference, timesteps))
    return _Series(own, other, lengths, np.zeros(1, int), "sequences")


def _length(series: _Series) -> int:
    """Units in a block."""
    n = len(series.arm)
    shortest = round(n ** (1 / 3)) if series.unit == "timesteps" else 1
    return max(block_length(_influence(series), series.starts), shortest, -(-n // MAX_BLOCKS))


def _influence(series: _Series) -> Floats:
    """(n_units,) what each unit adds to the difference; its autocorrelation decides how long blocks must be."""
    total = series.timesteps.sum()
    arm, reference = series.arm.sum() / total, series.reference.sum() / total
    influence: Floats = series.arm * reference - series.reference * arm
    return influence


def _difference(arm: Floats, reference: Floats, timesteps: Floats, *, root: bool) -> Floats:
    """(arm - reference) / |reference| of sums of losses over so many timesteps, element by element."""
    power = 0.5 if root else 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        own, other = (np.abs(total / timesteps) ** power * np.sign(total) for total in (arm, reference))
        return np.asarray((own - other) / np.abs(other))


def _resample(series: _Series, length: int) -> tuple[list[Floats], int]:
    """Three (RESAMPLES,) sums over the blocks of each resample, and the number of blocks in a resample."""
    first, size, expected = _candidates(len(series.arm), series.starts, length)
    count = round(expected.sum())
    rng = np.random.default_rng(0)
    drawn = rng.choice(len(first), (RESAMPLES, count), p=expected / expected.sum())
    totals = []
    for values in (series.arm, series.reference, series.timesteps):
        running = np.append(0.0, np.cumsum(values))
        block_sums = running[first + size] - running[first]
        totals.append(block_sums[drawn].sum(axis=1))
    return totals, count


def _candidates(n: int, starts: Integers, length: int) -> _Candidates:
    """Every block of `length` units within a run; a run that is shorter is one block.

    Each run is drawn as often as it takes to fill it, so that long and short runs keep their share.
    """
    lengths = np.diff(np.append(starts, n))
    sizes = np.minimum(lengths, length)
    positions = lengths - sizes + 1
    run = np.repeat(np.arange(len(starts)), positions)
    first_of_run = np.cumsum(positions) - positions
    first = np.arange(len(run)) - first_of_run[run] + starts[run]
    return _Candidates(first, sizes[run], (lengths / sizes / positions)[run])
