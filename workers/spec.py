"""What crosses the wire between sweep and workers: the trial to train, and what came of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from workers.cells import CELLS

if TYPE_CHECKING:
    Cell = str
else:
    Cell = Literal[*CELLS]
ResetPolicy = Literal["every_batch", "every_n_batches", "every_sequence", "every_epoch", "never", "random", "decay"]
Optimizer = Literal["adam", "rmsprop", "sgd"]
Probability = Annotated[float, Field(ge=0, le=1)]


class TrialSpec(BaseModel):
    """One trial: every field a study file can set or search, flat, and named as everywhere else.

    A field that does not apply to a trial (APPLIES) is ignored by whoever trains it and left out of `parameters`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    cell: Cell = "LSTM"
    reset_after: bool = True  # whether GRU's reset gate comes after the recurrent product, or before it
    units: Annotated[int, Field(ge=1, le=65_536)] = 32
    layers: Annotated[int, Field(ge=1, le=64)] = 1
    stateful: bool = True
    reset_policy: ResetPolicy = "every_sequence"
    reset_interval: Annotated[int, Field(ge=1)] = 4  # batches
    reset_probability: Probability = 0.5  # of a reset, for each lane and batch
    carry_start: Probability = 0.0  # the part of the epochs before any state is carried
    state_decay: Probability = 0.9  # the fraction kept at each batch
    batch_size: Annotated[int, Field(ge=1, le=65_536)] = 16
    window: Annotated[int, Field(ge=1, le=65_536)] = 12  # timesteps
    burn_in: Annotated[int, Field(ge=0)] = 0  # timesteps
    shuffle: bool = False
    rotate_lanes: bool = False  # whether lanes are cut at other windows in each epoch
    window_jitter: Probability = 0.0  # the largest part of a window that is cut off at random
    epochs: Annotated[int, Field(ge=1)] = 40
    optimizer: Optimizer = "adam"
    learning_rate: Annotated[float, Field(gt=0)] = 0.003
    clip_norm: Annotated[float, Field(gt=0)] | None = 1.0  # of all gradients together; none: no clipping
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0  # of each recurrent layer's outputs

    @property
    def parameters(self) -> dict[str, Any]:
        """The fields that apply, in the order of the class."""
        values = dict(self)
        return {name: value for name, value in values.items() if applies(name, values)}

    @property
    def arm(self) -> str:
        """How the trial treats state. Only meaningful in canonical form (resets.canonical)."""
        if self.stateful:
            return self.reset_policy
        if self.burn_in:
            return "stateless-burn-in"
        return "stateless-shuffled" if self.shuffle else "stateless"


def _carries(values: Mapping[str, Any]) -> bool:
    return bool(values["stateful"]) and values["reset_policy"] != "every_batch"


CARRYING = "trials that carry state (stateful: true, and any reset_policy but every_batch)"

# A field that is not here always applies. The texts complete "... applies only to".
APPLIES: Mapping[str, tuple[Callable[[Mapping[str, Any]], bool], str]] = {
    "reset_after": (lambda values: values["cell"] == "GRU", "trials with cell: GRU"),
    "reset_policy": (lambda values: values["stateful"], "stateful trials (stateful: true)"),
    "reset_interval": (
        lambda values: values["stateful"] and values["reset_policy"] == "every_n_batches",
        "stateful trials with reset_policy: every_n_batches",
    ),
    "reset_probability": (
        lambda values: values["stateful"] and values["reset_policy"] == "random",
        "stateful trials with reset_policy: random",
    ),
    "carry_start": (
        lambda values: values["stateful"] and values["reset_policy"] == "random",
        "stateful trials with reset_policy: random",
    ),
    "state_decay": (
        lambda values: values["stateful"] and values["reset_policy"] == "decay",
        "stateful trials with reset_policy: decay",
    ),
    "shuffle": (
        lambda values: not values["stateful"],
        "stateless trials (stateful: false): shuffled rows hand a lane a stranger's state",
    ),
    "burn_in": (
        lambda values: not values["stateful"],
        "stateless trials (stateful: false): overlapping windows replay time, which carried state would see twice",
    ),
    "rotate_lanes": (_carries, CARRYING),
    "window_jitter": (_carries, CARRYING),
}


def applies(name: str, values: Mapping[str, Any]) -> bool:
    """Whether field `name` has any effect on a trial with these values (all fields given)."""
    return name not in APPLIES or APPLIES[name][0](values)


@dataclass(frozen=True)
class Objective:
    """What a trial is judged by: a metric of its epochs, at the best of them or the last."""

    metric: str = "validation/loss"
    goal: Literal["minimize", "maximize"] = "minimize"
    at: Literal["best", "last"] = "best"

    def better(self, value: float, than: float) -> bool:
        """Whether `value` improves on `than`; a NaN never does."""
        return value < than if self.goal == "minimize" else value > than

    def select(self, reports: "list[EpochReport]") -> "EpochReport":
        """The epoch whose value is the trial's; the first of equals. Raises ValueError when there is none."""
        if self.at == "last":
            return reports[-1]
        sign = 1 if self.goal == "minimize" else -1
        return min(reports, key=lambda report: sign * report.metrics[self.metric])


def metric_names(companions: Sequence[str]) -> tuple[str, ...]:
    """What each epoch reports, and an objective can be; `companions`: what is reported beside the loss."""
    losses = ("train/loss", "validation/loss", "validation/loss_cold", "validation/loss_carried")
    return (*losses, *(f"{split}/{name}" for name in companions for split in ("train", "validation")))


@dataclass(frozen=True)
class EpochReport:
    """The metrics of one finished epoch, by their MLflow names, in the targets' own units."""

    epoch: int
    metrics: Mapping[str, float]
    timestamp: float  # seconds since 1970, when the epoch ended


@dataclass(frozen=True)
class TestScores:
    """What a finished trial's best weights come to on the test split; asked for by comparisons alone.

    metrics    by name, as `test/loss`; of a stateless trial `test/loss_sliding` too, slid one timestep at a time; and
               what workers.engine.diagnostics.diagnose finds
    losses     (n_scored,) of each scored timestep in the timeline's order, in the unit of the objective's mean
    positions  (window,) the mean loss at each position in the window, by how state was handled: matched, cold
    """

    __test__ = False  # it is no test

    metrics: Mapping[str, float]
    losses: NDArray[np.float32]
    positions: Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Segment:
    """A slice of a trial's training: what finished in it, and all that is needed to go on from its end."""

    reports: tuple[EpochReport, ...]
    checkpoint: bytes
    finished: bool
    training_seconds: float  # training and evaluating, without compiling
    compile_seconds: float
    test: TestScores | None = None
    diverged: str = ""  # what became NaN or infinite, and when; such a trial is over
