"""All the data on one flat timeline, and the pieces of it that a split holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from workers.data.asked_loss import Asked
from workers.data.embeddings import Embedding
from workers.data.group_scale import GroupScale
from workers.data.transforms import TRANSFORMS, Name
from workers.errors import DataError

Floats = NDArray[np.floating]
Integers = NDArray[np.integer]

LARGEST = 1e150  # of which sums of squares are finite


@dataclass(frozen=True)
class Timeline:
    """What a source returns: every timestep of every sequence, one after the other, in the targets' own units.

    features       (time, n_features) floats, as precise as the source has them; scaled, as workers have them, float32
    targets        (time, n_targets) floats alike, or (time,) int32 class labels from 0
    starts         (n_sequences,) int64, the timestep at which each sequence begins; ascending, the first is 0
    scored         (time,) bool, whether the timestep has a target that counts
    clock          (time,) float64, seconds or any common count; none: each sequence is cut at the same part of its
                   length
    groups         (n_sequences,) int64, which group of a panel each sequence belongs to; none where they have none
    forecasts      naive forecasts by name, each (time, n_targets), to show beside the model's
    horizon        timesteps between an input and its target, of several the furthest; a timestep with a target that
                   lies past a split's end is not scored in it
    horizons       of several: the timesteps of each, ascending; targets are those of the first column at each, then of
                   the second; of one horizon none
    record         whether the sequences are pieces of one long record (then the split is by time, however many pieces)
    n_classes      the number of classes; 0: the targets are numbers
    alphabet       of text: its characters; features (time, 1) and targets are then positions in it
    feature_names  (n_features,) or none
    target_names   (n_targets,) or none
    class_names    (n_classes,) or none
    group_names    of a panel: each group's, by its number
    categories     of a table: by column, the categories that the training part has of it
    embeddings     of a table: the inputs that a model looks up, in order
    base           (time, n_targets) what is added to targets that are changes, or in their group's scale; else none
    spreads        (time, n_targets) what targets in their group's scale are multiplied with before that; else none
    of_changes     whether the targets are changes from the present value, and not levels
    transform      what the targets, and the base, are of levels: their logarithm; none: the levels themselves
    group_scale    of a panel whose groups are each in their own scale: that of each; else none
    scales         of targets that are `bent`, once they are scaled: (time, 2 n_targets), see `answers`
    loss           of targets that are numbers, where one is asked for; none: what follows from the targets
    weights        (n_targets,) how much each counts in the loss, on average 1; none: alike
    time_reading   of a table: the name of how its time column was read
    notes          what was mended or is remarkable, a sentence each

    Raises DataError for arrays whose shapes, order or values no model can be trained on.
    """

    features: Floats
    targets: Floats | NDArray[np.int32]
    starts: NDArray[np.int64]
    scored: NDArray[np.bool_]
    clock: Floats | None = None
    groups: NDArray[np.int64] | None = None
    forecasts: Mapping[str, Floats] = field(default_factory=dict)
    horizon: int = 0
    horizons: tuple[int, ...] = ()
    record: bool = False
    n_classes: int = 0
    alphabet: str = ""
    feature_names: tuple[str, ...] = ()
    target_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    group_names: tuple[str, ...] = ()
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    embeddings: tuple[Embedding, ...] = ()
    base: Floats | None = None
    spreads: Floats | None = None
    of_changes: bool = False
    transform: Name | None = None
    group_scale: GroupScale | None = None
    scales: Floats | None = None
    loss: Asked | None = None
    weights: tuple[float, ...] = ()
    time_reading: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_shapes(self)
        _check_starts(self.starts, len(self.features))
        for name, values in (("features", self.features), ("targets", self.targets)):
            _check_finite(name, values)
            _check_squares(name, values)

        if self.groups is not None and self.groups.shape != self.starts.shape:
            raise DataError(f"groups must be one for each of {len(self.starts)} sequences", "data")

    @property
    def stops(self) -> NDArray[np.int64]:
        """(n_sequences,) the timestep past each sequence's last."""
        return np.append(self.starts[1:], len(self.features))

    @property
    def bent(self) -> bool:
        """Whether an equal error of a target is another one of its level from row to row."""
        return not self.n_classes and (self.transform is not None or self.group_scale is not None)

    def answers(self, at: Integers | slice) -> Floats | NDArray[np.int32]:
        """What forecasts of timesteps (n,) are scored by: (n, n_targets) the targets, or (n,) class labels.

        Where targets are bent (n, 3 n_targets): beside them, of each level, how much it changes with its logarithm (1
        where it has none), and what the target was divided by.
        """
        if not self.bent:
            return self.targets[at]
        scales = self.scales[at] if self.scales is not None else self.own_scales(at)
        return np.concatenate([self.targets[at], scales], axis=-1)

    def own_scales(self, at: Integers | slice) -> Floats:
        """(n, 2 n_targets) those of targets in their own units."""
        whole = self._with_base(at)
        slopes = np.ones_like(whole) if self.transform is None else np.exp(whole)
        spreads = np.ones_like(whole) if self.spreads is None else self.spreads[at]
        return np.concatenate([slopes, spreads], axis=-1)

    def levels(self, at: Integers | slice) -> Floats:
        """(n, n_targets) the targets of timesteps (n,) as levels, where they are numbers in their own units."""
        found = self._with_base(at)
        return found if self.transform is None else TRANSFORMS[self.transform].back(found)

    def _with_base(self, at: Integers | slice) -> NDArray[np.float64]:
        targets = self.targets[at].astype(np.float64)
        if self.spreads is not None:
            targets = targets * self.spreads[at]
        return targets if self.base is None else targets + self.base[at]

    def group_start(self, timestep: int) -> int:
        """The first timestep of the same group, whose sequences lie together; without groups the first of all."""
        if self.groups is None:
            return 0
        number = int(np.searchsorted(self.starts, timestep, side="right")) - 1
        others = np.flatnonzero(self.groups[:number] != self.groups[number])
        return int(self.starts[others[-1] + 1]) if len(others) else 0


