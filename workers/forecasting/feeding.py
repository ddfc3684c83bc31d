"""Feeds a network as it is deployed: with its window sliding, or with its state carried and reset as in training."""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from workers.forecasting.network import Network
from workers.plans.deployment import deployed_keep
from workers.spec import TrialSpec

Floats = NDArray[np.float32]

MAX_TIMESTEPS = 256  # fed at once
MAX_VALUES = 1 << 22  # of inputs fed at once


@dataclass(frozen=True)
class Past:
    """What a group has behind it. A group without a past is new.

    timesteps  of its sequence so far
    states     (state_size,) of a model that carries
    tail       (up to window - 1, n_features) the last inputs of the sequence, of a model whose window slides
    """

    timesteps: int
    states: Floats | None = None
    tail: Floats | None = None


class Stretch(NamedTuple):
    """New timesteps of one group, in order.

    x       (timesteps, n_features), scaled
    begins  (timesteps,) bool, whether each begins another sequence
    """

    x: Floats
    begins: NDArray[np.bool_]


class Feeder(ABC):
    """Feeds new timesteps of any number of groups, all at once, after what each has behind it."""

    def __init__(self, network: Network, spec: TrialSpec) -> None:
        self._network, self._spec = network, spec

    @abstractmethod
    def feed(self, new: Mapping[Hashable, Stretch], pasts: dict[Hashable, Past]) -> dict[Hashable, Floats]:
        """By group, (timesteps, n_outputs) what the network makes of each timestep; `pasts` then have them behind them.

        Outputs are scaled values, or logits.
        """

    def resets(self, stretch: Stretch) -> NDArray[np.bool_]:
        """(timesteps,) whether a state that is carried is reset before the timestep, of a group that is new."""
        return np.zeros(len(stretch.x), bool)


def feeder(network: Network, spec: TrialSpec, *, whole_lanes: bool) -> Feeder:
    """The feeder of a trial. whole_lanes: whether no lane held more than one sequence when it was trained."""
    return Carrying(network, spec, whole_lanes=whole_lanes) if spec.stateful else Sliding(network, spec)


