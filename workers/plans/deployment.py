"""How a deployed model's state goes on: it is fed whole files from their beginning, window after window."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workers.data.timeline import Integers, Timeline
from workers.plans.fields import PlanFields
from workers.plans.policies import POLICIES
from workers.plans.policy_row import Keep
from workers.plans.windows import Flags


@dataclass(frozen=True)
class Feed:
    """The sequences of a timeline in the order in which a model is fed them: a group after the other, each in order.

    start, stop  (n_sequences,) int64: their timesteps are start .. stop-1
    anew         (n_sequences,) whether the state is zero at the beginning, as none of its group came before
    """

    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    anew: Flags

    @classmethod
    def of(cls, timeline: Timeline) -> "Feed":
        """All that a timeline holds."""
        groups = np.zeros_like(timeline.starts) if timeline.groups is None else timeline.groups
        order = np.argsort(groups, kind="stable")
        anew = np.append(True, np.diff(groups[order]) != 0)
        return cls(timeline.starts[order], timeline.stops[order], anew)


def deployed_keep(trial: PlanFields, position: Integers, first: Flags, *, whole_lanes: bool) -> Keep:
    """(n,) how much of a carrying trial's state survives into windows of a model that is fed whole sequences.

    position     (n,) the number of each window in its sequence, of which window 0 begins with the first timestep
    first        (n,) whether the window begins a sequence, so that the state before is another one's of its group
    whole_lanes  whether no lane in training held two sequences (Training.one_sequence_a_lane): a policy that carries
                 from the beginning of a lane to its end then carries from the beginning of a sequence to its end

    Before a group's first window there is no state, whatever the policy: that is for the caller to see to.
    """
    policy = POLICIES[trial.reset_policy]
    survives = ~first if policy.spans_lanes and whole_lanes else policy.matched(position, first, trial)
    return np.full(position.shape, survives, np.float32)
