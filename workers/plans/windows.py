"""An epoch as small matrices: which window each lane reads at each step, and what in it is scored."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workers.data.timeline import Sequences

Integers = NDArray[np.integer]
Indices = NDArray[np.int32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Windows:
    """Windows of a split in their order, or arranged as (steps, lanes); every field has that shape.

    offset    where on the timeline the window begins
    begin     the first timestep in it that is scored; those before only warm the state up
    end       timesteps from here on are padding; 0: an empty window
    first     whether the state of what came before is another sequence's
    position  the window's number within its sequence, or within the piece of it that is cut
    """

    offset: Indices
    begin: Indices
    end: Indices
    first: Flags
    position: Indices

    def __len__(self) -> int:
        return len(self.offset)

    @classmethod
    def of(
        cls, offset: Integers, begin: Integers, end: Integers, first: Integers | Flags, position: Integers
    ) -> "Windows":
        """Of arrays of one shape and any type of integers."""
        return cls(
            offset.astype(np.int32),
            begin.astype(np.int32),
            end.astype(np.int32),
            first.astype(np.bool_),
            position.astype(np.int32),
        )

    def arrange(self, index: NDArray[np.int64]) -> "Windows":
        """(steps, lanes) of the windows that `index` numbers; where it is -1, an empty one."""
        empty = index < 0
        chosen = np.where(empty, 0, index)
        return Windows(
            offset=np.where(empty, 0, self.offset[chosen]),
            begin=np.where(empty, 0, self.begin[chosen]),
            end=np.where(empty, 0, self.end[chosen]),
            first=np.where(empty, False, self.first[chosen]),
            position=np.where(empty, 0, self.position[chosen]),
        )


@dataclass(frozen=True)
class EpochPlan:
    """All that a compiled epoch needs to know; every field is (steps, lanes). See Windows for the first three.

    keep  float32, how much of the lane's recurrent state survives into this step: 1 carry, 0 reset
    """

    offset: Indices
    begin: Indices
    end: Indices
    keep: NDArray[np.float32]

    @property
    def steps(self) -> int:
        """Optimizer steps in the epoch."""
        return len(self.offset)

    @property
    def lanes(self) -> int:
        """Windows trained side by side: the batch size."""
        return int(self.offset.shape[1])

    @property
    def resets(self) -> int:
        """How often a lane's state is set to zero before a window."""
        return int(((self.keep == 0) & (self.end > 0)).sum())

    @property
    def ages(self) -> Indices:
        """(steps, lanes) timesteps that each window's state has behind it, as far back as the last reset."""
        found = np.zeros(self.offset.shape, np.int32)
        age = np.zeros(self.lanes, np.int32)
        for row, (keep, end) in enumerate(zip(self.keep, self.end, strict=True)):
            found[row] = np.where(keep > 0, age, 0)
            age = found[row] + end
        return found

    @property
    def carried_timesteps(self) -> float:
        """The mean age of the state over the windows that are not empty."""
        return float(self.ages[self.end > 0].mean()) if self.end.any() else 0.0


def windows(sequences: Sequences, window: int, burn_in: int = 0) -> Windows:
    """Cut every sequence into windows of `window` timesteps, the last one padded, so that each timestep is scored once.

    With a burn-in, windows overlap by it, and its timesteps are not scored: Kapturowski et al. 2019 (R2D2), section 3.
    """
    lead = np.minimum(burn_in, sequences.start - sequences.reach)
    span = sequences.lengths + lead
    stride = window - burn_in
    counts = 1 + np.maximum(0, -(-(span - window) // stride))
    owner = np.repeat(np.arange(len(sequences)), counts)
    position = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    offset = (sequences.start - lead)[owner] + position * stride
    begin = np.where(position == 0, lead[owner], burn_in)
    end = np.minimum(window, sequences.stop[owner] - offset)
    return Windows.of(offset, begin, end, position == 0, position)


def ending_windows(sequences: Sequences, window: int) -> Windows:
    """For each timestep the window that ends there, of which it alone is scored; shorter where a sequence begins.

    So nothing that is scored is forecast with a later timestep, though the window be read backwards.
    """
    last = sequences.timesteps
    owner = np.repeat(np.arange(len(sequences)), sequences.lengths)
    offset = np.maximum(last - window + 1, sequences.reach[owner])
    end = last + 1 - offset
    position = last - sequences.start[owner]
    return Windows.of(offset, end - 1, end, position == 0, position)


def varied_windows(sequences: Sequences, shortest: int, longest: int, rng: np.random.Generator) -> Windows:
    """Windows of random lengths, each from `shortest` to `longest` as likely, so that they begin elsewhere each time.

    Varied windows: Merity et al. 2018 (AWD-LSTM, arXiv 1708.02182), section 5. There all lanes share a length and the
    learning rate is scaled by it; here each window has its own, so that one step has about as many timesteps as another
    and nothing needs scaling. A sequence's last window may be shorter still.
    """
    counts = -(-sequences.lengths // shortest)
    owner = np.repeat(np.arange(len(sequences)), counts)
    drawn = rng.integers(shortest, longest, len(owner), endpoint=True)
    before = np.cumsum(drawn) - drawn
    at = before - before[np.cumsum(counts) - counts][owner]
    used = at < sequences.lengths[owner]
    owner, at, drawn = owner[used], at[used], drawn[used]
    end = np.minimum(drawn, sequences.lengths[owner] - at)
    position = np.arange(len(owner)) - np.searchsorted(owner, owner)
    return Windows.of(sequences.start[owner] + at, np.zeros_like(at), end, position == 0, position)


def lanes(cut: Windows, batch_size: int, turn: int = 0) -> Windows:
    """Contiguous lanes: the windows in their order, cut into `batch_size` runs as equal as can be.

    The order begins at window number `turn` and goes on from the last window to the first.
    """
    runs = np.array_split(np.roll(np.arange(len(cut)), -turn), batch_size)
    return cut.arrange(columns(runs))


def lane_starts(n_windows: int, batch_size: int) -> Integers:
    """(batch_size,) the number of the window with which each of `lanes` begins."""
    length, longer = divmod(n_windows, batch_size)
    lane = np.arange(batch_size)
    return lane * length + np.minimum(lane, longer)


def shuffled(cut: Windows, batch_size: int, rng: np.random.Generator) -> Windows:
    """The windows in a random order, row by row; the last batch is filled up with empty windows."""
    order = np.full(-(-len(cut) // batch_size) * batch_size, -1, np.int64)
    order[: len(cut)] = rng.permutation(len(cut))
    return cut.arrange(order.reshape(-1, batch_size))


def columns(runs: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """(steps, lanes) with each run as a column, filled up with -1."""
    index = np.full((max(map(len, runs)), len(runs)), -1, np.int64)
    for lane, run in enumerate(runs):
        index[: len(run), lane] = run
    return index
