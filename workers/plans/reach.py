"""How far back the state reaches with which a window begins in training."""

import numpy as np
from numpy.typing import NDArray

from workers.plans.windows import EpochPlan


def reach(plan: EpochPlan) -> NDArray[np.int64]:
    """(windows,) timesteps that each window of an epoch sees through the state that it begins with, step by step.

    Those are the timesteps that its lane has gone through since its last reset; 0 right after one. State that is kept
    in part counts as kept, and nothing of the epoch before counts.
    """
    back = np.zeros(plan.keep.shape[1], np.int64)
    found = np.zeros(plan.keep.shape, np.int64)
    for step, keep in enumerate(plan.keep):
        back = np.where(keep > 0, back + (plan.end[step - 1] if step else 0), 0)
        found[step] = back
    return np.asarray(found[plan.end > 0])
