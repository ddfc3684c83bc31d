"""Temporary until the evaluation's own arrives."""
import numpy as np

from workers.plans.fields import PlanFields


def deployed_keep(trial, position, first, *, whole_lanes):
    n = len(position)
    if trial.reset_policy == "every_sequence":
        return np.where(first, 0, 1).astype(np.float32)
    if trial.reset_policy == "every_n_batches":
        return np.where(position % trial.reset_interval == 0, 0, 1).astype(np.float32)
    return np.ones(n, np.float32)
