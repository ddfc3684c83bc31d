"""The plans of a trial: one for each epoch of its training, and those by which a split is scored.

Every trial here is in canonical form (equivalence.canonical).
"""

import numpy as np

from workers.data.timeline import Sequences
from workers.plans import windows
from workers.plans.equivalence import training
from workers.plans.evaluation_lanes import evaluation_lanes, whole_run
from workers.plans.evaluation_plan import EvaluationPlan, planned
from workers.plans.fields import PlanFields
from workers.plans.policies import POLICIES, carry, cold
from workers.plans.policy_row import Keep
from workers.plans.seeds import stream
from workers.plans.windows import EpochPlan, Windows


def training_plan(trial: PlanFields, sequences: Sequences, epoch: int, seed: int) -> EpochPlan:
    """The plan of epoch `epoch` (from 0) of a trial: its layout, and its policy's resets."""
    layout, policy = _layout(trial, sequences, epoch, seed), POLICIES[trial.reset_policy]
    if not trial.stateful or epoch < policy.first_epoch(trial, trial.epochs):
        return planned(layout, cold(layout))
    return planned(layout, policy.keep(layout, trial, stream(seed, "resets", epoch)))


def changes(trial: PlanFields) -> bool:
    """Whether the plan may be another one in each epoch."""
    return trial.varies_lanes or (POLICIES[trial.reset_policy].drawn if trial.stateful else trial.shuffle)


def evaluation_plans(trial: PlanFields, sequences: Sequences, train: Sequences) -> dict[str, EvaluationPlan]:
    """How a split is scored: `cold`, `carried`, and `matched`, which is as the trial was trained on `train`.

    Resets are counted from each piece's start, so that no lane's beginning shows in a score. A piece whose sequence has
    a past in an earlier split comes in the state that its own past leaves, whatever the policy. Modes with the same
    plan share the object.
    """
    run = whole_run(sequences, trial.window)
    lanes = evaluation_lanes(run, trial.window)
    n_lanes = lanes.index.shape[1]
    uncarried = EvaluationPlan.uncarried(windows.lanes(windows.windows(sequences, trial.window), n_lanes))
    column = run.arrange(np.arange(len(run))[:, None])
    keep = carry(column, ~column.first)[:, 0]
    carried = EvaluationPlan.carried(run, keep, lanes)
    if trial.stateful:
        own = _matched(trial, column, keep, train)
        matched = carried if np.array_equal(own, keep) else EvaluationPlan.carried(run, own, lanes)
    elif trial.burn_in:
        matched = EvaluationPlan.uncarried(_burnt_in(trial, sequences, n_lanes, trial.burn_in))
    else:
        matched = uncarried
    return {"cold": uncarried, "carried": carried, "matched": matched}


def sliding_plan(trial: PlanFields, sequences: Sequences, n_lanes: int) -> EvaluationPlan:
    """How a stateless model is deployed: the window slides one timestep at a time, so that all that fits is context."""
    return EvaluationPlan.uncarried(_burnt_in(trial, sequences, n_lanes, trial.window - 1))


def _layout(trial: PlanFields, sequences: Sequences, epoch: int, seed: int) -> Windows:
    """(steps, lanes) of an epoch."""
    if trial.varies_lanes:
        return _varied(trial, sequences, epoch, seed)
    cut = windows.windows(sequences, trial.window, 0 if trial.stateful else trial.burn_in)
    if trial.stateful or not trial.shuffle:
        return windows.lanes(cut, trial.batch_size)
    return windows.shuffled(cut, trial.batch_size, stream(seed, "shuffle", epoch))


def _varied(trial: PlanFields, sequences: Sequences, epoch: int, seed: int) -> Windows:
    rng = stream(seed, "jitter", epoch)
    cut = windows.varied_windows(sequences, trial.shortest_window, trial.window, rng)
    turn = int(stream(seed, "rotation", epoch).integers(len(cut))) if trial.rotate_lanes else 0
    return windows.lanes(cut, trial.batch_size, turn)


def _matched(trial: PlanFields, run: Windows, carried: Keep, train: Sequences) -> Keep:
    """(n,) the resets of a carrying trial in a run (n, 1)."""
    policy = POLICIES[trial.reset_policy]
    if policy.spans_lanes and training(trial, train).one_sequence_a_lane:
        return carried
    keep = (policy.matched or policy.keep)(run, trial, stream(0, "evaluation", 0))[:, 0]
    keep[0] = 0
    keep[(run.first & (run.position < 0))[:, 0]] = 0
    return keep


def _burnt_in(trial: PlanFields, sequences: Sequences, n_lanes: int, burn_in: int) -> Windows:
    return windows.lanes(windows.windows(sequences, trial.window, burn_in), n_lanes)
