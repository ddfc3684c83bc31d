"""All the data on one flat timeline; its splits, and the scaling that only the training part decides."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from workers.data.baselines import class_scores, text_scores, value_scores
from workers.data.scaling import Scaling, as_they_are, moments
from workers.errors import DataError

Floats = NDArray[np.floating]
Integers = NDArray[np.integer]
Fraction = Annotated[float, Field(ge=0, lt=1)]


class Split(BaseModel):
    """How much of the data is held back, and along what it is cut."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    validation: Annotated[float, Field(gt=0, lt=1)] = 0.15
    test: Fraction = 0.15
    by: Literal["time", "sequence"] | None = None  # none: by sequence where there are many short ones

    def resolve(self, timeline: "Timeline") -> Literal["time", "sequence"]:
        """What `by` means for this timeline, if it was left open."""
        lengths = timeline.stops - timeline.starts
        many_short = len(lengths) >= MANY_SEQUENCES and np.median(lengths) < SHORT_SEQUENCE and not timeline.record
        return self.by or ("sequence" if many_short else "time")


MANY_SEQUENCES = 20
SHORT_SEQUENCE = 200  # timesteps


@dataclass(frozen=True)
class Timeline:
    """What a source returns: every timestep of every sequence, one after the other, in the targets' own units.

    features  (time, n_features) float32
    targets   (time, n_targets) float32, or (time,) int32 class labels from 0
    starts    (n_sequences,) int64, where each sequence begins; ascending, the first is 0
    scored    (time,) bool, whether the timestep has a target that counts
    clock     (time,) float64, seconds or any common count; none: each sequence is cut at the same part of its length
    forecasts naive forecasts by name, each (time, n_targets), to show beside the model's
    horizon   timesteps between an input and its target; a target that lies past a split's end is not scored in it
    alphabet  of text: its characters; features (time, 1) and targets are then numbers in it
    record    whether the sequences are pieces of one long record (then the split is by time, however many pieces)
    notes     what was mended or is remarkable, a sentence each
    """

    features: NDArray[np.float32]
    targets: NDArray[np.float32] | NDArray[np.int32]
    starts: NDArray[np.int64]
    scored: NDArray[np.bool_]
    clock: Floats | None = None
    forecasts: Mapping[str, Floats] = field(default_factory=dict)
    horizon: int = 0
    record: bool = False
    n_classes: int = 0
    alphabet: str = ""
    feature_names: tuple[str, ...] = ()
    target_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check(self)

    @property
    def stops(self) -> NDArray[np.int64]:
        """(n_sequences,) the timestep past each sequence's last."""
        return np.append(self.starts[1:], len(self.features))

    @property
    def companions(self) -> tuple[str, ...]:
        """What is reported beside the loss."""
        if self.alphabet:
            return "accuracy", "bits_per_character"
        return ("accuracy",) if self.n_classes else ("rmse",)


def check(timeline: Timeline) -> None:
    """Raises DataError for what no model can be trained on: the arrays' shapes, order and values."""
    n = len(timeline.features)
    if n == 0:
        raise DataError("there is not a single timestep", "data")
    if timeline.features.ndim != 2 or timeline.features.shape[1] == 0:
        raise DataError(f"features must be (time, n_features), not {timeline.features.shape}", "data")
    if len(timeline.targets) != n or len(timeline.scored) != n:
        raise DataError(f"features have {n} timesteps, but targets {len(timeline.targets)}", "data")
    starts = timeline.starts
    if len(starts) == 0 or starts[0] != 0 or (np.diff(starts) <= 0).any() or starts[-1] >= n:
        raise DataError(f"starts must begin at 0 and ascend, each below {n}", "data")
    for name, values in (("features", timeline.features), ("targets", timeline.targets)):
        bad = ~np.isfinite(values)
        if bad.any():
            where = int(np.argwhere(bad)[0][0])
            raise DataError(f"{name}: not a finite number at timestep {where} ({int(bad.sum())} in all)", "data")


@dataclass(frozen=True)
class Sequences:
    """The pieces of sequences that one split holds.

    start, stop  (n,) int64: the scored timesteps are start .. stop-1
    reach        (n,) int64: the first timestep of the same sequence, known by then; before start only inputs may be
                 used
    """

    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    reach: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.start)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """(n,) timesteps of each piece."""
        return self.stop - self.start


@dataclass(frozen=True)
class Dataset:
    """What workers train on: the scaled timeline, its splits and what a model must beat."""

    timeline: Timeline
    train: Sequences
    validation: Sequences
    test: Sequences
    scaling: Scaling
    baselines: Mapping[str, Mapping[str, float]]  # on the validation split, as `validation/loss`, by name
    test_baselines: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  # as `test/loss`

    @property
    def digest(self) -> str:
        """Changes with any number of the data and with any border of a split."""
        pieces = [values for split in (self.train, self.validation, self.test) for values in vars(split).values()]
        arrays = [self.timeline.features, self.timeline.targets, self.timeline.scored, *pieces]
        return hashlib.sha256(b"".join(np.ascontiguousarray(values).tobytes() for values in arrays)).hexdigest()[:16]

    def scored_timesteps(self, split: Sequences) -> Integers:
        """(n_scored,) the timesteps of a split that have a target that counts, in order."""
        steps = members(split)
        return steps[self.timeline.scored[steps]]

    @property
    def nbytes(self) -> int:
        """The size of what workers are sent."""
        return self.timeline.features.nbytes + self.timeline.targets.nbytes

    def example(self, timesteps: int) -> NDArray[np.float32] | NDArray[np.int32]:
        """(1, timesteps, n_features) of the training part, in the inputs' own units; of text (1, timesteps, 1)."""
        start = int(self.train.start[np.argmax(self.train.lengths)])
        scaled = self.timeline.features[start : start + timesteps]
        if self.timeline.alphabet:
            return np.array([[[ord(self.timeline.alphabet[int(number)])] for number in scaled[:, 0]]], np.int32)
        return (scaled * self.scaling.feature_scale + self.scaling.feature_mean)[None]

    @property
    def n_features(self) -> int:
        """Inputs of a model a timestep: columns, or of text the alphabet, one of which is 1."""
        return len(self.timeline.alphabet) or int(self.timeline.features.shape[1])

    @property
    def n_outputs(self) -> int:
        """Outputs a timestep: targets, or classes."""
        return self.timeline.n_classes or int(self.timeline.targets.shape[1])


