"""Where the scored timesteps of a split lie: in which piece, of which group, and when."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workers.data.timeline import Sequences, Timeline


@dataclass(frozen=True)
class Layout:
    """The scored timesteps of a split, counted from 0; their losses stand in the same order.

    starts  (n_pieces,) int64, the scored timestep at which each piece begins; pieces without one are left out
    groups  (n_pieces,) int64, the group that each piece belongs to; none where no column names groups
    clock   (n_scored,) float64, when each timestep was, in a count that all groups share; none where it is not known
    """

    starts: NDArray[np.int64]
    groups: NDArray[np.int64] | None = None
    clock: NDArray[np.float64] | None = None


def layout_of(timeline: Timeline, split: Sequences) -> Layout:
    """The layout of a split's scored timesteps."""
    timesteps = split.timesteps
    scored = timesteps[timeline.scored[timesteps]]
    begins, ends = (np.searchsorted(scored, border).astype(np.int64) for border in (split.start, split.stop))
    some = ends > begins
    sequence = np.searchsorted(timeline.starts, split.start[some], side="right") - 1
    return Layout(
        starts=begins[some],
        groups=None if timeline.groups is None else timeline.groups[sequence],
        clock=None if timeline.clock is None else timeline.clock[scored].astype(np.float64),
    )
