"""The lanes on which a split is scored, as if it were one long run, for every batch size the same."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from workers.data.timeline import Sequences
from workers.plans.windows import Windows, columns

WARM_UP_TIMESTEPS = 64
WARM_UP_WINDOWS = 4
MAX_EVALUATION_LANES = 32

Numbers = NDArray[np.int64]


def whole_run(sequences: Sequences, window: int) -> Windows:
    """(n,) the windows of every sequence in order, each from its beginning: those of its past, which are not scored.

    The past, an earlier split's, ends where the piece begins, so that its first window is cut short where it is not
    whole windows. Only where the past begins, or a piece without a past, is a window marked as the first.
    """
    past = sequences.start - sequences.reach
    before, counts = -(-past // window), -(-sequences.lengths // window)
    owner = np.repeat(np.arange(len(sequences)), before + counts)
    number = np.arange(len(owner)) - (np.cumsum(before + counts) - counts)[owner]  # negative in the past
    begins = sequences.start[owner] + number * window
    offset = np.maximum(begins, sequences.reach[owner])
    end = np.minimum(begins + window, sequences.stop[owner]) - offset
    return Windows.of(offset, np.where(number < 0, end, 0), end, number == -before[owner], number)


def warm_up_windows(window: int) -> int:
    """Windows before the first scored one of a lane or of a piece with a past, as far as there are so many."""
    return max(-(-WARM_UP_TIMESTEPS // window), WARM_UP_WINDOWS)


@dataclass(frozen=True)
class Lanes:
    """Which windows of a run each lane reads.

    index  (steps, lanes) the number in the run of each window; -1: an empty one
    first  (lanes,) the number of the first window that the lane scores; what comes before warms up
    """

    index: Numbers
    first: Numbers

    def arrange(self, run: Windows) -> Windows:
        """(steps, lanes) of the run's windows; those that only warm up are not scored."""
        layout = run.arrange(self.index)
        return replace(layout, begin=np.where(self.index < self.first, layout.end, layout.begin))


def evaluation_lanes(run: Windows, window: int) -> Lanes:
    """Lanes that score every window of a run once.

    A lane begins with a warm-up, and so does each piece with a past. It reaches back into the sequences before, whose
    state a policy may carry on, but not past the beginning of a past.
    """
    warm_up = warm_up_windows(window)
    scored = np.flatnonzero(run.position >= 0)
    floor = np.maximum.accumulate(np.where(run.first & (run.position < 0), np.arange(len(run)), 0))
    n_lanes = int(np.clip(len(scored) // (2 * warm_up), 1, MAX_EVALUATION_LANES))
    members = np.array_split(scored, n_lanes)
    index = columns([_warmed_up(numbers, floor, warm_up) for numbers in members])
    return Lanes(index, np.array([numbers[0] for numbers in members]))


def _warmed_up(members: Numbers, floor: Numbers, warm_up: int) -> Numbers:
    """A lane's scored windows, with the warm-up of each stretch before it; floor: (n,) how far back that may reach."""
    stretches = np.split(members, np.flatnonzero(np.diff(members) > 1) + 1)
    begins = (max(int(stretch[0]) - warm_up, int(floor[stretch[0]])) for stretch in stretches)
    return np.concatenate([np.arange(a, stretch[-1] + 1) for a, stretch in zip(begins, stretches, strict=True)])
