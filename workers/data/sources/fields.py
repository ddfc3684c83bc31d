"""What the kinds of data have in common: the types of their fields, and which timesteps have a target."""

import warnings
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from workers.data.asked_loss import AskedLoss
from workers.data.metrics.asked import AskedMetrics
from workers.data.splits import Split
from workers.wording import listed

# A field that studies begun before did not have, or not so, is left out of what is kept of a study unless it is said.
UNSAID = Field(exclude_if=lambda value: value in (None, False))


class Kind(BaseModel):
    """The fields of one kind of data, as in the study file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class DataKind(Kind):
    """A kind of data.

    metrics  what is reported of the test split beside the metrics of the loss
    """

    metrics: Annotated[AskedMetrics | None, UNSAID] = None


class ScoredKind(DataKind):
    """A kind whose sequences have a target at every timestep, or only at their last.

    loss  of targets that are numbers; none: what follows from the targets
    """

    loss: Annotated[AskedLoss, UNSAID] = None
    score: Literal["every_step", "sequence_end"] = "every_step"
    split: Annotated[Split, Field(validate_default=True)] = Split()

    @field_validator("split")
    @classmethod
    def _whole_sequences(cls, split: Split, info: ValidationInfo) -> Split:
        """A sequence with its one target at the end is lost when it is cut, so by default it is not cut."""
        at_end = info.data.get("score") == "sequence_end"
        return split.model_copy(update={"by": "sequence"}) if at_end and split.by is None else split


def last_steps(starts: NDArray[np.int64], n: int, horizon: int = 0) -> NDArray[np.bool_]:
    """(n,) whether the timestep is the last of its sequence that has `horizon` more after it.

    starts: (n_sequences,) the timestep at which each sequence begins; n: the timesteps of all sequences.
    """
    ends = np.append(starts[1:], n) - 1 - horizon
    last = np.zeros(n, bool)
    last[ends[ends >= starts]] = True
    return last


def seconds(duration: str) -> float:
    """The length in seconds of a duration such as 15min. Raises ValueError for other text and for a missing unit."""
    try:
        with warnings.catch_warnings():  # pandas would rather have 1D than 1d
            warnings.simplefilter("ignore")
            length = float(pd.Timedelta(duration).total_seconds())
    except ValueError:
        length = np.nan
    if not length > 0 or duration.replace(".", "").strip().isdigit():
        said = duration.strip()
        such = f"{said}s, {said}min or {said}h" if said.isdecimal() and int(said) else "90s, 15min, 2h or 1D"
        raise ValueError(f"'{duration}' is not a duration; write a number and a unit, such as {such}")
    return length


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise ValueError(f"{listed(twice)} is named twice")
    return names


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _duration(text: str) -> str:
    seconds(text)
    return text


# What a JSON Schema can say of a duration: there is a digit and a letter, or a colon, as in 90s and 1:30:00.
DURATION = {"type": "string", "pattern": "[0-9].*[A-Za-zµ:]|[A-Za-z].*[0-9]"}
Name = Annotated[str, Field(min_length=1)]
Names = Annotated[
    tuple[Name, ...],
    Field(strict=False, min_length=1),
    AfterValidator(_distinct),
    WithJsonSchema({"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "uniqueItems": True}),
]
Cell = Annotated[str, BeforeValidator(_as_text), WithJsonSchema({"type": ["string", "number"]})]
Cells = Annotated[tuple[Cell, ...], Field(strict=False)]
Duration = Annotated[str, BeforeValidator(_as_text), AfterValidator(_duration), WithJsonSchema(DURATION)]
Length = Annotated[str, AfterValidator(_duration), WithJsonSchema(DURATION)]  # where a number alone is something else
