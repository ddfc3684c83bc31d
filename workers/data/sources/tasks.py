"""Tasks whose best accuracy is known, with and without carried state; T is the window, in timesteps."""

from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, WithJsonSchema, field_validator

from workers.data.sources.fields import DataKind
from workers.data.splits import Split
from workers.data.timeline import Timeline

Steps = Annotated[int, Field(ge=1, le=100_000_000)]


def _both_ends(value: object) -> object:
    return (value, value) if isinstance(value, int) else value


def _low_first(lengths: tuple[int, int]) -> tuple[int, int]:
    if lengths[0] > lengths[1]:
        raise ValueError(f"the shorter length comes first: [{lengths[1]}, {lengths[0]}]")
    return lengths


_STEPS = {"type": "integer", "minimum": 1, "maximum": 100_000_000}
Lengths = Annotated[
    tuple[Steps, Steps],
    Field(strict=False),
    BeforeValidator(_both_ends),
    AfterValidator(_low_first),
    WithJsonSchema({"anyOf": [_STEPS, {"type": "array", "items": _STEPS, "minItems": 2, "maxItems": 2}]}),
]


class _Task(DataKind):
    kind: Literal["task"] = "task"
    length: Steps = 40_000  # timesteps in all
    seed: Annotated[int, Field(ge=0)] = 0


class RandomLabels(_Task):
    """Random bits as inputs, independent random bits as labels: no policy can beat the base rate, accuracy 1/2."""

    name: Literal["random_labels"] = "random_labels"
    split: Split = Split()

    def load(self, _folder: Path) -> Timeline:
        """A timeline of one sequence of `length` timesteps."""
        bits, labels = np.random.default_rng(self.seed).integers(0, 2, (2, self.length))
        return _timeline(bits[:, None], labels, np.zeros(1, np.int64), np.ones(self.length, bool))


class LagCopy(_Task):
    """Random bits as inputs; the label is the bit of `lag` timesteps ago.

    Accuracy for lag < T: carried 1; reset at every batch 1 - lag / (2T), since the first `lag` of T steps must guess.
    For lag >= T: reset at every batch 1/2; carried, no gradient reaches the timestep of the bit, so that only short
    lags are learnt.
    """

    name: Literal["lag_copy"] = "lag_copy"
    lag: Annotated[int, Field(ge=1)] = 3  # timesteps
    split: Split = Split()

    @field_validator("lag")
    @classmethod
    def _within(cls, lag: int, info: ValidationInfo) -> int:
        if lag >= info.data.get("length", lag + 1):
            raise ValueError(f"must be less than the length, {info.data['length']:,}")
        return lag

    def load(self, _folder: Path) -> Timeline:
        """A timeline of one sequence of `length` timesteps, of which the first `lag` are not scored."""
        bits = np.random.default_rng(self.seed).integers(0, 2, self.length)
        labels = np.append(np.zeros(self.lag, np.int64), bits[: -self.lag])
        return _timeline(bits[:, None], labels, np.zeros(1, np.int64), np.arange(self.length) >= self.lag)


class FirstBit(_Task):
    """Sequences of random bits; the label of each of a sequence's timesteps is its first bit.

    Accuracy for sequences of S timesteps: reset per sequence 1; reset at every batch 1/2 + T / (2S), since only the
    first of S/T windows holds the bit. With `flag` a second input is 1 at first steps, which lets a model reset itself.
    """

    name: Literal["first_bit"] = "first_bit"
    sequence_length: Lengths = (20, 20)  # timesteps; one number, or the shortest and the longest
    flag: bool = False
    split: Annotated[Split, Field(validate_default=True)] = Split()

    @field_validator("split")
    @classmethod
    def _whole_sequences(cls, split: Split) -> Split:
        return split if split.by else split.model_copy(update={"by": "sequence"})

    def load(self, _folder: Path) -> Timeline:
        """A timeline of sequences of random lengths, `length` timesteps in all, the last cut to fit."""
        random = np.random.default_rng(self.seed)
        low, high = self.sequence_length
        lengths = random.integers(low, high, self.length // low + 1, endpoint=True)
        starts = np.append(0, np.cumsum(lengths))
        starts = starts[starts < self.length].astype(np.int64)
        bits = random.integers(0, 2, self.length)
        first = np.isin(np.arange(self.length), starts)
        labels = bits[starts][np.cumsum(first) - 1]
        inputs = np.column_stack([bits, first]) if self.flag else bits[:, None]
        return _timeline(inputs, labels, starts, np.ones(self.length, bool))


def _timeline(
    inputs: NDArray[np.integer], labels: NDArray[np.integer], starts: NDArray[np.int64], scored: NDArray[np.bool_]
) -> Timeline:
    return Timeline(
        features=inputs.astype(np.float32),
        targets=labels.astype(np.int32),
        starts=starts,
        scored=scored,
        n_classes=2,
        feature_names=("bit", "first")[: inputs.shape[1]],
        target_names=("label",),
    )


Task = Annotated[RandomLabels | LagCopy | FirstBit, Field(discriminator="name")]
