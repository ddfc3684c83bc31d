"""Small data sets that tests are built from."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from workers.data.dataset import Dataset, prepare
from workers.data.splits import Split
from workers.data.timeline import Sequences, Timeline
from workers.plans.deployment import Feed


def sequences(*lengths: int) -> Sequences:
    """Sequences of these lengths, one after the other from timestep 0."""
    stop = np.cumsum(lengths, dtype=np.int64)
    start = stop - lengths
    return Sequences(start, stop, start.copy())


def feed(*lengths: int) -> Feed:
    """All of a timeline with sequences of these lengths, without groups."""
    whole = sequences(*lengths)
    return Feed(whole.start, whole.stop, whole.start == 0)


def regression(lengths: Sequence[int] = (400,), n_features: int = 2, seed: int = 0, **split: object) -> Dataset:
    """Sums of the last three inputs plus noise, in sequences of these lengths."""
    return prepare(sums(lengths, n_features, seed), Split.model_validate(split))


def sums(lengths: Sequence[int], n_features: int = 2, seed: int = 0) -> Timeline:
    """The timeline of `regression`."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(sum(lengths), n_features)).astype(np.float32)
    targets = (features[:, :1] + np.roll(features[:, :1], 1, 0) + np.roll(features[:, :1], 2, 0)) * 3 + 7
    return _timeline(features, targets.astype(np.float32), lengths)


def classification(lengths: Sequence[int] = (400,), seed: int = 0, **split: object) -> Dataset:
    """Bits, each labelled with the bit two timesteps before."""
    bits = np.random.default_rng(seed).integers(0, 2, sum(lengths))
    labels = np.roll(bits, 2).astype(np.int32)
    timeline = _timeline(bits[:, None].astype(np.float32), labels, lengths, n_classes=2)
    return prepare(timeline, Split.model_validate(split))


def _timeline(
    features: NDArray[np.float32],
    targets: NDArray[np.float32] | NDArray[np.int32],
    lengths: Sequence[int],
    n_classes: int = 0,
) -> Timeline:
    starts = np.cumsum(lengths) - np.array(lengths)
    scored = np.ones(len(features), bool)
    return Timeline(features, targets, starts, scored, n_classes=n_classes)
