"""The optimizers that a trial can have, a row each; without Keras, so that a study file is checked without it."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Optimizer(NamedTuple):
    """An optimizer of Keras, with the numbers that are Keras' defaults but for those that a trial has fields for.

    keras_name    its name in keras.optimizers
    options       the fields of a trial that only some optimizers have; they are handed to it under the same names
    weight_decay  Keras' default for it
    decayed       the name of the optimizer that it is with weight decay; empty: it has no other name then
    undecayed     the same without
    """

    keras_name: str
    options: tuple[str, ...] = ()
    weight_decay: float = 0.0
    decayed: str = ""
    undecayed: str = ""


OPTIMIZERS: Mapping[str, Optimizer] = {
    "adam": Optimizer("Adam", decayed="adamw"),
    "rmsprop": Optimizer("RMSprop", options=("momentum",)),
    "sgd": Optimizer("SGD", options=("momentum", "nesterov")),
    "adamw": Optimizer("AdamW", weight_decay=0.004, undecayed="adam"),
    "nadam": Optimizer("Nadam"),
    "adamax": Optimizer("Adamax"),
    "adagrad": Optimizer("Adagrad"),
    "lion": Optimizer("Lion"),
}
SIMPLIFIED = ("optimizer", "weight_decay", "momentum", "nesterov")  # the fields that `simplest` looks at


def having(option: str) -> list[str]:
    """The optimizers with this option."""
    return [name for name, row in OPTIMIZERS.items() if option in row.options]


def decay_of(optimizer: str, weight_decay: float | None) -> float:
    """The weight decay of a trial; None: the optimizer's own."""
    return OPTIMIZERS[optimizer].weight_decay if weight_decay is None else weight_decay


def simplest(trial: Any) -> dict[str, Any]:
    """The fields with which a trial computes the same: Adam with weight decay is AdamW, AdamW without it is Adam."""
    row, decay = OPTIMIZERS[trial.optimizer], decay_of(trial.optimizer, trial.weight_decay)
    name = (row.decayed if decay else row.undecayed) or trial.optimizer
    return {
        "optimizer": name,
        "weight_decay": None if decay == OPTIMIZERS[name].weight_decay else decay,
        "nesterov": trial.nesterov and trial.momentum > 0,  # which looks ahead by the momentum
    }
