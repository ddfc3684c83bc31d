"""The plans of a trial: one for each epoch of its training, and those by which a split is scored.

Every trial here is in canonical form (equivalence.canonical).
"""

import numpy as np

from workers.data.timeline import Sequences
from workers.plans import windows
from workers.plans.deployment import Feed, deployed_keep
from workers.plans.equivalence import training
from workers.plans.evaluation_lanes import MAX_EVALUATION_LANES, continued, whole_run
from workers.plans.evaluation_plan import EvaluationPlan, planned
from workers.plans.fields import PlanFields
from workers.plans.policies import POLICIES, cold
from workers.plans.policy_row import Keep, Training
from workers.plans.seeds import stream
from workers.plans.windows import EpochPlan, Flags, Windows


def cut_at(trial: PlanFields, sequences: Sequences, counts: Flags) -> Sequences:
    """The pieces at which windows are cut: of windows that are read both ways, a timestep that counts ends each.

    counts: (time,) whether a timestep has a target that counts
    """
    return sequences.only(counts) if trial.bidirectional else sequences


def training_plan(trial: PlanFields, sequences: Sequences, epoch: int, seed: int) -> EpochPlan:
    """The plan of epoch `epoch` (from 0) of a trial: its layout, and its policy's resets; sequences: as of `cut_at`."""
    layout, policy = _layout(trial, sequences, epoch, seed), POLICIES[trial.reset_policy]
    if not trial.stateful or epoch < policy.first_epoch(trial, trial.epochs):
        return planned(layout, cold(layout))
    return planned(layout, policy.keep(layout, trial, stream(seed, "resets", epoch)))


def changes(trial: PlanFields) -> bool:
    """Whether the plan may be another one in each epoch."""
    return trial.varies_lanes or (POLICIES[trial.reset_policy].drawn if trial.stateful else trial.shuffle)


def evaluation_plans(
    trial: PlanFields, sequences: Sequences, train: Sequences, feed: Feed
) -> dict[str, EvaluationPlan]:
    """How a split is scored: `cold`, `carried`, and `matched`, which is as the trial was trained on `train`.

    State that is carried is that of a model that is fed everything from its beginning, so that no lane's beginning
    shows in a score, nor where the split begins. Modes with the same plan share the object. Where windows are read both
    ways, each is scored at its last timestep alone, and nothing can be carried.

    sequences: as of `cut_at`
    """
    if trial.bidirectional:
        slid = sliding_plan(trial, sequences, MAX_EVALUATION_LANES)
        return {"cold": slid, "matched": slid}
    run = whole_run(sequences, feed, trial.window)
    carried = EvaluationPlan.carried(run, (~run.first).astype(np.float32), trial.window)
    n_lanes = carried.plan.lanes
    uncarried = EvaluationPlan.uncarried(windows.lanes(windows.windows(sequences, trial.window), n_lanes))
    if trial.stateful:
        own = _matched(trial, run, feed, training(trial, train))
        matched = carried if np.array_equal(own, carried.keep) else EvaluationPlan.carried(run, own, trial.window)
    elif trial.burn_in:
        matched = EvaluationPlan.uncarried(_burnt_in(trial, sequences, n_lanes, trial.burn_in))
    else:
        matched = uncarried
    return {"cold": uncarried, "carried": carried, "matched": matched}


def sliding_plan(trial: PlanFields, sequences: Sequences, n_lanes: int) -> EvaluationPlan:
    """How a stateless model is deployed: the window slides one timestep at a time, so that all that fits is context."""
    if trial.bidirectional:
        return EvaluationPlan.uncarried(windows.lanes(windows.ending_windows(sequences, trial.window), n_lanes))
    return EvaluationPlan.uncarried(_burnt_in(trial, sequences, n_lanes, trial.window - 1))


def _layout(trial: PlanFields, sequences: Sequences, epoch: int, seed: int) -> Windows:
    """(steps, lanes) of an epoch."""
    if trial.varies_lanes:
        return _varied(trial, sequences, epoch, seed)
    cut = _cut(trial, sequences)
    if trial.stateful or not trial.shuffle:
        return windows.lanes(cut, trial.batch_size)
    return windows.shuffled(cut, trial.batch_size, stream(seed, "shuffle", epoch))


def _cut(trial: PlanFields, sequences: Sequences) -> Windows:
    if trial.stateful:
        return windows.windows(sequences, trial.window)
    if trial.bidirectional:
        return windows.ending_windows(sequences, trial.window)
    return windows.windows(sequences, trial.window, trial.burn_in)


def _varied(trial: PlanFields, sequences: Sequences, epoch: int, seed: int) -> Windows:
    rng = stream(seed, "jitter", epoch)
    cut = windows.varied_windows(sequences, trial.shortest_window, trial.window, rng)
    turn = int(stream(seed, "rotation", epoch).integers(len(cut))) if trial.rotate_lanes else 0
    return windows.lanes(cut, trial.batch_size, turn)


def _matched(trial: PlanFields, run: Windows, feed: Feed, met: Training) -> Keep:
    """(n,) how much state survives into each window of a run (n,) of a carrying trial."""
    keep = deployed_keep(trial, run.position, run.first, whole_lanes=met.one_sequence_a_lane)
    keep[continued(run)] = 1
    keep[run.first & np.isin(run.offset, feed.start[feed.anew])] = 0
    return keep


def _burnt_in(trial: PlanFields, sequences: Sequences, n_lanes: int, burn_in: int) -> Windows:
    return windows.lanes(windows.windows(sequences, trial.window, burn_in), n_lanes)
