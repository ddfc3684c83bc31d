"""The columns of the table in policies.py: all facts about a reset policy."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workers.plans.windows import Flags, Integers, Windows

Keep = NDArray[np.float32]
Own = Any  # a PolicyFields: those fields of a trial that its policy may look at
Fill = Callable[[Windows, Own, np.random.Generator], Keep]
Matched = Callable[[Integers, Flags, Own], ArrayLike]


@dataclass(frozen=True)
class Training:
    """The facts of a trial's training that a policy may ask for.

    epochs                 of the whole trial
    steps                  the most that an epoch can have
    rotates_lanes          each epoch cuts its lanes at other windows
    one_sequence_a_lane    no lane holds windows of two sequences, in any epoch
    one_window_a_sequence  every window holds a whole sequence
    """

    epochs: int
    steps: int
    rotates_lanes: bool
    one_sequence_a_lane: bool
    one_window_a_sequence: bool


Equality = Callable[[Own, Training], bool]


@dataclass(frozen=True)
class Policy:
    """All facts about a reset policy.

    keep            float32 (steps, lanes) from a layout, the trial's fields and random numbers: how much of each lane's
                    state survives into each step; 1 carry, 0 reset
    matched         the same for a deployed model, (n,) or one number for all: from each window's number in its sequence
                    (n,), whether it begins one (n,), and the trial's fields. What is drawn at random goes by the number
    meaning         what its trials do, for a table
    advice          what to do where it is the best, as the beginning of a sentence
    fields          the trial's fields that this policy looks at
    interval_field  the one of them that is the number of batches between two resets, if one is
    carries         whether any state survives a reset, at any step
    between_epochs  whether state survives from the end of one epoch into the next
    spans_lanes     whether state survives whole from the beginning of a lane to its end; where each lane was trained on
                    one sequence, such a trial is evaluated from the beginning of each sequence to its end
    drawn           whether resets are drawn at random, anew for each epoch
    first_epoch     the first epoch, from 0, that carries state, of so many epochs
    simplest        own fields at the simplest values that compute the same
    at_window       own fields that treat as many timesteps alike in windows of another length; the number is how many
                    times as long
    at_epochs       own fields with which a trial of so many epochs, fewer than its own, treats each of them as it did
    as_stateless    when its trials compute the same as stateless trials
    equals          when its trials compute the same as another policy's with its fields at their defaults, by that
                    policy's name
    """

    name: str
    keep: Fill
    matched: Matched
    meaning: str
    advice: str
    fields: tuple[str, ...] = ()
    interval_field: str = ""
    carries: bool = True
    between_epochs: bool = False
    spans_lanes: bool = False
    drawn: bool = False
    first_epoch: Callable[[Own, int], int] = lambda *_: 0
    simplest: Callable[[Own, int], Mapping[str, Any]] = lambda *_: {}
    at_window: Callable[[Own, float], Mapping[str, Any]] = lambda *_: {}
    at_epochs: Callable[[Own, int], Mapping[str, Any]] = lambda *_: {}
    as_stateless: Equality = lambda *_: False
    equals: Mapping[str, Equality] = field(default_factory=dict)
