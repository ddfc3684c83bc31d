"""The article's data: independent random samples, each with one random label that nothing in it foretells."""

import numpy as np
from numpy.typing import NDArray

TIMESTEPS = 20


def samples(count: int = 100, seed: int = 0) -> dict[str, NDArray[np.float32] | NDArray[np.int64]]:
    """All samples one after the other: features and targets (count * 20, 1), uniform in [0, 1); starts (count,)."""
    rng = np.random.default_rng(seed)
    features = rng.random((count * TIMESTEPS, 1), dtype=np.float32)
    labels = rng.random((count, 1), dtype=np.float32)
    return {
        "features": features,
        "targets": np.repeat(labels, TIMESTEPS, axis=0),  # only the one at a sample's end is scored
        "starts": np.arange(count) * TIMESTEPS,
    }
