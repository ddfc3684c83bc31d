"""A training plan as batches of arrays, for a loop of one's own or for `model.fit`."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import ValidationError
from typing_extensions import override

from workers.data.timeline import Sequences, Timeline
from workers.errors import DataError, SpecError
from workers.fields import conditions, neutral_values
from workers.plans.epochs import cut_at, training_plan
from workers.plans.equivalence import canonical
from workers.plans.fields import PlanFields
from workers.plans.windows import EpochPlan

T = TypeVar("T")
Floats = NDArray[np.float32]


class Batch(NamedTuple):
    """One step of training.

    x              float32 (batch, timesteps, features)
    y              (batch, timesteps, targets) float32, or (batch, timesteps) int32 class labels
    sample_weight  float32 (batch, timesteps), 0 where nothing is scored: at padding, and where a window warms up
    keep           float32 (batch,), how much of each row's state survives into this step: 1 carry, 0 reset. To be
                   applied before the step: states = keep[:, None] * states
    """

    x: Floats
    y: NDArray[Any]
    sample_weight: Floats
    keep: Floats


@dataclass(frozen=True)
class _Arrays:
    """features (time, n_features), targets (time, n_targets) or (time,), weights (time,); padding: at other times."""

    features: Floats
    targets: NDArray[Any]
    weights: Floats
    padding: float


class _Made(Sequence[T], ABC):
    """A sequence whose items are made when they are asked for."""

    @abstractmethod
    def _made(self, number: int) -> T: ...

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    @override
    def __getitem__(self, index: int | slice) -> "T | list[T]":
        if isinstance(index, slice):
            return [self._made(number) for number in range(*index.indices(len(self)))]
        return self._made(range(len(self))[index])


class Epoch(_Made[Batch]):
    """The batches of an epoch, each made when it is asked for. keep: float32 (steps, batch), that of every step."""

    def __init__(self, plan: EpochPlan, window: int, arrays: _Arrays) -> None:
        self.keep = plan.keep
        self._plan, self._window, self._arrays = plan, window, arrays

    @override
    def __len__(self) -> int:
        return self._plan.steps

    @override
    def _made(self, number: int) -> Batch:
        plan, arrays, at = self._plan, self._arrays, np.arange(self._window)
        timestep = np.minimum(plan.offset[number][:, None] + at, len(arrays.features) - 1)
        real = at < plan.end[number][:, None]
        scored = real & (at >= plan.begin[number][:, None])
        weights = np.where(scored, arrays.weights[timestep], np.float32(0))
        y = arrays.targets[timestep]
        x = np.where(real[..., None], arrays.features[timestep], np.float32(arrays.padding))
        return Batch(x, np.where(real if y.ndim == 2 else real[..., None], y, 0), weights, self.keep[number])


class Plan(_Made[Epoch]):
    """The epochs of a training; `workers.plan` makes it.

    arm      how it treats state, by the name that studies have for it: fields that compute the same have the same
    window   timesteps
    padding  what x holds where a window has no timestep, for keras.layers.Masking
    """

    def __init__(self, fields: PlanFields, sequences: Sequences, arrays: _Arrays, seed: int) -> None:
        self.arm = canonical(fields, sequences).arm
        self.window, self.batch_size, self.padding = fields.window, fields.batch_size, arrays.padding
        self._fields, self._arrays, self._seed = fields, arrays, seed
        self._sequences = cut_at(fields, sequences, arrays.weights > 0)

    @override
    def __len__(self) -> int:
        return self._fields.epochs

    @property
    def carries(self) -> bool:
        """Whether any state survives from one step into the next."""
        return canonical(self._fields, self._sequences).stateful

    @cached_property
    def steps_per_epoch(self) -> int:
        """Steps of every epoch, as `model.fit` asks. Raises SpecError where epochs have more and fewer of them."""
        if self._fields.shortest_window < self.window:
            raise SpecError("window_jitter gives each epoch another number of steps: train in a loop of your own", "")
        return len(self[0])

    def batches(self) -> Iterator[tuple[Floats, NDArray[Any], Floats]]:
        """(x, y, sample_weight) of every step of every epoch: what `model.fit` takes, and can shuffle no more."""
        for epoch in self:
            for batch in epoch:
                yield batch.x, batch.y, batch.sample_weight

    @override
    def _made(self, number: int) -> Epoch:
        return Epoch(training_plan(self._fields, self._sequences, number, self._seed), self.window, self._arrays)


def plan(
    features: ArrayLike,
    targets: ArrayLike,
    *,
    starts: ArrayLike = (0,),
    sample_weight: ArrayLike | None = None,
    padding: float = 0.0,
    seed: int = 0,
    **fields: Any,
) -> Plan:
    """How to train on these data so that state is carried and reset as said: epochs of batches of arrays.

    Row i of a batch goes on where row i of the batch before has ended, so that carried state meets the data that it
    belongs to, also where sequences end; what does not fill a window is padded and has no weight.

    features       (time, n_features) numbers, all sequences one after the other
    targets        (time, n_targets) numbers, or (time,) class labels from 0
    starts         (n_sequences,) the timestep at which each sequence begins, ascending from 0
    sample_weight  (time,) how much each timestep counts; all alike by default
    padding        what x holds where a window has no timestep; give keras.layers.Masking the same
    seed           of what is drawn: shuffling, random resets, rotated lanes
    fields         of a trial, as in a study file: stateful, reset_policy, reset_interval, batch_size, window, burn_in,
                   shuffle, bidirectional, epochs, ...

    Raises DataError for arrays that do not fit together, SpecError for fields that are wrong or have no effect.
    """
    x, y, begins = np.asarray(features), np.asarray(targets), np.asarray(starts)
    if begins.ndim != 1 or not np.issubdtype(begins.dtype, np.integer):
        raise DataError(f"starts must be (n_sequences,) whole numbers, not {begins.dtype} {begins.shape}")
    labels = y.ndim == 1
    if labels and not np.issubdtype(y.dtype, np.integer):
        raise DataError(f"targets must be (time, n_targets) numbers or (time,) whole labels, not {y.dtype} {y.shape}")
    weights = np.ones(len(x), np.float32) if sample_weight is None else np.asarray(sample_weight, np.float32)
    if weights.shape != (len(x),) or not np.isfinite(weights).all() or (weights < 0).any():
        raise DataError(f"sample_weight must be ({len(x)},) numbers from 0 on")
    timeline = Timeline(x.astype(np.float64), y, begins.astype(np.int64), weights > 0)
    sequences = Sequences(timeline.starts, timeline.stops, timeline.starts)
    arrays = _Arrays(x.astype(np.float32), y.astype(np.int32 if labels else np.float32), weights, padding)
    return Plan(_checked(fields), sequences, arrays, seed)


def _checked(fields: dict[str, Any]) -> PlanFields:
    """The fields. Raises SpecError with the first that is wrong, or has no effect on such a trial."""
    if unknown := sorted(set(fields) - set(PlanFields.model_fields)):
        raise SpecError(f"{unknown[0]}: no such field; these are: {', '.join(PlanFields.model_fields)}", unknown[0])
    try:
        found = PlanFields(**fields)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        raise SpecError(f"{name}: {first['msg']}, not {first['input']!r}", name) from None
    neutral = neutral_values(PlanFields)
    for name, only in conditions(PlanFields).items():
        asked = name in fields and (name not in neutral or fields[name] != neutral[name])
        if asked and not only.when(dict(found)):
            raise SpecError(f"{name}: it applies only to {only.trials}", name)
    if found.burn_in >= found.window:
        raise SpecError(f"burn_in: is {found.burn_in}, which leaves nothing of a window of {found.window}", "burn_in")
    return found
