"""What benchmarks train on."""

from dataclasses import replace

import numpy as np

from workers.data.dataset import Dataset, prepare
from workers.data.splits import Split
from workers.data.timeline import Sequences, Timeline


def record(timesteps: int) -> Dataset:
    """Two incommensurate sines plus noise, one step ahead; `timesteps` of it to train on, a tenth more to validate."""
    n = timesteps + timesteps // 10
    t = np.arange(n + 1)
    values = np.sin(t / 50) + np.sin(t / 313) + 0.1 * np.random.default_rng(0).normal(size=n + 1)
    features, targets = values[:-1, None].astype(np.float32), values[1:, None].astype(np.float32)
    timeline = Timeline(features, targets, np.zeros(1, np.int64), np.ones(n, bool))
    dataset = prepare(timeline, Split(validation=0.1, test=0))
    cut, end, start = np.array([timesteps]), np.array([n]), np.array([0])
    train, validation = Sequences(start, cut, start), Sequences(cut, end, start)
    return replace(dataset, train=train, validation=validation)
