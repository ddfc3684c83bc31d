"""What crosses the wire between sweep and workers: the trial to train, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import InitErrorDetails
from typing_extensions import override

from workers import optimizers, schedules
from workers.cells import CELLS, cell_named, is_own
from workers.cells import Cell as CellRow
from workers.data.code_files import CellName, ModelPath
from workers.data.loss_row import CARRIED, DEPLOYED
from workers.fields import AddedLater, AppliesTo, Fields, OffByDefault, conditions, neutral_values
from workers.optimizers import OPTIMIZERS
from workers.plans.crossing import at_epochs
from workers.plans.fields import PlanFields
from workers.schedules import SCHEDULES

if TYPE_CHECKING:
    Cell = str
    Optimizer = str
    Schedule = str
else:
    Cell = Annotated[str, CellName(CELLS)]
    Optimizer = Literal[*OPTIMIZERS]
    Schedule = Literal[*SCHEDULES]


Argument = bool | int | float | str
ARGUMENTS = {
    "cell_": AppliesTo(lambda values: is_own(values["cell"]), "trials with a cell of your own (cell: module:Class)"),
    "model_": AppliesTo(
        lambda values: values["model"] is not None, "trials with a model of your own (model: module:function)"
    ),
}  # by what begins the name of an argument of the user's own code
OF_LAYERS = AppliesTo(
    lambda values: values["model"] is None, "trials without a model of your own, which has layers of its own"
)


def argument_kind(name: object) -> str:
    """What begins the name of a field that is an argument of a cell or model of the user's own; else empty."""
    return next((kind for kind in ARGUMENTS if isinstance(name, str) and name.startswith(kind) and name != kind), "")


def is_argument(name: object) -> bool:
    """Whether a field is an argument of a cell or model of the user's own."""
    return bool(argument_kind(name))


def cell_of(values: Mapping[str, Any]) -> CellRow:
    """The row of a trial's cell, of all its fields; one in which nothing is known where code of the user's makes it."""
    return cell_named(values["model"] or values["cell"])


def _of_cells_with(option: str) -> AppliesTo:
    """The condition of a field that only the cells with this option have."""
    cells = " or ".join(name for name, cell in CELLS.items() if option in cell.options)
    return AppliesTo(lambda values: option in cell_of(values).options, f"trials with cell: {cells}")


def _of_cells_that_drop_state() -> AppliesTo:
    """The condition of recurrent dropout."""
    cells = " or ".join(name for name, cell in CELLS.items() if cell.masks)
    return AppliesTo(lambda values: cell_of(values).masks > 0, f"trials with cell: {cells}")


def _of_optimizers_with(option: str) -> AppliesTo:
    """The condition of a field that only the optimizers with this option have."""
    known = optimizers.having(option)
    return AppliesTo(lambda values: values["optimizer"] in known, f"trials with optimizer: {' or '.join(known)}")


def _of_schedules_with(option: str) -> AppliesTo:
    """The condition of a field that only the schedules of these names look at."""
    known = schedules.having(option)
    trials = f"trials with learning_rate_schedule: {' or '.join(known)}"
    return AppliesTo(lambda values: values["learning_rate_schedule"] in known, trials)


class ModelFields(Fields):
    """What the network is made of."""

    # module:function, which builds a network of the user's own; none: of `cell`, as the other fields say
    model: Annotated[Annotated[str, ModelPath()] | None, AddedLater()] = None
    cell: Annotated[Cell, OF_LAYERS] = "LSTM"  # or module:Class, a cell of the user's own
    # whether GRU's reset gate comes after the recurrent product, or before it
    reset_after: Annotated[bool, _of_cells_with("reset_after")] = True
    units: Annotated[int, Field(ge=1, le=65_536), OF_LAYERS] = 32
    layers: Annotated[int, Field(ge=1, le=64), OF_LAYERS] = 1