def _check_shapes(timeline: Timeline) -> None:
    n = len(timeline.features)
    if n == 0:
        raise DataError("there is not a single timestep", "data")
    if timeline.features.ndim != 2 or timeline.features.shape[1] == 0:
        raise DataError(f"features must be (time, n_features), not {timeline.features.shape}", "data")
    if len(timeline.targets) != n or len(timeline.scored) != n:
        raise DataError(f"features have {n} timesteps, but targets {len(timeline.targets)}", "data")


def _check_starts(starts: NDArray[np.int64], n: int) -> None:
    if len(starts) == 0 or starts[0] != 0 or (np.diff(starts) <= 0).any() or starts[-1] >= n:
        raise DataError(f"starts must begin at 0 and ascend, each below {n}", "data")


def _check_finite(name: str, values: Floats | Integers) -> None:
    bad = ~np.isfinite(values)
    if bad.any():
        timestep = int(np.argwhere(bad)[0][0])
        raise DataError(f"{name}: not a finite number at timestep {timestep} ({int(bad.sum())} in all)", "data")


def _check_squares(name: str, values: Floats | Integers) -> None:
    if float(np.abs(values).max()) > LARGEST:
        timestep = int(np.argwhere(np.abs(values) > LARGEST)[0][0])
        raise DataError(f"{name}: larger than {LARGEST:g} at timestep {timestep}, too large to be squared", "data")


@dataclass(frozen=True)
class Sequences:
    """The pieces of sequences that one split holds.

    start, stop  (n,) int64: the scored timesteps are start .. stop-1
    reach        (n,) int64: the first timestep of the same sequence; what lies before `start` may be used as input
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

    def only(self, counts: NDArray[np.bool_]) -> "Sequences":
        """The pieces without the timesteps that do not count, which cut them further; counts: (time,)."""
        owner = np.repeat(np.arange(len(self)), self.lengths)
        kept = counts[self.timesteps]
        at, owner = self.timesteps[kept], owner[kept]
        opens = (np.diff(at, prepend=-2) != 1) | (np.diff(owner, prepend=-1) != 0)
        closes = np.append(opens[1:], True)[: len(at)]
        return Sequences(at[opens], at[closes] + 1, self.reach[owner[opens]])

    @property
    def timesteps(self) -> NDArray[np.int64]:
        """(lengths.sum(),) every timestep of the pieces, in order."""
        if not len(self):
            return np.zeros(0, np.int64)
        return np.concatenate([np.arange(a, b) for a, b in zip(self.start, self.stop, strict=True)])
