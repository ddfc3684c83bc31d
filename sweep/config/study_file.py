"""Loads a study file: YAML in, one frozen StudyConfig out, or every problem in it with its line."""

import math
import os
import re
from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sweep.config import addresses, rules
from sweep.config.locations import holds
from sweep.config.overrides import apply
from sweep.config.sections import SECTIONS, Search, StudyConfig
from sweep.config.validation import shown, validate
from sweep.config.yaml_text import Document, parse, read
from sweep.core import redact
from sweep.core.errors import ConfigError, FieldPath, Problem, dotted

ENVIRONMENT = {"SWEEP_STORAGE": "storage", "MLFLOW_TRACKING_URI": "tracking"}  # the services of a cluster


@dataclass(frozen=True)
class StudyFile:
    """A study file that was read: its text, what it says, and where it says it."""

    text: str
    config: StudyConfig
    origin: "Origin"

    @property
    def shareable_text(self) -> str:
        """The text as anybody may see it: without the secrets in its addresses."""
        return redact.text(self.text)

    def problem(self, field: str, message: str) -> ConfigError:
        """The error for a problem with a field, such as `data.path`; workers.errors.InvalidInput holds both.

        Where the space searches a field of `trial`, the error names the line in the space.
        """
        path: FieldPath = tuple(int(step) if step.isdigit() else step for step in re.findall(r"[^.\[\]]+", field))
        asked = ("space", *path[1:])
        searched = path[:1] == ("trial",) and asked in self.origin.lines
        return self.origin.error([Problem(asked if searched else path, message)])


def load(path: str | Path, overrides: Sequence[str] = ()) -> StudyFile:
    """The study file, with overrides such as `trial.units=64`; ENVIRONMENT beats both.

    Raises ConfigError with every problem that shows without looking at the data.
    """
    text, document = read(Path(path))
    return _loaded(Path(path), text, document, overrides)


def of_text(text: str, path: Path) -> StudyFile:
    """The same of a text as if it stood in a file at `path`. Raises ConfigError."""
    return _loaded(path, text, parse(text), ())


def _loaded(path: Path, text: str, document: Document, overrides: Sequence[str]) -> StudyFile:
    if not isinstance(document.value, dict):
        raise Origin(path, document.lines).error(document.problems or [_no_mapping(document.value)])
    data, overridden, problems = apply(document.value, overrides)
    origin = Origin(path, document.lines, overridden)
    known = [*document.problems, *problems]
    without_value = {problem.field for problem in known if problem.line == document.lines.get(problem.field)}
    config, found = _checked(data, known, without_value)
    if config is None or known or found:
        raise origin.error([*known, *found])
    return StudyFile(text, _with_environment(config, origin), origin)


def _no_mapping(value: Any) -> Problem:
    return Problem((), "is empty" if value is None else f"should be a mapping of fields, not {shown(value)}")


def _with_environment(config: StudyConfig, origin: "Origin") -> StudyConfig:
    """The config with the fields that ENVIRONMENT sets, such as a cluster's services. Raises ConfigError."""
    variables = {field: name for name, field in ENVIRONMENT.items() if os.environ.get(name)}
    config = config.model_copy(update={field: os.environ[name] for field, name in variables.items()})
    problems = dict(addresses.problems({"storage": config.storage, "tracking": config.tracking}))
    if wrong := [f"{name}: {problems[field]}" for field, name in variables.items() if field in problems]:
        raise ConfigError(*wrong)
    if problems:
        raise origin.error([Problem((field,), problem) for field, problem in problems.items()])
    return config


def _checked(
    data: Mapping[str, Any], known: Sequence[Problem], without_value: Collection[FieldPath]
) -> tuple[StudyConfig | None, list[Problem]]:
    """The config, and its problems beside the known ones; fields whose value could not be read get no second one."""
    data = {name: value for name, value in data.items() if value is not None or name not in SECTIONS}
    config, found = validate(StudyConfig, data)
    found = [problem for problem in found if problem.field not in without_value]
    search = config or _without_problems(data, [*known, *found])
    found += rules.check(search, [*known, *found]) if search else ()
    return config, [*found, *((*rules.check_margin(config), *rules.check_objective(config)) if config else ())]


def _without_problems(data: Mapping[str, Any], problems: Sequence[Problem]) -> Search | None:
    """The search without the fields that have a problem, so that the other fields are checked too."""
    rest = deepcopy({name: data[name] for name in Search.model_fields if name in data})
    for problem in problems:
        depth = {"trial": 2, "space": 2, "enqueue": 3}.get(str(next(iter(problem.field), "")), 1)
        _remove(rest, problem.field[:depth])
    return validate(Search, rest)[0]


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
    """Where each field is set: on a line of the file, or by an override."""

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
