"""What makes one compiled program differ from another; without Keras, so that whoever hands out trials can ask too."""

from typing import Any, NamedTuple

from workers.cells import cell_named
from workers.optimizers import OPTIMIZERS
from workers.schedules import is_constant
from workers.spec import TrialSpec


class Signature(NamedTuple):
    """What a program is built for; all else is passed in as numbers.

    optimizer  its name, and what distinguishes one step of it from another
    """

    cell: str
    options: tuple[tuple[str, Any], ...]
    units: int
    layers: int
    optimizer: str
    dropout: bool

    @classmethod
    def of(cls, spec: TrialSpec) -> "Signature":
        """The signature of a trial on a given data set; window and batch size are the plan's shape."""
        ways = {"recurrent_dropout": spec.recurrent_dropout > 0, "bidirectional": spec.bidirectional}
        of_cell = (*options(spec).items(), *((name, True) for name, asked in ways.items() if asked))
        return cls(spec.network, of_cell, spec.units, spec.layers, _optimizer(spec), spec.dropout > 0)


class Compilation(NamedTuple):
    """What trials have in common that are trained, on one data set, by one compiled function."""

    signature: Signature
    window: int
    batch_size: int

    @classmethod
    def of(cls, spec: TrialSpec) -> "Compilation":
        """The compilation that a trial needs."""
        return cls(Signature.of(spec), spec.window, spec.batch_size)


def options(spec: TrialSpec) -> dict[str, Any]:
    """The trial's fields that only its cell has, by name; of a cell or model of the user's own its arguments."""
    return spec.own_arguments or {name: getattr(spec, name) for name in cell_named(spec.network).options}


def optimizer_options(spec: TrialSpec) -> dict[str, Any]:
    """The trial's fields that only its optimizer has, by name."""
    return {name: getattr(spec, name) for name in OPTIMIZERS[spec.optimizer].options}


def _optimizer(spec: TrialSpec) -> str:
    """Its name, with what is compiled into it: `sgd momentum 0.9 decaying scheduled`. The rates are variables."""
    own = [f"{name} {value}" for name, value in optimizer_options(spec).items() if value]
    rates = ["decaying"] * (spec.decay > 0) + ["scheduled"] * (not is_constant(spec))
    return " ".join([spec.optimizer, *own, *rates, *(["weighted"] if spec.class_weight else [])])
