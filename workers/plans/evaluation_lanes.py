"""The lanes on which a split is scored, as if each sequence were one long run, for every batch size the same."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from workers.data.timeline import Sequences
from workers.plans.windows import Windows, columns, windows

WARM_UP_TIMESTEPS = 64
WARM_UP_WINDOWS = 4
MAX_EVALUATION_LANES = 32


def evaluation_lanes(sequences: Sequences, window: int) -> Windows:
    """(steps, lanes) that score every timestep of a split once.

    A lane begins at a sequence's start or, inside a sequence, with a warm-up that is not scored. A piece whose sequence
    has a past (an earlier split's) is warmed up by that too: its inputs are known by then.
    """
    warm_up = max(-(-WARM_UP_TIMESTEPS // window), WARM_UP_WINDOWS)
    cut = windows(sequences, window)
    n_lanes = int(np.clip(len(cut) // (2 * warm_up), 1, MAX_EVALUATION_LANES))
    reach = sequences.reach[np.cumsum(cut.position == 0) - 1]  # of each window's sequence
    lanes = []
    for members in np.array_split(np.arange(len(cut)), n_lanes):
        pieces = _pieces(cut, members)
        lanes.append(
            _joined([_with_warm_up(cut.arrange(piece), int(reach[piece[0]]), window, warm_up) for piece in pieces])
        )
    ends = np.cumsum([len(lane) for lane in lanes])
    return _joined(lanes).arrange(columns(np.split(np.arange(ends[-1]), ends[:-1])))


def _pieces(cut: Windows, members: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """A lane's windows, by number, split where another sequence begins."""
    yield from np.split(members, np.flatnonzero(cut.position[members[1:]] == 0) + 1)


def _with_warm_up(piece: Windows, reach: int, window: int, warm_up: int) -> Windows:
    """The piece with its warm-up before it; the first window, warm-up included, is marked as its sequence's start."""
    whole = _joined([_warm_up_windows(piece, reach, window, warm_up), piece])
    return Windows(whole.offset, whole.begin, whole.end, np.arange(len(whole)) == 0, whole.position)


def _warm_up_windows(piece: Windows, reach: int, window: int, most: int) -> Windows:
    """The windows before the piece, none of them scored: `most`, or as many as begin at timestep `reach` or later.

    They end where the piece begins, so that the first of them is cut short where the past is not whole windows.
    """
    start, position = int(piece.offset[0]), int(piece.position[0])
    past = min(start - reach, most * window)
    number = np.arange(-(-past // window), 0, -1)  # counted back from the piece
    offset = np.maximum(start - number * window, start - past)
    length = start - (number - 1) * window - offset
    return Windows.of(offset, length, length, np.zeros(len(number), bool), position - number)


def _joined(parts: Sequence[Windows]) -> Windows:
    """The windows of all parts, one after the other."""
    offset, begin, end, first, position = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("offset", "begin", "end", "first", "position")
    )
    return Windows(offset, begin, end, first, position)