class Sliding(Feeder):
    """Each timestep has the window that ends with it as context, from zero state, or all since its sequence began."""

    @override
    def feed(self, new: Mapping[Hashable, Stretch], pasts: dict[Hashable, Past]) -> dict[Hashable, Floats]:
        context = self._spec.window - 1
        parts, firsts, lasts, before = [], [], [], 0
        for group, stretch in new.items():
            past = pasts.get(group)
            tail = past.tail if past and past.tail is not None else stretch.x[:0]
            joined = np.concatenate([tail, stretch.x])
            at = np.arange(len(tail), len(joined))
            begun = np.maximum.accumulate(np.where(stretch.begins, at, 0))
            first = np.maximum(at - context, begun)
            parts.append(joined)
            firsts.append(first + before)
            lasts.append(at + before)
            before += len(joined)
            pasts[group] = Past(
                _timesteps(past, stretch.begins), tail=joined[_last_begin(begun, len(joined), context) :]
            )
        y = self._slid(np.concatenate(parts), np.concatenate(firsts), np.concatenate(lasts))
        borders = np.cumsum([len(stretch.x) for stretch in new.values()])[:-1]
        return dict(zip(new, np.split(y, borders), strict=True))

    def _slid(self, x: Floats, first: NDArray[np.int64], last: NDArray[np.int64]) -> Floats:
        """(n, n_outputs) after the timesteps from `first` (n,) to `last` (n,) of x (timesteps, n_features)."""
        window, network = self._spec.window, self._network
        at_once = max(1, MAX_VALUES // (window * max(x.shape[1], network.state_size)))
        found = []
        for begin in range(0, len(first), at_once):
            one, end = first[begin : begin + at_once], last[begin : begin + at_once]
            index = np.minimum(one[:, None] + np.arange(window), len(x) - 1)
            lengths = end - one + 1
            zero = np.zeros((len(one), network.state_size), np.float32)
            y, _ = network.run(x[index], lengths, zero)
            found.append(y[np.arange(len(one)), lengths - 1])
        return np.concatenate(found)


class Carrying(Feeder):
    """State is carried from timestep to timestep, and reset where the policy says."""

    def __init__(self, network: Network, spec: TrialSpec, *, whole_lanes: bool) -> None:
        super().__init__(network, spec)
        self._whole_lanes = whole_lanes

    @override
    def feed(self, new: Mapping[Hashable, Stretch], pasts: dict[Hashable, Past]) -> dict[Hashable, Floats]:
        groups, network = list(new), self._network
        pieces = [self._pieces(new[group], pasts.get(group)) for group in groups]
        zero = np.zeros(network.state_size, np.float32)
        states = np.stack([past.states if (past := pasts.get(g)) and past.states is not None else zero for g in groups])
        found: list[list[Floats]] = [[] for _ in groups]
        for step in range(max(map(len, pieces), default=0)):
            rows = np.array([row for row, own in enumerate(pieces) if step < len(own)])
            cut = [pieces[row][step] for row in rows]
            states[rows] *= np.array([piece.keep for piece in cut], np.float32)[:, None]
            lengths = np.array([piece.stop - piece.start for piece in cut])
            x = np.zeros((len(rows), lengths.max(), new[groups[0]].x.shape[1]), np.float32)
            for at, (row, piece) in enumerate(zip(rows, cut, strict=True)):
                x[at, : lengths[at]] = new[groups[row]].x[piece.start : piece.stop]
            y, states[rows] = network.run(x, lengths, states[rows])
            for at, row in enumerate(rows):
                found[row].append(y[at, : lengths[at]])
        for row, group in enumerate(groups):
            pasts[group] = Past(_timesteps(pasts.get(group), new[group].begins), states=states[row].copy())
        return {group: np.concatenate(found[row]) for row, group in enumerate(groups)}

    @override
    def resets(self, stretch: Stretch) -> NDArray[np.bool_]:
        found = super().resets(stretch)
        found[[piece.start for piece in self._pieces(stretch, None) if piece.keep != 1]] = True
        return found

    def _pieces(self, stretch: Stretch, past: Past | None) -> list["_Piece"]:
        """The stretch, cut wherever the state does not simply go on, and into pieces that can be fed at once."""
        at = np.arange(len(stretch.x))
        begun = np.maximum.accumulate(np.where(stretch.begins, at, -1))
        inside = np.where(begun < 0, at + (past.timesteps if past else 0), at - begun)
        borders = np.flatnonzero(inside % self._spec.window == 0)
        keep = np.ones(len(at), np.float32)
        keep[borders] = deployed_keep(
            self._spec, inside[borders] // self._spec.window, stretch.begins[borders], whole_lanes=self._whole_lanes
        )
        if past is None:
            keep[:1] = 0
        starts = np.unique(np.concatenate([at[:1], np.flatnonzero(keep != 1)]))
        long = [np.arange(a, b, MAX_TIMESTEPS) for a, b in zip(starts, [*starts[1:], len(at)], strict=True)]
        cuts = np.concatenate(long)
        return [_Piece(int(a), int(b), float(keep[a])) for a, b in zip(cuts, [*cuts[1:], len(at)], strict=True)]


class _Piece(NamedTuple):
    start: int
    stop: int
    keep: float  # of the state before it


def _timesteps(past: Past | None, begins: NDArray[np.bool_]) -> int:
    """Of the group's sequence, with these behind it."""
    found = np.flatnonzero(begins)
    return len(begins) - int(found[-1]) if len(found) else (past.timesteps if past else 0) + len(begins)


def _last_begin(begun: NDArray[np.int64], length: int, context: int) -> int:
    """Where the context of a next timestep would begin."""
    return max(int(begun[-1]), length - context)


def as_json(pasts: Mapping[Hashable, Past]) -> list[dict[str, Any]]:
    """The pasts as lists and numbers, each with its group."""
    return [
        {"group": group, "timesteps": past.timesteps, "states": _listed(past.states), "tail": _listed(past.tail)}
        for group, past in pasts.items()
    ]


def from_json(rows: list[dict[str, Any]]) -> dict[Hashable, Past]:
    """The pasts again."""
    return {row["group"]: Past(row["timesteps"], _in_a_row(row["states"]), _array(row["tail"])) for row in rows}


def _in_a_row(states: list[Any] | None) -> Floats | None:
    """The states, which earlier versions kept as (n_states, units)."""
    return None if states is None else np.array(states, np.float32).reshape(-1)


def _listed(values: Floats | None) -> list[Any] | None:
    return None if values is None else list(values.tolist())


def _array(values: list[Any] | None) -> Floats | None:
    return None if values is None else np.array(values, np.float32)
