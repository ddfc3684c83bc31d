"""The samplers and pruners that a study file can name, with the options of each and Optuna's defaults for them."""

import sys
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from sweep.config.in_schema import ShortForm

Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]
Factor = Annotated[int, Field(ge=2)]


class Strategy(BaseModel):
    """A kind of sampler or pruner, and its options, named as the arguments of Optuna's constructor."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @property
    def options(self) -> dict[str, Any]:
        """The options, as keyword arguments of Optuna's constructor."""
        return {name: value for name, value in self if name != "kind"}


class Tpe(Strategy):
    """Tree-structured Parzen estimator."""

    kind: Literal["tpe"] = "tpe"
    n_startup_trials: Count = 10
    n_ei_candidates: Positive = 24
    constant_liar: bool = True

    @property
    def random_trials(self) -> int:
        """How many trials it draws at random before it looks at what the others came to."""
        return self.n_startup_trials


class Random(Strategy):
    """Each trial independent of all others."""

    kind: Literal["random"]

    @property
    def random_trials(self) -> int:
        """All of them are drawn at random."""
        return sys.maxsize


class Grid(Strategy):
    """Every configuration once."""

    kind: Literal["grid"]

    @property
    def random_trials(self) -> int:
        """None is drawn at random."""
        return 0


class Gp(Strategy):
    """Gaussian process."""

    kind: Literal["gp"]
    n_startup_trials: Count = 10
    deterministic_objective: bool = False

    @property
    def random_trials(self) -> int:
        """How many trials it draws at random before it looks at what the others came to."""
        return self.n_startup_trials


class NoPruner(Strategy):
    """Every trial runs to its end."""

    kind: Literal["none"] = "none"


class Median(Strategy):
    """Stops what is worse than the median of the trials before it, at the same epoch."""

    kind: Literal["median"]
    n_startup_trials: Count = 5
    n_warmup_steps: Count = 0
    interval_steps: Positive = 1
    n_min_trials: Positive = 1


class Percentile(Strategy):
    """Stops what is not among the best `percentile` per cent of the trials before it, at the same epoch."""

    kind: Literal["percentile"]
    percentile: Annotated[float, Field(ge=0, le=100)]
    n_startup_trials: Count = 5
    n_warmup_steps: Count = 0
    interval_steps: Positive = 1
    n_min_trials: Positive = 1


class SuccessiveHalving(Strategy):
    """Stops all but the best `1 / reduction_factor` of the trials, at epochs ever further apart."""

    kind: Literal["successive_halving"]
    min_resource: Positive | Literal["auto"] = "auto"
    reduction_factor: Factor = 4
    min_early_stopping_rate: Count = 0


class Hyperband(Strategy):
    """Several successive halvings at once, which begin to stop trials at different epochs."""

    kind: Literal["hyperband"]
    min_resource: Positive = 1
    max_resource: Positive | Literal["auto"] = "auto"
    reduction_factor: Factor = 3

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max_resource != "auto" and self.max_resource < self.min_resource:
            raise PydanticCustomError("resources", "max_resource should not be below min_resource")
        return self


def _as_mapping(value: Any) -> Any:
    """The mapping that a kind alone, or null, is short for."""
    if value is None:
        return {"kind": "none"}
    return {"kind": value} if isinstance(value, str) else value


Sampler = Annotated[Tpe | Random | Grid | Gp, Field(discriminator="kind"), BeforeValidator(_as_mapping), ShortForm()]
Pruner = Annotated[
    NoPruner | Median | Percentile | SuccessiveHalving | Hyperband,
    Field(discriminator="kind"),
    BeforeValidator(_as_mapping),
    ShortForm(),
]
