"""The study file as pydantic models: StudyConfig is all of it; sweep.config.study_file loads one."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)

from sweep.config import addresses
from sweep.config.in_schema import DURATION, DURATION_OR_NULL, GPUS, LEDGER, Named, OneOf, OrNone
from sweep.config.margin import Margin, MarginField
from sweep.config.space import Range, typed
from sweep.config.strategies import NoPruner, Pruner, Sampler, Tpe
from sweep.config.validation import instead, shown
from workers.baselines.learned import LEARNED
from workers.data.baselines import BASELINES, NAIVE_FORECASTS
from workers.data.sources import DataConfig
from workers.data.sources.fields import seconds
from workers.objective import Objective
from workers.plans.arms import arms
from workers.spec import TrialSpec

SECTIONS = ("trial", "space", "enqueue")
TRACKING = "sqlite:///mlflow.db"  # in the working directory
WINNER, BEST_ON_VALIDATION = "winner", "best-validation"  # what `deploy.arm` can be beside the name of an arm
EVERY_BASELINE = (*NAIVE_FORECASTS, *BASELINES, *LEARNED)
MOST_ORIGINS = 50
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def _name(value: str) -> str:
    if not NAME.fullmatch(value):
        allowed = "letters, digits, '.', '_' and '-', at most 100, the first a letter or digit"
        better = re.sub("[^A-Za-z0-9._-]+", "-", value).strip("._-")[:100]
        raise ValueError(f"should be made of {allowed}, not {shown(value)}{f'; write {better}' if better else ''}")
    return value


def _ledger(value: str) -> str:
    if problem := addresses.ledger_problem(value):
        raise ValueError(problem)
    return value


def _mlflow(value: str) -> str:
    if problem := addresses.mlflow_problem(value):
        raise ValueError(problem)
    return value


def _seconds(value: Any) -> float | None:
    if value is None or isinstance(value, str):
        return None if value is None else seconds(value)
    units = f"; write {value}s, {value}m or {value}h" if type(value) is int and value > 0 else ""
    raise ValueError(f"should be a duration such as 90s, 20m or 1h30m, not {shown(value)}{units}")


def _share_of_gpus(gpus: float) -> float:
    if gpus > 1 and gpus != int(gpus):
        raise ValueError("should be a part of one GPU or a whole number of them")
    return gpus


def _deployable() -> list[str]:
    return [WINNER, BEST_ON_VALIDATION, *arms()]


def _deployed_arm(value: str) -> str:
    known = _deployable()
    if value not in known:
        raise ValueError(f"there is no arm {shown(value)}; {instead(value, known)}")
    return value


def _baselines(value: tuple[str, ...]) -> tuple[str, ...]:
    for name in value:
        if name not in EVERY_BASELINE:
            raise ValueError(f"there is no baseline {shown(name)}; {instead(name, EVERY_BASELINE)}")
    return value


def _none_is_nothing(value: Any) -> Any:
    return [] if value in (None, "none") else value


def _none_is_null(value: Any) -> Any:
    return None if value == "none" else value


class Section(BaseModel):
    """A mapping in the study file: values are of the right type, and there are no other fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Enqueued(Section):
    """A configuration to try first: some of a trial's fields, and perhaps a name."""

    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    parameters: Mapping[str, Any]

    @model_validator(mode="before")
    @classmethod
    def _without_name(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {
            "name": given.get("name"),
            "parameters": {name: value for name, value in given.items() if name != "name"},
        }


def _kind_of_entry(entry: Any) -> str | None:
    if isinstance(entry, dict | Range):
        return "[range]"
    return "[choices]" if isinstance(entry, list | tuple) else None


SpaceEntry = Annotated[
    Annotated[tuple[Any, ...], Field(strict=False), Tag("[choices]")] | Annotated[Range, Tag("[range]")],
    Discriminator(
        _kind_of_entry,
        custom_error_type="space_entry",
        custom_error_message="should be a list of choices or a range {low, high}; a single value belongs in trial",
    ),
]


class Search(Section):
    """What is tried: the sampler, the fields that hold for every trial, the fields it searches, what it tries first."""

    sampler: Sampler = Tpe()
    trial: TrialSpec = TrialSpec()
    space: Annotated[Mapping[str, SpaceEntry], AfterValidator(typed)] = {}
    enqueue: Annotated[tuple[Enqueued, ...], Field(strict=False)] = ()  # YAML has lists


class Budget(Section):
    """When the search ends: after so many trials or so much time, counted over all launches of the study."""

    trials: Annotated[int, Field(ge=1)] = 24
    time: Annotated[float | None, BeforeValidator(_seconds), DURATION_OR_NULL] = None  # seconds


class Workers(Section):
    """How many workers there are, each of which trains one trial at a time, and what each may use.

    count        auto: as many as fit on the machines
    gpus         of each worker; 0.5 lets two share one
    cpu_workers  whether there are workers without a GPU too, where none is free
    timeout      seconds without an answer, after which a worker is replaced
    """

    count: Literal["auto"] | Annotated[int, Field(ge=1)] = "auto"
    cpus: Annotated[int, Field(ge=1)] = 1
    gpus: Annotated[float, Field(ge=0), AfterValidator(_share_of_gpus), GPUS] = 0.0
    cpu_workers: bool = False
    timeout: Annotated[float, BeforeValidator(_seconds), DURATION] = 600.0

    @property
    def needed_gpus(self) -> float:
        """The GPUs that a worker cannot do without."""
        return 0.0 if self.cpu_workers else self.gpus

    @field_validator("cpu_workers")
    @classmethod
    def _needs_gpus(cls, value: bool, info: ValidationInfo) -> bool:
        if value and not info.data.get("gpus", 1.0):
            raise ValueError("is for workers.gpus above 0; without, no worker has a GPU")
        return value


class Compare(Section):
    """How the arms are compared after the search.

    seeds       runs of each arm
    margin      the difference that does not matter
    confidence  of the intervals that are compared with the margin
    cross       whether each arm is tried at the settings of every arm's best trial, and not at its own alone
    placebo     whether a twin of the reference is compared too, and reported apart
    time        the most that the comparison may take, in seconds
    intervals   values of reset_interval, in batches, that run beside the arms to find the smallest carry that suffices
    stop_when_decided
                whether an arm that is decided after some of the seeds gets no more of them
    origins     stretches of the test split, on each of which is tested what was trained on all that lies before it
    """

    by: Literal["arm"] = "arm"
    seeds: Annotated[int, Field(ge=2)] = 10
    margin: MarginField = Margin(0.01)
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    cross: bool = True
    placebo: bool = False
    time: Annotated[float | None, BeforeValidator(_seconds), DURATION_OR_NULL] = None
    intervals: list[Annotated[int, Field(ge=2)]] = Field(default_factory=list)
    stop_when_decided: bool = False
    origins: Annotated[int, Field(ge=1, le=MOST_ORIGINS)] = 1

    @field_validator("stop_when_decided")
    @classmethod
    def _leaves_nobody_short(cls, value: bool, info: ValidationInfo) -> bool:
        """Refuse to leave seeds out where something else needs each of them."""
        others = {"placebo": info.data.get("placebo"), "intervals": info.data.get("intervals")}
        if value and not info.data.get("cross", True):
            raise ValueError("needs cross: true; uncrossed, the runs that decide choose the reference too")
        if value and (needing := [name for name, there in others.items() if there]):
            raise ValueError(f"does not go with {needing[0]}, which needs every seed; leave one of both out")
        return value


class Deploy(Section):
    """Which model people take away at the end of the study.

    arm       winner: the recommended arm's; best-validation: that of the arm and setting that are best on validation,
              whatever the verdict; or the name of an arm
    refit     whether that model is trained again on all data, which leaves none to score it on
    versions  how many versions stay registered, the newest and all that have an alias; null: all
    """

    arm: Annotated[str, AfterValidator(_deployed_arm), OneOf(_deployable)] = WINNER
    refit: bool = False
    versions: Annotated[int, Field(ge=1)] | None = None

    @property
    def named(self) -> str | None:
        """The arm that is asked for by its name; None where the results choose."""
        return None if self.arm in (WINNER, BEST_ON_VALIDATION) else self.arm


class Publish(Section):
    """What reports and MLflow may show.

    rows  rows of the data: those of the logged model's input example, which otherwise are made up
    """

    rows: bool = True


class StudyConfig(Search):
    """One study. Only `name` and `data` are required; docs/study-file.md says what each field means."""

    name: Annotated[str, AfterValidator(_name), Named(NAME)]
    objective: Objective = Objective()
    budget: Budget = Budget()
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    pruner: Pruner = NoPruner()
    workers: Workers = Workers()
    storage: Annotated[str, AfterValidator(_ledger), LEDGER] = "sqlite:///sweep.db"
    tracking: Annotated[str, Field(min_length=1), AfterValidator(_mlflow)] = TRACKING
    data: DataConfig
    compare: Annotated[Compare | None, BeforeValidator(_none_is_null), OrNone()] = Compare()
    baselines: Annotated[
        tuple[str, ...],
        Field(strict=False),
        BeforeValidator(_none_is_nothing),
        AfterValidator(_baselines),
        OneOf(lambda: EVERY_BASELINE, listed=True),
    ] = EVERY_BASELINE
    deploy: Deploy = Deploy()
    publish: Publish = Publish()

    @property
    def origins(self) -> int:
        """How many the comparison has; 1 without a comparison."""
        return self.compare.origins if self.compare else 1

    @property
    def asks_for_baselines(self) -> bool:
        """Whether the study file names some, and does not leave it to the data which apply."""
        return "baselines" in self.model_fields_set

    @property
    def zone(self) -> str | None:
        """That of the time column; None where the study file names none."""
        return getattr(getattr(self.data, "when", None), "zone", None)

    @property
    def units(self) -> str | None:
        """Those of the targets; None where the study file does not say them."""
        return getattr(self.data, "units", None)
