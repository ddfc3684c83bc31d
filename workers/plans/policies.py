"""The reset policies: the functions that fill `keep`, one row for each in POLICIES, and the policies' own fields.

Nothing else knows a policy by name: how policies differ is asked of the row.
"""

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from pydantic import Field

from workers.fields import AppliesTo, Fields, KeyOf, OffByDefault, Values
from workers.plans.policy_row import Keep, Policy
from workers.plans.seeds import stream
from workers.plans.windows import Flags, Integers, Windows


def cold(layout: Windows) -> Keep:
    """Zero before every window."""
    return np.zeros(layout.offset.shape, np.float32)


def carry(layout: Windows, where: Flags | None = None) -> Keep:
    """1 where `where` is true, or everywhere; 0 at the epoch's first step, and before the first window of the data."""
    keep = np.ones(layout.offset.shape, np.float32)
    if where is not None:
        keep *= where
    keep[0] = 0
    keep[layout.first & (layout.offset == layout.offset[layout.end > 0].min())] = 0
    return keep


def every_batch(layout: Windows, trial: "PolicyFields", rng: np.random.Generator) -> Keep:
    """Zero before every window: Keras' default, with or without stateful=True."""
    return cold(layout)


def every_n_batches(layout: Windows, trial: "PolicyFields", rng: np.random.Generator) -> Keep:
    """Zero before every `reset_interval`-th step of the epoch."""
    return carry(layout, where=np.arange(len(layout))[:, None] % trial.reset_interval != 0)


def every_sequence(layout: Windows, trial: "PolicyFields", rng: np.random.Generator) -> Keep:
    """Zero where a lane enters another sequence: what documents, utterances and records with gaps ask for."""
    return carry(layout, where=~layout.first)


def every_epoch(layout: Windows, trial: "PolicyFields", rng: np.random.Generator) -> Keep:
    """Zero once, at the epoch's first step; sequences that share a lane see each other's state."""
    return carry(layout)


def never(layout: Windows, trial: "PolicyFields", rng: np.random.Generator) -> Keep:
    """One at every step, the epoch's first included: state goes on from the epoch before."""
    return np.ones(layout.offset.shape, np.float32)


def random(layout: Windows, trial: "PolicyFields", rng: np.random.Generator) -> Keep:
    """Zero with `reset_probability`, drawn for each lane and step.

    Random state passing: Narayanan et al. 2019 (arXiv 1910.11455); from `carry_start` on, so that it can begin late.
    """
    return carry(layout, where=rng.random(layout.offset.shape) >= trial.reset_probability)


def random_by_position(position: Integers, first: Flags, trial: "PolicyFields") -> Flags:
    """One draw for each number of a window in its sequence, which the number alone decides."""
    drawn = stream(0, "evaluation", 0).random(int(position.max(initial=-1)) + 1)  # more numbers change none before
    return drawn[position] >= trial.reset_probability


def decay(layout: Windows, trial: "PolicyFields", rng: np.random.Generator) -> Keep:
    """The fraction `state_decay` at every step."""
    return carry(layout) * np.float32(trial.state_decay)


def _carry_start(trial: "PolicyFields", epochs: int) -> int:
    """The epoch, from 0, at which `carry_start` lies."""
    return round(trial.carry_start * epochs)


