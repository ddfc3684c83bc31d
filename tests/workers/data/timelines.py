"""Small timelines that tests are built from."""

from typing import Any

import numpy as np

from workers.data.splits import Split
from workers.data.timeline import Timeline

HALVES = Split(validation=0.25, test=0.25)


def counting(*lengths: int, horizon: int = 0, **fields: Any) -> Timeline:
    """Sequences of these lengths; the feature counts timesteps from 0, the target is twice that."""
    n = sum(lengths)
    steps = np.arange(n, dtype=np.float32)[:, None]
    stops = np.cumsum(lengths, dtype=np.int64)
    scored = np.concatenate([np.arange(length) < length - horizon for length in lengths])
    return Timeline(steps, 2 * steps, stops - lengths, scored, horizon=horizon, **fields)
