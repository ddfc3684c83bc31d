"""How the learning rate changes while a trial trains: a row for each schedule; without Keras.

Rates depend on how many epochs are over, which need not be whole: at the step k of an epoch of n steps, k / n of it.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


class Schedule(NamedTuple):
    """How the learning rate falls once it is warmed up.

    factor   (n,) what the rate is multiplied by, of the part (n,) of the decay that is over, which goes on beyond 1,
             and the trial; none: it stays as it is
    written  the same of one `part` in Python, with the trial's fields in capitals
    options  the trial's fields that it looks at
    share    of the epochs after the warm-up, over which the decay goes where the trial does not say
    """

    factor: Callable[[Floats, Any], Floats] | None = None
    written: str = "1"
    options: tuple[str, ...] = ()
    share: float = 1.0


def _to_floor(factor: Floats, trial: Any) -> Floats:
    return np.asarray(trial.decay_floor + (1 - trial.decay_floor) * factor)


SCHEDULES: Mapping[str, Schedule] = {
    "constant": Schedule(),
    "cosine": Schedule(  # Loshchilov & Hutter 2017, without restarts
        lambda part, trial: _to_floor(0.5 * (1 + np.cos(np.pi * np.minimum(part, 1))), trial),
        "DECAY_FLOOR + (1 - DECAY_FLOOR) * 0.5 * (1 + np.cos(np.pi * min(part, 1)))",
        ("decay_epochs", "decay_floor"),
    ),
    "linear": Schedule(
        lambda part, trial: _to_floor(1 - np.minimum(part, 1), trial),
        "DECAY_FLOOR + (1 - DECAY_FLOOR) * (1 - min(part, 1))",
        ("decay_epochs", "decay_floor"),
    ),
    "exponential": Schedule(
        lambda part, trial: trial.decay_rate**part,
        "DECAY_RATE**part",
        ("decay_epochs", "decay_rate"),
    ),
    "step": Schedule(
        lambda part, trial: trial.decay_rate ** np.floor(part),
        "DECAY_RATE ** np.floor(part)",
        ("decay_epochs", "decay_rate"),
        share=1 / 3,
    ),
}
SIMPLIFIED = ("learning_rate_schedule", "warmup_epochs", "decay_epochs", "epochs")  # fields that `simplest` looks at


def having(option: str) -> list[str]:
    """The schedules that look at this field."""
    return [name for name, row in SCHEDULES.items() if option in row.options]


def falls(trial: Any) -> bool:
    """Whether the trial's learning rate falls."""
    return trial.learning_rate_schedule in having("decay_epochs")


def is_constant(trial: Any) -> bool:
    """Whether the trial has one learning rate from its first step to its last."""
    return SCHEDULES[trial.learning_rate_schedule].factor is None and trial.warmup_epochs == 0


def decay_epochs(trial: Any) -> float:
    """The epochs over which the learning rate falls by what the schedule says: the trial's, or a share of all."""
    if trial.decay_epochs is not None:
        return float(trial.decay_epochs)
    return _by_default(trial)


def simplest(trial: Any) -> dict[str, Any]:
    """The fields with which the rates are the same."""
    said = trial.decay_epochs
    return {"decay_epochs": None if said is not None and said == _by_default(trial) else said}


def learning_rates(trial: Any, epoch: int, steps: int) -> NDArray[np.float32]:
    """(steps,) the learning rate at each step of epoch `epoch` (from 0).

    In the warm-up it rises from zero in a straight line (Goyal et al. 2017), and the decay begins at its end.
    """
    over = epoch + np.arange(steps) / steps
    warmup, row = trial.warmup_epochs, SCHEDULES[trial.learning_rate_schedule]
    factor: Floats = np.ones(steps)
    if row.factor is not None:
        factor = row.factor(np.maximum(over - warmup, 0) / decay_epochs(trial), trial)
    if warmup:
        factor = np.where(over < warmup, over / warmup, factor)
    rates: NDArray[np.float32] = (trial.learning_rate * factor).astype(np.float32)
    return rates


def _by_default(trial: Any) -> float:
    return float(SCHEDULES[trial.learning_rate_schedule].share * max(trial.epochs - trial.warmup_epochs, 1))
