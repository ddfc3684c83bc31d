"""Which trials compute the same: the canonical form."""

from typing import TypeVar

import numpy as np

from workers.data.timeline import Sequences
from workers.plans import windows
from workers.plans.fields import PlanFields
from workers.plans.policies import POLICIES
from workers.plans.policy_row import Policy, Training

Trial = TypeVar("Trial", bound=PlanFields)


def canonical(trial: Trial, train: Sequences) -> Trial:
    """The simplest trial that computes the same from these training sequences; fields without effect at their defaults.

    Two trials with equal canonical forms are one trial: they need training once. Everything that trains, evaluates or
    names an arm is handed this form, and does not compute it again.
    """
    if trial.stateful:
        trial = _simplest(trial, training(trial, train))
    return type(trial)(**trial.simplest.parameters)


def training(trial: PlanFields, train: Sequences) -> Training:
    """The facts of the training that decide equality. With windows of varied length: of the longest epoch possible."""
    counts = -(-train.lengths // trial.shortest_window)
    n_windows, first_windows = int(counts.sum()), np.cumsum(counts) - counts
    starts = windows.lane_starts(n_windows, trial.batch_size)
    one_each = len(train) == 1 if trial.varies_lanes else bool(np.isin(first_windows, starts).all())
    return Training(
        epochs=trial.epochs,
        steps=-(-n_windows // trial.batch_size),
        rotates_lanes=trial.rotate_lanes,
        one_sequence_a_lane=one_each,
        one_window_a_sequence=n_windows == len(train),
    )


def _simplest(trial: Trial, met: Training) -> Trial:
    for other, same in POLICIES[trial.reset_policy].equals.items():
        if same(trial, met):
            trial = trial.model_copy(update={"reset_policy": other})
            break
    policy = POLICIES[trial.reset_policy]
    if _carries_nothing(policy, trial, met):
        return trial.model_copy(update={"stateful": False, "shuffle": False, "bidirectional": False, "burn_in": 0})
    jitter = (trial.window - trial.shortest_window) / trial.window
    return trial.model_copy(update={"window_jitter": jitter, **policy.simplest(trial, trial.epochs)})


def _carries_nothing(policy: Policy, trial: PlanFields, met: Training) -> bool:
    """Whether the trial computes the same as a stateless one."""
    if not policy.carries or policy.as_stateless(trial, met):
        return True
    return met.steps == 1 and not policy.between_epochs
