"""The lanes on which a split is scored, as if it were one long run, for every batch size the same."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from workers.data.timeline import Sequences
from workers.plans.deployment import Feed
from workers.plans.policy_row import Keep
from workers.plans.windows import Flags, Windows, columns

WARM_UP_TIMESTEPS = 64
WARM_UP_WINDOWS = 4
MAX_EVALUATION_LANES = 32
NEAR = 4  # warm-ups: a state at which no lane arrives costs as many, as it is sought and tried from opposite states

Numbers = NDArray[np.int64]


def whole_run(sequences: Sequences, feed: Feed, window: int) -> Windows:
    """(n,) the windows of all that a model is fed up to a split's end, each sequence's from its own first timestep.

    What lies outside the split's pieces is not scored. A window inside which a piece ends is cut in two there, both of
    its position: the second part is fed for the sake of what follows.
    """
    start, stop, scored_from, scored_to = _fed(sequences, feed)
    whole, rest = np.divmod(scored_to - start, window)
    cut = np.where((rest > 0) & (scored_to < stop), whole, np.iinfo(np.int64).max)  # the position of that window
    counts = -(-(stop - start) // window) + (cut <= whole)
    owner = np.repeat(np.arange(len(start)), counts)
    start, stop, scored_from, scored_to, cut = (each[owner] for each in (start, stop, scored_from, scored_to, cut))
    number = np.arange(len(owner)) - (np.cumsum(counts) - counts)[owner]
    position = number - (number > cut)
    offset = np.where(number == cut + 1, scored_to, start + position * window)
    limit = np.where(number == cut, scored_to, np.minimum(start + (position + 1) * window, stop))
    end = limit - offset
    begin = np.where(offset < scored_to, np.clip(scored_from - offset, 0, end), end)
    used = slice(1 + int(np.flatnonzero(begin < end)[-1]))
    return Windows.of(offset[used], begin[used], end[used], number[used] == 0, position[used])


def _fed(sequences: Sequences, feed: Feed) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Of each sequence (n,) that is fed: its timesteps start .. stop-1, and those of them that are scored, if any."""
    piece = np.minimum(np.searchsorted(sequences.reach, feed.start), len(sequences) - 1)
    held = sequences.reach[piece] == feed.start
    scored_from, scored_to = (np.where(held, edge[piece], feed.stop) for edge in (sequences.start, sequences.stop))
    return feed.start, feed.stop, scored_from, scored_to


def continued(run: Windows) -> Flags:
    """(n,) whether a window of a run is the rest of the one before, so that nothing happens to the state in between."""
    rest: Flags = ~run.first & (np.diff(run.position, prepend=-1) == 0)
    return rest


def warm_up_windows(window: int) -> int:
    """Windows before the first scored one of a lane or of a stretch of its windows, as far as they matter."""
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


def scored_windows(run: Windows) -> Numbers:
    """The numbers of the windows of a run in which something is scored."""
    return np.flatnonzero(run.begin < run.end)


def last_resets(keep: Keep) -> Numbers:
    """(n,) the last window up to each of a run that begins with zero state whatever came before; keep: (n,)."""
    return np.maximum.accumulate(np.where(keep == 0, np.arange(len(keep)), 0))


def evaluation_lanes(run: Windows, keep: Keep, window: int) -> Lanes:
    """Lanes that score every window of a run once; keep: (n,) how much state survives into each window.

    Each stretch of scored windows begins with a warm-up. It does not reach back past a reset, nor past the lane's
    stretch before; and where no lane scores the window before, it reaches to there if that is near.
    """
    warm_up, scored, floor = warm_up_windows(window), scored_windows(run), last_resets(keep)
    n_lanes = int(np.clip(len(scored) // (2 * warm_up), 1, MAX_EVALUATION_LANES))
    reach = np.where(np.isin(scored - 1, scored), warm_up, NEAR * warm_up)
    parts = zip(np.array_split(scored, n_lanes), np.array_split(reach, n_lanes), strict=True)
    members = [_warmed_up(numbers, floor, far, warm_up) for numbers, far in parts]
    return Lanes(columns(members), np.array([numbers[0] for numbers in np.array_split(scored, n_lanes)]))


def _warmed_up(members: Numbers, floor: Numbers, reach: Numbers, warm_up: int) -> Numbers:
    """A lane's scored windows, with the warm-up of each stretch before it.

    floor  (n windows of the run,) how far back that may go
    reach  (n members,) how many windows back that is still gone
    """
    opens = np.diff(members, prepend=-2) > 1
    firsts, lasts = members[opens], members[np.append(opens[1:], True)]
    nearest = np.maximum(floor[firsts], np.append(0, lasts[:-1] + 1))
    begins = np.where(firsts - nearest <= reach[opens], nearest, firsts - warm_up)
    lengths = lasts + 1 - begins
    return np.repeat(begins - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())
