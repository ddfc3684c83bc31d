"""Hashes of data: by them a study knows that its data are the same, and a comparison on which test data it looks."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers.data.scaling import Scaling
from workers.data.timeline import Integers, Sequences, Timeline

PROJECTIONS = 16  # of the test targets, that make their digest


def of_data(timeline: Timeline, scaling: Scaling, splits: Iterable[Sequences]) -> str:
    """A hash that changes with any number, type, unit or name of the data, and with any border of a split.

    timeline: in its own units, as its source gave it.
    """
    arrays = [timeline.features, timeline.targets, timeline.scored, timeline.starts]
    arrays += [] if timeline.spreads is None else [timeline.spreads]
    arrays += [each for each in (timeline.groups, timeline.clock) if each is not None]
    arrays += [values for split in splits for values in vars(split).values()]
    arrays += [each for each in vars(scaling).values() if each is not None]
    texts = [
        timeline.feature_names,
        timeline.target_names,
        timeline.class_names,
        timeline.group_names,
        timeline.alphabet,
        timeline.horizon,
        timeline.n_classes,
        timeline.groups is not None,
        timeline.clock is not None,
        *([timeline.horizons, timeline.weights] if timeline.horizons else []),
        *([timeline.transform] if timeline.transform else []),
        *(["scaled by group"] if timeline.group_scale else []),
        *([timeline.embeddings] if timeline.embeddings else []),
        [(values.dtype.str, values.shape) for values in arrays],
    ]
    return hashed(np.frombuffer(json.dumps(texts).encode(), np.uint8), *arrays)


def of_targets(targets: NDArray[Any], gaps: NDArray[Any]) -> str:
    """A hash of these targets alone, (n,) or (n, n_targets), whatever their units; gaps: (n,) timesteps between them.

    The targets are standardised by their own mean and deviation, and random sums of them rounded: a value by itself
    would often be rounded up in one unit and down in another.
    """
    values = targets.reshape(len(targets), -1).astype(np.float64)
    scale = values.std(axis=0)
    values = (values - values.mean(axis=0)) / np.where(scale > 0, scale, 1.0)
    rng = np.random.default_rng(0)
    sums = [rng.normal(size=len(targets)) @ values / np.sqrt(len(targets)) for _ in range(PROJECTIONS)]
    without_sign_of_zero = np.round(sums, 2) + 0.0
    return hashed(without_sign_of_zero, np.array(values.shape), gaps)


def of_earlier_versions(timeline: Timeline, splits: Sequence[Sequences]) -> str:
    """The hash of all data that studies of fingerprint 2 and before have in their ledgers, by which they are found.

    They scaled in single precision, and hashed what came of it. splits: training first.
    """
    train = splits[0].timesteps
    features, targets = timeline.features.astype(np.float32), timeline.targets
    features = features if timeline.alphabet else _scaled_in_single(features, train)
    if not timeline.n_classes:
        targets = _scaled_in_single(targets.astype(np.float32), train[timeline.scored[train]])
    pieces = [values for split in splits for values in vars(split).values()]
    groups = [] if timeline.groups is None else [timeline.groups]
    return hashed(features, targets, timeline.scored, *pieces, *groups)


def hashed(*arrays: NDArray[Any]) -> str:
    """16 digits of the SHA-256 of these arrays' bytes."""
    return hashlib.sha256(b"".join(np.ascontiguousarray(values).tobytes() for values in arrays)).hexdigest()[:16]


def _scaled_in_single(values: NDArray[np.float32], train: Integers) -> NDArray[np.float32]:
    scale, mean = (values[train].std(axis=0, dtype=np.float64), values[train].mean(axis=0, dtype=np.float64))
    constant = scale <= 1e-7 * np.maximum(np.abs(mean), 1e-30)
    return np.asarray((values - mean.astype(np.float32)) / np.where(constant, 1, scale).astype(np.float32))
