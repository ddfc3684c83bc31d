"""How long a column remembers: its autocorrelation, and the season after which it repeats."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workers.data.seasons import DAY, WEEK

Numbers = NDArray[np.float64]

MOST_SEQUENCES, MOST_ROWS = 50, 20_000  # of which it is computed, the longest first; rows of each
FARTHEST = 3  # parts of a sequence: no lag is longer than one of so many
PERIODS = {"a day": DAY, "a week": WEEK, "a year": 365.25 * DAY}
NEAR = 0.03  # of a period, by which the season may lie beside it
ROUND = 0.1  # rows, by which a period may be no whole number of rows
REPEATS = 0.3  # the autocorrelation after a season, at least
RISES = 0.1  # by how much it is higher there than half a season before
NEARLY = 0.9  # of the highest autocorrelation: of seasons that repeat as well, the shortest is meant
BESIDE = 20  # of so many parts of a season one: as far around it no lag repeats better
SHORTEST = 3  # rows of a season that no calendar knows


class Season(NamedTuple):
    """After how many rows a column repeats, what that is in words, and its autocorrelation then."""

    rows: int
    called: str
    strength: float


def autocorrelation(sequences: Sequence[Numbers], *, detrended: bool = False) -> Numbers:
    """(lags,) from 0 on, over all sequences (rows,) each; empty where nothing varies.

    detrended: whether of what is left once a straight line is taken away, which hides seasons. Missing values count as
    the mean of their sequence.
    """
    chosen = sorted(sequences, key=len, reverse=True)[:MOST_SEQUENCES]
    lags = max((len(each[:MOST_ROWS]) for each in chosen), default=0) // FARTHEST
    total, counts = np.zeros(lags + 1), np.zeros(lags + 1)
    for each in chosen:
        known = each[:MOST_ROWS]
        if np.isnan(known).all():
            continue
        deviations = np.nan_to_num(known - np.nanmean(known))
        products = _products(_without_trend(deviations) if detrended else deviations)[: lags + 1]
        total[: len(products)] += products
        counts[: len(products)] += len(known) - np.arange(len(products))
    if not total[0] > 0:
        return np.zeros(0)
    return np.asarray((total / np.maximum(counts, 1)) / (total[0] / counts[0]))


def _without_trend(values: Numbers) -> Numbers:
    place = np.arange(len(values)) - (len(values) - 1) / 2
    return np.asarray(values - place * (place @ values) / max(float(place @ place), 1.0))


def _products(values: Numbers) -> Numbers:
    """(rows,) the sum of products of values so many rows apart."""
    size = 2 ** int(np.ceil(np.log2(max(2 * len(values), 2))))
    spectrum = np.fft.rfft(values, size)
    return np.asarray(np.fft.irfft(spectrum * np.conj(spectrum), size)[: len(values)])


def falls_below(correlation: Numbers, level: float) -> int:
    """The first lag at which it is lower; the longest lag where it never is, and 0 where it is empty."""
    below = np.flatnonzero(correlation < level)
    return int(below[0]) if len(below) else max(len(correlation) - 1, 0)


def season(correlation: Numbers, step: float | None) -> Season | None:
    """The season after which a column repeats most; None where it repeats after none.

    step: seconds from row to row; none: unknown, so that any number of rows may be a season.
    """
    if step is None:
        return _shortest(_peaks(correlation))
    found = []
    for called, period in PERIODS.items():
        rows = period / step
        whole = round(rows)
        beside = abs(rows - whole) <= max(ROUND, NEAR * rows)
        if whole >= 2 and beside and (strength := _repeats(correlation, whole)):
            found.append(Season(whole, called, strength))
    return _shortest(found)


def _shortest(found: Sequence[Season]) -> Season | None:
    """The first of those that repeat nearly as well as the best: a week repeats as well as a day does."""
    most = max((each.strength for each in found), default=0.0)
    return next((each for each in found if each.strength >= NEARLY * most), None)


def _peaks(correlation: Numbers) -> list[Season]:
    lags = range(SHORTEST, len(correlation) - 1)
    tops = [lag for lag in lags if correlation[lag - 1] < correlation[lag] >= correlation[lag + 1]]
    return [Season(lag, f"{lag} rows", strength) for lag in tops if (strength := _repeats(correlation, lag))]


def _repeats(correlation: Numbers, lag: int) -> float:
    """The autocorrelation at a lag where it has risen since half of it to a top; 0 where it has not, or is low."""
    if lag >= len(correlation):
        return 0.0
    strength, half = float(correlation[lag]), float(correlation[max(1, lag // 2) : lag].min())
    beside = max(1, lag // BESIDE)
    top = float(correlation[max(lag - beside, 1) : lag + beside + 1].max())
    return strength if strength >= REPEATS and strength - half >= RISES and strength >= NEARLY * top else 0.0
