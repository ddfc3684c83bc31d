"""The study file: YAML in, one frozen StudyConfig out, or every problem in it with its line."""

import math
import os
import re
from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from sweep.config import rules
from sweep.config.overrides import apply
from sweep.config.sections import SECTIONS, Search, Section
from sweep.config.strategies import NoPruner, Pruner
from sweep.config.validation import holds, shown, validate
from sweep.config.yaml_text import read
from sweep.core.errors import ConfigError, FieldPath, Problem, dotted
from workers.data.sources import DataConfig
from workers.data.sources.fields import seconds
from workers.spec import Objective

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
URL = re.compile(r"[a-z][a-z0-9+]*://.*")
ENVIRONMENT = {"SWEEP_STORAGE": "storage", "MLFLOW_TRACKING_URI": "tracking"}  # where a cluster has its services


def _named(value: str) -> str:
    if not NAME.fullmatch(value):
        what = "letters, digits, '.', '_' and '-', at most 100, the first a letter or digit"
        raise ValueError(f"should be made of {what}, not {shown(value)}")
    return value


def _database(value: str) -> str:
    if not URL.fullmatch(value):  # which may hold a password, so it is not repeated
        raise ValueError("should be a database's URL, such as sqlite:///sweep.db")
    return value


def _seconds(value: Any) -> float | None:
    if value is None or isinstance(value, str):
        return None if value is None else seconds(value)
    raise ValueError(f"should be a duration such as 90s, 20m or 1h30m, not {shown(value)}")


def _shared(gpus: float) -> float:
    if gpus > 1 and gpus != int(gpus):
        raise ValueError("should be a part of one GPU or a whole number of them")
    return gpus


def _none(value: Any) -> Any:
    return None if value == "none" else value


class Budget(Section):
    """Totals over the study's life, resumed or not; whichever comes first. 24 trials, however long they take."""

    trials: Annotated[int, Field(ge=1)] = 24
    time: Annotated[float | None, BeforeValidator(_seconds)] = None  # seconds


class Workers(Section):
    """How many trials train at once, and what each may use. As many as there are processors, one each."""

    count: Literal["auto"] | Annotated[int, Field(ge=1)] = "auto"
    cpus: Annotated[int, Field(ge=1)] = 1
    gpus: Annotated[float, Field(ge=0), AfterValidator(_shared)] = 0.0
    cpu_workers: bool = False  # whether there are workers without a GPU too, where none is free
    timeout: Annotated[float, BeforeValidator(_seconds)] = 600.0  # seconds without an answer, then it is replaced

    @property
    def needed_gpus(self) -> float:
        """GPUs without which no worker can be."""
        return 0.0 if self.cpu_workers else self.gpus

    @field_validator("cpu_workers")
    @classmethod
    def _beside_others(cls, value: bool, info: ValidationInfo) -> bool:
        if value and not info.data.get("gpus", 1.0):
            raise ValueError("is for workers.gpus above 0; without, no worker has a GPU")
        return value


class Compare(Section):
    """How the arms are compared in the end; the margin is the relative difference that does not matter.

    The intervals are values of reset_interval to run beside the arms, to find the smallest carry that suffices.
    """

    by: Literal["arm"] = "arm"
    seeds: Annotated[int, Field(ge=2)] = 10
    margin: Annotated[float, Field(ge=0, lt=1)] = 0.01
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    intervals: list[Annotated[int, Field(ge=2)]] = Field(default_factory=list)  # batches


class StudyConfig(Search):
    """One study. Only `name` and `data` are required; docs/study-file.md says what each field means."""

    name: Annotated[str, AfterValidator(_named)]
    objective: Objective = Objective()
    budget: Budget = Budget()
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    pruner: Pruner = NoPruner()
    workers: Workers = Workers()
    storage: Annotated[str, AfterValidator(_database)] = "sqlite:///sweep.db"
    tracking: Annotated[str, Field(min_length=1)] = "sqlite:///mlflow.db"
    data: DataConfig
    compare: Annotated[Compare | None, BeforeValidator(_none)] = Compare()


