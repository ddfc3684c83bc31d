"""The random streams of a trial, all from its one seed."""

import numpy as np

STREAMS = ("weights", "dropout", "shuffle", "resets", "evaluation", "rotation", "jitter", "recurrent_dropout")


def stream(seed: int, purpose: str, epoch: int) -> np.random.Generator:
    """A random stream for one of STREAMS in one epoch; spawned, because sums such as seed + epoch would repeat."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(STREAMS.index(purpose), epoch)))
