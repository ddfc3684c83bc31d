"""A plan that scores a split, and where its lanes have to be handed a state to be as exact as one long run."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workers.plans.evaluation_lanes import Lanes, Numbers, evaluation_lanes, last_resets, scored_windows
from workers.plans.policy_row import Keep
from workers.plans.windows import EpochPlan, Windows


@dataclass(frozen=True)
class Entries:
    """Where a lane comes in with zero state though what lies before could matter.

    It warms up from there, and at its first scored window should be in the run's own state. All (n,), numbers of
    windows are those of the run.

    step, lane  where the first scored window stands in the plan
    window      its number
    source      the lane that scores the window before; -1: none does
    origin      the last window up to this one that begins with zero state whatever came before; before the warm-up
    """

    step: Numbers
    lane: Numbers
    window: Numbers
    source: Numbers
    origin: Numbers

    def __len__(self) -> int:
        return len(self.step)

    @classmethod
    def of(cls, run: Windows, keep: Keep, lanes: Lanes) -> "Entries":
        """The entries of these lanes; keep: (n windows of the run,)."""
        step, lane = np.nonzero(comes_in(lanes))
        begin, scored = lanes.index[step, lane], scored_windows(run)
        window = scored[np.searchsorted(scored, np.maximum(begin, lanes.first[lane]))]
        origin = last_resets(keep)[window]
        source = np.where(np.isin(window - 1, scored), lane - 1, -1)
        some = origin < begin
        every = (step + window - begin, lane, window, source, origin)
        return cls(*(values[some] for values in every))


@dataclass(frozen=True)
class EvaluationPlan:
    """A plan whose scores are those of one long run, once its entries are handed that run's states.

    plan     without anything handed
    run      (n,) the windows of the run; (0,) where nothing is carried
    keep     (n,) how much state survives into each of them
    entries  those of the plan
    """

    plan: EpochPlan
    run: Windows
    keep: Keep
    entries: Entries

    @property
    def longest_past(self) -> int:
        """The most timesteps from which something that is scored is predicted, back to the last reset."""
        if not len(self.run):
            return int(self.plan.end.max())
        read = np.cumsum(self.run.end)
        past = read - (read - self.run.end)[last_resets(self.keep)]
        return int(past[scored_windows(self.run)].max())

    @classmethod
    def carried(cls, run: Windows, keep: Keep, window: int) -> "EvaluationPlan":
        """A run on lanes; keep: (n,)."""
        lanes = evaluation_lanes(run, keep, window)
        arranged = np.where(lanes.index < 0, 1, keep[lanes.index]).astype(np.float32)  # empty windows pass state on
        arranged[comes_in(lanes)] = 0
        return cls(planned(lanes.arrange(run), arranged), run, keep, Entries.of(run, keep, lanes))

    @classmethod
    def uncarried(cls, layout: Windows) -> "EvaluationPlan":
        """Windows (steps, lanes) that all begin with zero state."""
        none = np.zeros(0, np.int64)
        plan = planned(layout, np.zeros(layout.offset.shape, np.float32))
        return cls(plan, Windows.of(*[none] * 5), none.astype(np.float32), Entries(*[none] * 5))


def comes_in(lanes: Lanes) -> NDArray[np.bool_]:
    """(steps, lanes) whether a window is not the one that follows in the run."""
    before = np.vstack([np.full_like(lanes.index[:1], -2), lanes.index[:-1]])
    found: NDArray[np.bool_] = (lanes.index >= 0) & (lanes.index != before + 1)
    return found


def planned(layout: Windows, keep: Keep) -> EpochPlan:
    """The plan of a layout, all (steps, lanes)."""
    return EpochPlan(layout.offset, layout.begin, layout.end, keep)