@dataclass(frozen=True)
class StudyFile:
    """A study file that was read."""

    text: str
    config: StudyConfig
    origin: "Origin"

    @property
    def shareable_text(self) -> str:
        """The text as others may see it: without what stands before an @ in an address, or behind password=."""
        return re.sub(r"(?<=[?&]password=)[^&\s\"']+", "***", re.sub(r"//[^/@\s]+@", "//", self.text))

    def problem(self, field: str, message: str) -> ConfigError:
        """What turned out to be wrong with a field, such as `data.path`; workers.errors.InvalidInput knows both.

        What is wrong with a trial's field is shown where the space asks it, if it does.
        """
        path: FieldPath = tuple(int(step) if step.isdigit() else step for step in re.findall(r"[^.\[\]]+", field))
        asked = ("space", *path[1:])
        searched = path[:1] == ("trial",) and asked in self.origin.lines
        return self.origin.error([Problem(asked if searched else path, message)])


def load(path: str | Path, overrides: Sequence[str] = ()) -> StudyFile:
    """The study file, with overrides such as `trial.units=64`; ENVIRONMENT beats both.

    Raises ConfigError with every problem that shows without looking at the data.
    """
    path = Path(path)
    text, document = read(path)
    if not isinstance(document.value, dict):
        what = "is empty" if document.value is None else f"should be a mapping of fields, not {shown(document.value)}"
        raise Origin(path, document.lines).error(document.problems or [Problem((), what)])
    data, overridden, problems = apply(document.value, overrides)
    origin = Origin(path, document.lines, overridden)
    known = [*document.problems, *problems]
    lost = {problem.field for problem in known if problem.line == document.lines.get(problem.field)}
    config, found = _checked(data, known, lost)
    if config is None or known or found:
        raise origin.error([*known, *found])
    return StudyFile(text, config.model_copy(update=_surroundings()), origin)


def _surroundings() -> dict[str, str]:
    """What the machine says of itself, such as a cluster's node of its services. Raises ConfigError."""
    told = {field: os.environ.get(name) for name, field in ENVIRONMENT.items()}
    storage = told["storage"]
    if storage and not URL.fullmatch(storage):
        raise ConfigError(
            "SWEEP_STORAGE: should be a database's URL, such as postgresql+psycopg://sweep@postgres/sweep"
        )
    return {field: value for field, value in told.items() if value}


def _checked(
    data: Mapping[str, Any], known: Sequence[Problem], lost: Collection[FieldPath]
) -> tuple[StudyConfig | None, list[Problem]]:
    """The config, and what else is wrong; nothing more is said of fields whose value is lost already."""
    data = {name: value for name, value in data.items() if value is not None or name not in SECTIONS}
    config, found = validate(StudyConfig, data)
    found = [problem for problem in found if problem.field not in lost]
    search = config or _sound(data, [*known, *found])
    return config, [*found, *(rules.check(search, [*known, *found]) if search else ())]


def _sound(data: Mapping[str, Any], problems: Sequence[Problem]) -> Search | None:
    """The search without its fields that have a problem, so that the others can be judged all the same."""
    sound = deepcopy({name: data[name] for name in Search.model_fields if name in data})
    for problem in problems:
        depth = {"trial": 2, "space": 2, "enqueue": 3}.get(str(next(iter(problem.field), "")), 1)
        _remove(sound, problem.field[:depth])
    return validate(Search, sound)[0]


def _remove(data: Any, field: FieldPath) -> None:
    *parents, last = field or (None,)
    for step in parents:
        data = data[step] if holds(data, step) else None
    if isinstance(data, dict):
        data.pop(last, None)
    elif holds(data, last):
        data[last] = {}


@dataclass(frozen=True)
class Origin:
    """Where each field was said: on a line of the file, or by an override."""

    path: Path
    lines: Mapping[FieldPath, int]
    overridden: Sequence[FieldPath] = ()

    def error(self, problems: Sequence[Problem]) -> ConfigError:
        """The problems in the order of the file, each once; those of overrides last."""
        placed = sorted((self._line(problem), self._text(problem)) for problem in problems)
        return ConfigError(*dict.fromkeys(text for _, text in placed))

    def _line(self, problem: Problem) -> float:
        if self._overrides(problem.field):
            return math.inf
        known = (self.lines[start] for start in _starts(problem.field) if start in self.lines)
        return problem.line or next(known, 0)

    def _text(self, problem: Problem) -> str:
        field = dotted(problem.field)
        if self._overrides(problem.field):
            return f"--set {field}: {problem.message}"
        line = self._line(problem)
        where = f"{self.path}:{line}" if line else f"{self.path}"
        return ": ".join(filter(None, (where, field, problem.message)))

    def _overrides(self, field: FieldPath) -> bool:
        return any(start in self.overridden for start in _starts(field))


def _starts(field: FieldPath) -> list[FieldPath]:
    """The field, what it lies in, and so on up to the whole file."""
    return [field[:n] for n in range(len(field), -1, -1)]
