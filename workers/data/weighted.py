"""A loss in which some targets count more than others: horizons that matter more."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from workers.data.loss_row import Loss
from workers.data.scaling import Scaling
from workers.data.timeline import Floats


def weighted(loss: Loss, weights: tuple[float, ...]) -> Loss:
    """The loss of targets that are numbers, averaged over these with weights (n_targets,) whose mean is 1.

    What is reported beside the loss of a timestep, such as the coverage, and what is of one target are as ever.
    """
    own, count = np.array(weights, np.float32), len(weights)

    def reduce(ops: Any, found: Any) -> Any:
        return ops.mean(found[..., :count] * own, axis=-1)  # the first statistics are the losses of the targets

    def measures(found: Floats, scaling: Scaling) -> Mapping[str, Floats]:
        if len(scaling.target_scale) != count:
            return loss.measures(found, scaling)
        return loss.measures(np.concatenate([found[..., :count] * own, found[..., count:]], axis=-1), scaling)

    return replace(loss, reduce=reduce, measures=measures)
