"""How the timeline is cut into training, validation and test."""

from itertools import pairwise
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from workers.data.timeline import Floats, Integers, Sequences, Timeline
from workers.errors import DataError
from workers.wording import counted

MANY_SEQUENCES = 20
PARTS = ("training", "validation", "test")
SHORT_SEQUENCE = 200  # timesteps
COMMON = 0.5  # of the groups, that go on past both dates: then the groups share a calendar


class Split(BaseModel):
    """How much of the data is held back, and along what it is cut: the field `split` of the study file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    validation: Annotated[float, Field(gt=0, lt=1)] = 0.15
    test: Annotated[float, Field(ge=0, lt=1)] = 0.15
    by: Literal["time", "sequence"] | None = None  # none: what `resolve` finds

    def resolve(self, timeline: Timeline) -> Literal["time", "sequence"]:
        """`by`; where it is none, what suits this timeline.

        That is by sequence where there are many short ones; but not for groups that share a calendar and whose future
        is forecast, of which some would be tested on days that the others were trained on.
        """
        lengths = timeline.stops - timeline.starts
        many_short = len(lengths) >= MANY_SEQUENCES and np.median(lengths) < SHORT_SEQUENCE and not timeline.record
        return self.by or ("sequence" if many_short and not self._at_the_same_time(timeline) else "time")

    def _at_the_same_time(self, timeline: Timeline) -> bool:
        """Whether the future of groups is forecast, most of which begin before both dates and end after them."""
        if timeline.groups is None or timeline.clock is None or not timeline.horizon:
            return False
        first, second = (_date(timeline.clock, 1 - part - self.test) for part in (self.validation, 0.0))
        lasts = timeline.clock[timeline.stops - 1]
        begins = np.full(timeline.groups.max() + 1, np.inf)
        ends = np.full(timeline.groups.max() + 1, -np.inf)
        np.minimum.at(begins, timeline.groups, timeline.clock[timeline.starts])
        np.maximum.at(ends, timeline.groups, lasts)
        return bool(((begins < first) & (ends >= second)).mean() >= COMMON)


def cut(timeline: Timeline, split: Split) -> tuple[Sequences, Sequences, Sequences]:
    """The pieces of training, validation and test.

    Raises DataError when one of them has no scored timestep; test may have none when `split.test` is 0.
    """
    begins = _boundaries(timeline, split)
    train, validation, test = (_pieces(timeline, low, high) for low, high in pairwise(begins))
    for name, pieces in zip(PARTS, (train, validation, test), strict=True):
        if not timeline.scored[pieces.timesteps].any() and not (name == "test" and split.test == 0):
            raise DataError(f"the {name} split is empty: {_why_empty(timeline, split, name, pieces)}", "data.split")
    return train, validation, test


class Parts(NamedTuple):
    """The pieces of training, validation and test of one origin."""

    train: Sequences
    validation: Sequences
    test: Sequences


def rolling(timeline: Timeline, split: Split, count: int) -> tuple[Parts, ...]:
    """The parts of the origins after the first, which is the split itself: count - 1 of them.

    The test part is cut into `count` consecutive stretches of equally many timesteps, in the order of time. An origin
    is tested on its stretch, and learns from all that lies before it (an expanding window), of which the last part is
    for validation, as large a share of it as in the split. A target that lies past the end of training or validation is
    in neither; past the end of a stretch it counts, so that the stretches together hold the scored timesteps of the
    split's test part, each once.

    Source: Tashman 2000, Out-of-sample tests of forecasting accuracy: an analysis and review, International Journal of
    Forecasting 16.

    Raises DataError for a split by sequence or without a test part, and where a part of an origin has no scored
    timestep.
    """
    if not split.test or split.resolve(timeline) == "sequence":
        what = "sequences that are held back whole have no order" if split.test else "there is no test part"
        raise DataError(f"the test part cannot be cut into {count} stretches of time: {what}", "data.split")
    cuts = [1 - split.test * (1 - number / count) for number in range(count)]
    begins = [*(_by_time(timeline, cut) for cut in cuts), timeline.stops]
    share = (1 - split.validation - split.test) / (1 - split.test)  # of what lies before a stretch, that trains
    found = []
    for cut_at, (begin, end) in zip(cuts[1:], list(pairwise(begins))[1:], strict=True):
        validation = _by_time(timeline, cut_at * share)
        train, held_back = _pieces(timeline, timeline.starts, validation), _pieces(timeline, validation, begin)
        stretch = _pieces(timeline, begin, np.minimum(end + timeline.horizon, timeline.stops))
        found.append(Parts(train, held_back, stretch))
    for number, origin in enumerate(found, 2):
        for name, pieces in zip(PARTS, origin, strict=True):
            if not timeline.scored[pieces.timesteps].any():
                raise DataError(f"the {name} part of origin {number} of {count} has no scored timestep", "data.split")
    return tuple(found)


def _why_empty(timeline: Timeline, split: Split, name: str, pieces: Sequences) -> str:
    """Why no timestep of a part is scored, and what would help."""
    begins, number = _boundaries(timeline, split), PARTS.index(name)
    longest, horizon = int((begins[number + 1] - begins[number]).max()), timeline.horizon
    if len(pieces):
        count = counted(int(pieces.lengths.sum()), "timestep")
        return (
            f"there are {count} in it, but none with a target that counts, since all are missing there or with score:"
            " sequence_end cut off; give data that have some there, or cut elsewhere"
        )
    if longest:
        return (
            f"the targets lie {counted(horizon, 'timestep')} ahead, and no piece of a sequence in it is longer than"
            f" {longest}; a shorter horizon, sequences with fewer gaps, or more data"
        )
    sizes = f"{counted(len(timeline.starts), 'sequence')} and {counted(len(timeline.features), 'timestep')}"
    along = split.resolve(timeline)
    cure = "hold back less" if name == "training" else f"hold back more for {name}"
    if along == "sequence" and len(timeline.starts) < len(PARTS):
        cure = "say by: time"
    held_back = f"validation {split.validation:g} and test {split.test:g}"
    return f"{sizes} cannot be cut by {along} into {held_back}; {cure}, or give more data"


def everything(timeline: Timeline) -> Sequences:
    """All sequences as one part, nothing held back."""
    return _pieces(timeline, timeline.starts, timeline.stops)


def _boundaries(timeline: Timeline, split: Split) -> list[Integers]:
    """Four arrays (n_sequences,): in each sequence, where training, validation and test begin, and the end."""
    before_validation, before_test = 1 - split.validation - split.test, 1 - split.test
    if before_validation <= 0:
        raise DataError("validation and test together leave nothing to train on; hold back less", "data.split")
    along = _by_sequence if split.resolve(timeline) == "sequence" else _by_time
    return [timeline.starts, along(timeline, before_validation), along(timeline, before_test), timeline.stops]


def _by_sequence(timeline: Timeline, fraction: float) -> Integers:
    """(n_sequences,) the end of each sequence that comes before the cut, the beginning of each that comes after it."""
    count = round(len(timeline.starts) * fraction)
    return np.where(_ranks(timeline) < count, timeline.stops, timeline.starts)


def _by_time(timeline: Timeline, fraction: float) -> Integers:
    """(n_sequences,) in each sequence the first timestep after `fraction` of all timesteps, in the order of time."""
    clock = _clock(timeline)
    limit = _date(clock, fraction)
    pieces = zip(timeline.starts, timeline.stops, strict=True)
    return np.array([start + np.searchsorted(clock[start:stop], limit) for start, stop in pieces])


def _date(clock: Floats, fraction: float) -> float:
    """Before which so much of all timesteps lies."""
    return float(np.sort(clock)[min(round(len(clock) * fraction), len(clock) - 1)]) if fraction < 1 else np.inf


def _ranks(timeline: Timeline) -> Integers:
    """(n_sequences,) each sequence's rank in the order: first those of training, then of validation, then of test.

    Those that begin last are held back. Without a time the order is random, the same each time: files that hold one
    class after the other are common, and would leave the last classes without training. Each class is spread evenly
    over that order, so that every part has its share of it.
    """
    starts = timeline.starts
    begin: NDArray[Any] = starts if timeline.record else np.zeros(len(starts))
    if timeline.clock is not None:
        begin = timeline.clock[starts]
    random = np.random.default_rng(0).permutation(len(starts))
    return np.argsort(np.lexsort((random, _spread(timeline, random), begin)))


def _spread(timeline: Timeline, random: Integers) -> Floats:
    """(n_sequences,) where in the order each sequence comes among those of its class, from 0 to 1.

    A sequence's class is that of its last scored timestep. Where there are no classes all have the same place.
    """
    if not timeline.n_classes or timeline.alphabet:
        return np.zeros(len(random))
    scored = np.flatnonzero(timeline.scored)
    last = np.searchsorted(scored, timeline.stops) - 1
    some = (last >= 0) & (scored[last] >= timeline.starts)
    classes = np.where(some, timeline.targets[scored[last]], -1)
    place = np.zeros(len(random))
    for each in np.unique(classes):
        own = np.flatnonzero(classes == each)
        place[own[np.argsort(random[own])]] = (np.arange(len(own)) + 0.5) / len(own)
    return place


def _clock(timeline: Timeline) -> Floats:
    """(time,) what all sequences are cut by: a common clock, or else the part of its own sequence gone by."""
    if timeline.clock is not None:
        return timeline.clock
    if timeline.record:
        return np.arange(len(timeline.features), dtype=float)
    return np.concatenate([np.arange(n) / n for n in timeline.stops - timeline.starts])


def _pieces(timeline: Timeline, low: Integers, high: Integers) -> Sequences:
    stop = high - timeline.horizon
    some = stop > low
    return Sequences(low[some].astype(np.int64), stop[some].astype(np.int64), timeline.starts[some])
