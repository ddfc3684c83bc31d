"""Values some rows later or earlier in the same sequence, and the forecasts that need no model."""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


def shifted(values: Numbers, sequence: NDArray[np.int64], steps: int) -> Numbers:
    """(rows, columns) the values `steps` rows later (earlier if negative), NaN where the sequence has none."""
    n, distance = len(values), min(abs(steps), len(values))
    early, late = np.arange(n - distance), np.arange(distance, n)
    here, there = (early, late) if steps >= 0 else (late, early)
    same = sequence[here] == sequence[there]
    moved = np.full_like(values, np.nan)
    moved[here[same]] = values[there[same]]
    return moved


def naive(now: Numbers, sequence: NDArray[np.int64], horizon: int, season: int | None) -> dict[str, Numbers]:
    """(rows, n_targets) by name: persistence is the last known value, seasonal that of one season before the moment.

    Seasonal goes back as many whole seasons as it takes to be known by now, and is persistence where the sequence is
    too young for it (Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd edition, section 5.2).
    """
    forecasts = {"persistence": now}
    if season is not None:
        seasons = -(-horizon // season)
        before = shifted(now, sequence, horizon - seasons * season)
        forecasts["seasonal"] = np.where(np.isnan(before), now, before)
    return forecasts