def prepare(timeline: Timeline, split: Split) -> Dataset:
    """Cut the timeline into splits, scale it by its training part and score the naive forecasts.

    Raises DataError when a split is left empty.
    """
    cuts = _cuts(timeline, split)
    pieces = [_pieces(timeline, low, high) for low, high in pairwise(cuts)]
    for name, piece in zip(("training", "validation", "test"), pieces, strict=True):
        empty = not any(timeline.scored[a:b].any() for a, b in zip(piece.start, piece.stop, strict=True))
        if empty and not (name == "test" and split.test == 0):
            raise DataError(
                f"the {name} split is empty: {len(timeline.starts)} sequences and {len(timeline.features)} timesteps"
                f" cannot be cut by {split.resolve(timeline)} into validation {split.validation:g} and"
                f" test {split.test:g}; hold back more, or give more data",
                "data.split",
            )
    train, validation, test = pieces
    scaling = _scaling(timeline, train)
    naive = _naive(timeline, train, validation, "validation"), _naive(timeline, train, test, "test")
    return Dataset(_scaled(timeline, scaling), train, validation, test, scaling, *naive)


def members(sequences: Sequences) -> Integers:
    """(n,) every timestep of the sequences, in order."""
    if not len(sequences):
        return np.zeros(0, np.int64)
    return np.concatenate([np.arange(a, b) for a, b in zip(sequences.start, sequences.stop, strict=True)])


def _cuts(timeline: Timeline, split: Split) -> list[Integers]:
    """Four arrays (n_sequences,): in each sequence, where training, validation and test begin, and the end."""
    starts, stops = timeline.starts, timeline.stops
    fractions = (1 - split.validation - split.test, 1 - split.test)
    if fractions[0] <= 0:
        raise DataError("validation and test together leave nothing to train on; hold back less", "data.split")
    if split.resolve(timeline) == "sequence":
        counts = [round(len(starts) * fraction) for fraction in fractions]
        inner = [np.where(_turns(timeline) < count, stops, starts) for count in counts]
    else:
        clock = _clock(timeline)
        ordered = np.sort(clock)
        limits = [ordered[min(round(len(clock) * fraction), len(clock) - 1)] for fraction in fractions]
        if split.test == 0:
            limits[1] = np.inf
        inner = [
            np.array([a + np.searchsorted(clock[a:b], limit) for a, b in zip(starts, stops, strict=True)])
            for limit in limits
        ]
    return [starts, *inner, stops]


def _turns(timeline: Timeline) -> Integers:
    """(n_sequences,) the place of each sequence in the order in which they are dealt to training, validation and test.

    Those that begin last are held back. Where time does not tell it is chance, the same each time: files that hold one
    class after the other are common, and would leave the last classes without training.
    """
    starts = timeline.starts
    begin: NDArray[Any] = starts if timeline.record else np.zeros(len(starts))
    if timeline.clock is not None:
        begin = timeline.clock[starts]
    chance = np.random.default_rng(0).permutation(len(starts))
    return np.argsort(np.lexsort((chance, begin)))


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


def _scaling(timeline: Timeline, train: Sequences) -> Scaling:
    steps = members(train)
    inputs = as_they_are(1) if timeline.alphabet else moments(timeline.features[steps])
    if timeline.n_classes:
        return Scaling(*inputs, *as_they_are(0))
    return Scaling(*inputs, *moments(timeline.targets[steps[timeline.scored[steps]]]))


def _scaled(timeline: Timeline, scaling: Scaling) -> Timeline:
    features = (timeline.features - scaling.feature_mean) / scaling.feature_scale
    if timeline.n_classes:
        return replace(timeline, features=features)
    targets = (timeline.targets - scaling.target_mean) / scaling.target_scale
    return replace(timeline, features=features, targets=targets)


def _naive(timeline: Timeline, train: Sequences, split: Sequences, name: str) -> dict[str, dict[str, float]]:
    """What needs no model, on a split: metrics such as `validation/loss` by the naive forecast's name."""
    known, asked = (steps[timeline.scored[steps]] for steps in (members(train), members(split)))
    if not len(asked):
        return {}
    targets = timeline.targets
    if timeline.alphabet:
        pairs = np.column_stack([timeline.features[:, 0].astype(np.int64), targets])
        scores = text_scores(pairs[known], pairs[asked], len(timeline.alphabet))
    elif timeline.n_classes:
        scores = class_scores(targets[known], targets[asked], timeline.n_classes)
    else:
        forecasts = {forecaster: values[asked] for forecaster, values in timeline.forecasts.items()}
        scores = value_scores(forecasts, targets[known], targets[asked])
    return {naive: {f"{name}/{metric}": value for metric, value in row.items()} for naive, row in scores.items()}