class TrialSpec(PlanFields, ModelFields):
    """One trial: every field a study file can set or search, flat, and named as everywhere else.

    A field that does not apply to a trial (APPLIES) has no effect on its training and is left out of `parameters`. The
    fields stand in the order in which a search asks them: ModelFields, PolicyFields, PlanFields, and those below. The
    arguments of a cell or model of the user's own are further ones, by the names cell_NAME and model_NAME.
    """

    model_config = ConfigDict(extra="allow")
    if not TYPE_CHECKING:  # which would take it for an argument of the constructor
        __pydantic_extra__: dict[str, Argument]

    optimizer: Optimizer = "adam"
    learning_rate: Annotated[float, Field(gt=0)] = 0.003
    clip_norm: Annotated[float, Field(gt=0)] | None = 1.0  # of all gradients together; none: no clipping
    dropout: Annotated[float, Field(ge=0, lt=1), OF_LAYERS, OffByDefault()] = 0.0  # of each recurrent layer's outputs
    patience: Annotated[Annotated[int, Field(ge=1)] | None, AddedLater()] = (
        None  # epochs without improvement; none: all
    )
    min_delta: Annotated[
        float,
        Field(ge=0),
        AppliesTo(lambda values: values["patience"] is not None, "trials with patience"),
        OffByDefault(),
        AddedLater(),
    ] = 0.0  # what is no improvement yet, in the unit of the study's objective
    # of all weights at each step, times the learning rate (Loshchilov & Hutter 2019); none: the optimizer's own
    weight_decay: Annotated[Annotated[float, Field(ge=0)] | None, AddedLater()] = None
    momentum: Annotated[float, Field(ge=0, lt=1), _of_optimizers_with("momentum"), OffByDefault(), AddedLater()] = 0.0
    nesterov: Annotated[bool, _of_optimizers_with("nesterov"), OffByDefault(), AddedLater()] = False
    learning_rate_schedule: Annotated[Schedule, AddedLater()] = "constant"
    warmup_epochs: Annotated[float, Field(ge=0), AddedLater()] = 0.0  # in which the learning rate rises from zero
    # that the decay takes once the rate is warmed up; none: the schedule's own part of all that are left
    decay_epochs: Annotated[
        Annotated[float, Field(gt=0)] | None, _of_schedules_with("decay_epochs"), OffByDefault(), AddedLater()
    ] = None
    decay_rate: Annotated[float, Field(gt=0, lt=1), _of_schedules_with("decay_rate"), AddedLater()] = 0.1
    decay_floor: Annotated[
        float, Field(ge=0, lt=1), _of_schedules_with("decay_floor"), OffByDefault(), AddedLater()
    ] = 0.0  # the part of the learning rate that is left in the end
    # of classes: each row's loss in training counts by how rare its class is there; none: all count alike
    class_weight: Annotated[Literal["balanced"] | None, AddedLater()] = None
    # of the state before a timestep, as each of the cell's sums reads it; one mask for all timesteps of a window
    recurrent_dropout: Annotated[
        float, Field(ge=0, lt=1), _of_cells_that_drop_state(), OffByDefault(), AddedLater()
    ] = 0.0

    @model_validator(mode="wrap")
    @classmethod
    def _no_other_fields(cls, given: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Refuse fields that are no arguments, in pydantic's own words for a field that there is not."""
        names = given if isinstance(given, dict) else ()
        others = [name for name in names if name not in cls.model_fields and not is_argument(name)]
        wrong = [InitErrorDetails(type="extra_forbidden", loc=(name,), input=given[name]) for name in others]
        try:
            found = handler(given)
        except ValidationError as error:
            wrong += [
                InitErrorDetails(type=each["type"], loc=each["loc"], input=each["input"], ctx=each.get("ctx", {}))
                for each in error.errors()
                if each["loc"][:1] not in [(name,) for name in others]
            ]
            raise ValidationError.from_exception_data(cls.__name__, wrong) from None
        if wrong:
            raise ValidationError.from_exception_data(cls.__name__, wrong)
        return found

    @property
    @override
    def applying(self) -> dict[str, Any]:
        found = super().applying
        values = dict(self)
        return {name: found[name] for name in found if not is_argument(name) or applies(name, values)}

    @property
    def network(self) -> str:
        """What the network is made of: the name of its cell, or the import path of the user's own cell or model."""
        return self.model or self.cell

    @property
    def own_arguments(self) -> dict[str, Any]:
        """What a cell of the user's own is given beside its units, or a model beside its sizes, by their own names."""
        given = self.applying
        return {name.removeprefix(argument_kind(name)): given[name] for name in given if is_argument(name)}

    @property
    def recurrences(self) -> int:
        """Layers that read a window one way: of each that reads it both ways, two."""
        return self.layers * (1 + self.bidirectional)

    @property
    def decay(self) -> float:
        """The weight decay, be it given or the optimizer's own."""
        return optimizers.decay_of(self.optimizer, self.weight_decay)

    @property
    @override
    def simplest(self) -> Self:
        return self.model_copy(update=optimizers.simplest(self) | schedules.simplest(self))


APPLIES = conditions(TrialSpec)  # a field that is not here always applies
DECIDING = (
    "model",
    "cell",
    "stateful",
    "reset_policy",
    "bidirectional",
    "optimizer",
    "patience",
    "learning_rate_schedule",
)  # the fields that decide which others apply
SIMPLIFIED = {*optimizers.SIMPLIFIED, *schedules.SIMPLIFIED}  # the fields by which a trial has a simplest form
NEUTRAL = neutral_values(TrialSpec)  # these ask for nothing, so they may stand where they do not apply


PACE = ("seconds", "steps_per_second")  # the metrics of an epoch that the machine decides, and not the trial


def applies(name: str, values: Mapping[str, Any]) -> bool:
    """Whether field `name` has any effect on a trial with these values (all fields given)."""
    condition = condition_of(name)
    return condition is None or condition.when(values)


def condition_of(name: str) -> AppliesTo | None:
    """Which trials field `name` affects; none: all."""
    return ARGUMENTS[argument_kind(name)] if is_argument(name) else APPLIES.get(name)


def shortened(spec: TrialSpec, epochs: int) -> TrialSpec:
    """The same trial, over after so many epochs, fewer than its own, whatever it comes to; each is as it was."""
    rates = {"decay_epochs": schedules.decay_epochs(spec)} if schedules.falls(spec) else {}
    return at_epochs(spec, epochs).model_copy(update={"patience": None, "min_delta": 0.0, **rates})


def metric_names(companions: Sequence[str]) -> tuple[str, ...]:
    """What an objective can be; `companions`: what is reported beside the loss.

    Each epoch reports these, but for those that are scored once (workers.objective.scored_once).
    """
    losses = ("train/loss", "validation/loss", "validation/loss_cold", CARRIED)
    beside = (f"{split}/{name}" for name in companions for split in ("train", "validation"))
    return (*losses, *beside, *(f"validation/{name}{DEPLOYED}" for name in ("loss", *companions)))


@dataclass(frozen=True)
class EpochReport:
    """The metrics of one finished epoch, by their MLflow names, in the targets' own units."""

    epoch: int
    metrics: Mapping[str, float]
    timestamp: float  # seconds since 1970, when the epoch ended


@dataclass(frozen=True)
class TestScores:
    """What a finished trial's best weights come to on the test split; asked for by comparisons alone.

    metrics    by name, as `test/loss`; those of Segment.final as `test/...`; of several targets each one's
               `test/rmse_deployed/NAME`; and what workers.engine.diagnostics.diagnose finds
    losses     (n_scored,) as deployed, what decides of each scored timestep in the timeline's order, less being better:
               the squared error of scaled targets, averaged over them; the cross entropy; or where the objective is an
               accuracy 0 or 1, for a miss. Their mean, or of squared errors its root, is `test/error_deployed`
    positions  (window,) the mean loss at each position in the window, by how state was handled: matched, cold
    """

    __test__ = False  # it is no test

    metrics: Mapping[str, float]
    losses: NDArray[np.float32]
    positions: Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Segment:
    """A slice of a trial's training: what finished in it, and all that is needed to go on from its end.

    test      asked for by comparisons alone
    diverged  what became NaN or infinite, and when; such a trial is over
    final     of a finished trial that has not diverged: its best epoch's weights on the validation split as they are
              deployed, a stateless model slid one timestep at a time, one that carries with its own resets:
              `validation/loss_deployed` and so on for the metrics beside the loss, in the targets' own units;
              `validation/error_deployed`, by which trials are compared, less being better and free of units;
              `validation/passes`, how often the split was run to be exact; `epochs_trained`, of a trial that may stop
              before its last epoch; and whatever else is scored once
              (workers.objective.scored_once)
    """

    reports: tuple[EpochReport, ...]
    checkpoint: bytes
    finished: bool
    training_seconds: float  # training and evaluating, without compiling
    compile_seconds: float
    test: TestScores | None = None
    diverged: str = ""
    final: Mapping[str, float] | None = None
    evaluating_seconds: float = 0.0  # of training_seconds, those of scoring