ROWS = (
    Policy(
        name="every_batch",
        keep=every_batch,
        matched=lambda position, first, trial: 0,
        meaning="no state carried, reset at every batch",
        advice="Reset state at every batch",
        carries=False,
    ),
    Policy(
        name="every_n_batches",
        keep=every_n_batches,
        matched=lambda position, first, trial: position % trial.reset_interval != 0,
        meaning="carried, reset every few batches",
        advice="Carry state and reset it every few batches",
        fields=("reset_interval",),
        interval_field="reset_interval",
        at_window=lambda trial, ratio: {"reset_interval": max(1, round(trial.reset_interval / ratio))},
        as_stateless=lambda trial, training: trial.reset_interval == 1,
        equals={"every_epoch": lambda trial, training: trial.reset_interval >= training.steps},
    ),
    Policy(
        name="every_sequence",
        keep=every_sequence,
        matched=lambda position, first, trial: ~first,
        meaning="carried, reset at every sequence",
        advice="Carry state and reset it at every sequence",
        as_stateless=lambda trial, training: training.one_window_a_sequence,
        equals={"every_epoch": lambda trial, training: training.one_sequence_a_lane},
    ),
    Policy(
        name="every_epoch",
        keep=every_epoch,
        matched=lambda position, first, trial: 1,
        meaning="carried, reset once an epoch",
        advice="Carry state and reset it once an epoch",
        spans_lanes=True,
    ),
    Policy(
        name="never",
        keep=never,
        matched=lambda position, first, trial: 1,
        meaning="carried, never reset",
        advice="Carry state and never reset it",
        between_epochs=True,
        spans_lanes=True,
        equals={"every_epoch": lambda trial, training: training.epochs == 1 and not training.rotates_lanes},
    ),
    Policy(
        name="random",
        keep=random,
        matched=random_by_position,
        meaning="carried, reset at random",
        advice="Carry state and reset it at random",
        fields=("reset_probability", "carry_start"),
        drawn=True,
        first_epoch=_carry_start,
        simplest=lambda trial, epochs: {"carry_start": _carry_start(trial, epochs) / epochs},
        at_epochs=lambda trial, epochs: {"carry_start": min(_carry_start(trial, trial.epochs) / epochs, 1.0)},
        at_window=lambda trial, ratio: {"reset_probability": 1 - (1 - trial.reset_probability) ** ratio},
        as_stateless=lambda trial, training: (
            trial.reset_probability == 1 or _carry_start(trial, training.epochs) == training.epochs
        ),
        equals={
            "every_epoch": lambda trial, training: (
                trial.reset_probability == 0 and _carry_start(trial, training.epochs) == 0
            )
        },
    ),
    Policy(
        name="decay",
        keep=decay,
        matched=lambda position, first, trial: trial.state_decay,
        meaning="carried, decaying",
        advice="Carry state and let it decay",
        fields=("state_decay",),
        at_window=lambda trial, ratio: {"state_decay": trial.state_decay**ratio},
        as_stateless=lambda trial, training: trial.state_decay == 0,
        equals={"every_epoch": lambda trial, training: trial.state_decay == 1},
    ),
)
POLICIES: Mapping[str, Policy] = {policy.name: policy for policy in ROWS}


def interval_policy() -> Policy:
    """The policy that resets every so many batches; of several the first."""
    return next(policy for policy in POLICIES.values() if policy.interval_field)


def interval(trial: "PolicyFields") -> int | None:
    """The number of batches between two resets; None where that is not what the trial's policy counts."""
    name = POLICIES[trial.reset_policy].interval_field
    return getattr(trial, name) if trial.stateful and name else None


def carries(values: Values) -> bool:
    """Whether a trial with these values carries state over some reset."""
    return bool(values["stateful"]) and POLICIES[values["reset_policy"]].carries


def _owned(name: str) -> AppliesTo:
    """Marks a policy's own field."""

    def when(values: Values) -> bool:
        return bool(values["stateful"]) and values["reset_policy"] in _having(name)

    return AppliesTo(when, f"stateful trials with reset_policy: {' or '.join(_having(name))}")


def _having(name: str) -> list[str]:
    return [policy.name for policy in POLICIES.values() if name in policy.fields]


Probability = Annotated[float, Field(ge=0, le=1)]


class PolicyFields(Fields):
    """How a trial treats state: its policy, and every policy's own fields."""

    stateful: bool = True
    reset_policy: Annotated[
        str, KeyOf(POLICIES), AppliesTo(lambda values: values["stateful"], "stateful trials (stateful: true)")
    ] = "every_sequence"
    reset_interval: Annotated[int, Field(ge=1), _owned("reset_interval")] = 4  # batches
    reset_probability: Annotated[Probability, _owned("reset_probability")] = 0.5  # of a reset, for each lane and batch
    carry_start: Annotated[Probability, _owned("carry_start"), OffByDefault()] = (
        0.0  # the part of the epochs before any state is carried
    )
    state_decay: Annotated[Probability, _owned("state_decay")] = 0.9  # the fraction kept at each batch
