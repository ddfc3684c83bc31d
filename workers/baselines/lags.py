"""The last timesteps before each forecast, side by side: what a model without state sees of the past."""

import numpy as np
from numpy.typing import NDArray

from workers.data.timeline import Integers, Timeline

Lags = NDArray[np.float32]


def lags(timeline: Timeline, at: Integers, window: int, *, padded: bool) -> Lags:
    """(n, window * n_features) the inputs of the last `window` timesteps up to each of `at`, the oldest first.

    at      (n,) timesteps
    padded  whether the first timestep of a sequence stands for those before it; else they are NaN

    No timestep after those of `at` is read, and none of another sequence.
    """
    first = timeline.starts[np.searchsorted(timeline.starts, at, side="right") - 1]
    steps = at[:, None] + np.arange(1 - window, 1)
    found = timeline.features[np.maximum(steps, first[:, None])].astype(np.float32)
    if not padded:
        found[steps < first[:, None]] = np.nan
    return np.asarray(found.reshape(len(at), -1))
