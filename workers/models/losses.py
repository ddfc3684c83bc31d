"""What is measured at each timestep, and how it adds up to a loss and its companions."""

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import numpy as np

from workers.data.baselines import BITS
from workers.data.scaling import Scaling
from workers.data.timeline import Floats, Timeline


class Loss(NamedTuple):
    """A loss by its parts.

    statistics  y (batch, timesteps, n_outputs), targets -> (batch, timesteps, n_statistics) of each timestep
    reduce      (..., n_statistics) -> (...) the loss that training minimises
    metrics     (n_statistics,) means -> the metrics by name, in the targets' own units
    each        (..., n_statistics) -> (...) the loss of each timestep in those units, as the named metric counts it
    """

    statistics: Callable[[Any, Any], Any]
    reduce: Callable[[Any], Any]
    metrics: Callable[[Floats, Scaling], dict[str, float]]
    each: Callable[[Floats, Scaling, str], Floats]


def loss_of(timeline: Timeline) -> Loss:
    """What the targets ask for."""
    if timeline.alphabet:
        return NEXT_CHARACTER
    return CROSS_ENTROPY if timeline.n_classes else SQUARED_ERROR


def _squared_errors(y: Any, targets: Any) -> Any:
    return keras.ops.square(y - targets)


def _squared_error_metrics(means: Floats, scaling: Scaling) -> dict[str, float]:
    loss = float(np.mean(means * scaling.target_scale.astype(np.float64) ** 2))
    return {"loss": loss, "rmse": loss**0.5}


def _squared_error_each(parts: Floats, scaling: Scaling, metric: str) -> Floats:
    del metric  # rmse is the root of the same mean
    return np.asarray((parts * scaling.target_scale**2).mean(axis=-1))


def _class_each(parts: Floats, scaling: Scaling, metric: str) -> Floats:
    del scaling
    each = np.asarray(parts[..., 1 if metric.endswith("accuracy") else 0])
    return each * BITS if metric.endswith("bits_per_character") else each


def _class_statistics(y: Any, targets: Any) -> Any:
    entropy = keras.ops.sparse_categorical_crossentropy(targets, y, from_logits=True)
    right = keras.ops.cast(keras.ops.argmax(y, axis=-1) == targets, entropy.dtype)
    return keras.ops.stack([entropy, right], axis=-1)


def _class_metrics(means: Floats, scaling: Scaling) -> dict[str, float]:
    return {"loss": float(means[0]), "accuracy": float(means[1])}


def _text_metrics(means: Floats, scaling: Scaling) -> dict[str, float]:
    metrics = _class_metrics(means, scaling)
    return metrics | {"bits_per_character": metrics["loss"] * BITS}


SQUARED_ERROR = Loss(
    _squared_errors, lambda parts: keras.ops.mean(parts, axis=-1), _squared_error_metrics, _squared_error_each
)
CROSS_ENTROPY = Loss(_class_statistics, lambda parts: parts[..., 0], _class_metrics, _class_each)
NEXT_CHARACTER = Loss(_class_statistics, CROSS_ENTROPY.reduce, _text_metrics, _class_each)
