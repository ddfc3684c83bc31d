"""Loads a study file: YAML in, one frozen StudyConfig out, or every problem in it with its line."""

import os
import re
from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sweep.config import addresses, elsewhere, rules
from sweep.config.locations import holds
from sweep.config.origin import Origin
from sweep.config.overrides import apply
from sweep.config.sections import SECTIONS, Search, StudyConfig
from sweep.config.validation import shown, validate, without_misspelt
from sweep.config.yaml_text import Document, parse, read
from sweep.core import redact
from sweep.core.commands import command
from sweep.core.errors import ConfigError, FieldPath, Problem

TABLES = (".csv", ".tsv", ".txt", ".parquet", ".xlsx", ".jsonl", ".npz", ".gz", ".xz", ".zip")  # how data end
ENVIRONMENT = {"SWEEP_STORAGE": "storage", "MLFLOW_TRACKING_URI": "tracking"}  # the services of a cluster


@dataclass(frozen=True)
class StudyFile:
    """A study file that was read: its text, what it says, and where it says it.

    overrides  what was said beside it, such as `trial.units=64`
    """

    text: str
    config: StudyConfig
    origin: Origin
    overrides: tuple[str, ...] = ()

    @property
    def shareable_text(self) -> str:
        """The text as anybody may see it: without the secrets in its addresses."""
        return redact.text(self.text)

    @property
    def arguments(self) -> tuple[str, ...]:
        """By which a command finds the same study again: the file, and what was said beside it, without secrets."""
        said = (part for each in self.overrides for part in ("--set", redact.text(each)))
        return (str(self.origin.path), *said)

    @property
    def named(self) -> str:
        """By which a command that takes no `--set` finds the study: the file, or the name where that was changed."""
        renamed = any(each.startswith("name=") for each in self.overrides)
        return self.config.name if renamed else str(self.origin.path)

    def problem(self, field: str, message: str) -> ConfigError:
        """The error for a problem with a field, such as `data.path`; workers.errors.InvalidInput holds both.

        Where the space searches a field of `trial`, the error names the line in the space.
        """
        path: FieldPath = tuple(int(step) if step.isdigit() else step for step in re.findall(r"[^.\[\]]+", field))
        asked = ("space", *path[1:])
        searched = path[:1] == ("trial",) and asked in self.origin.places
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
        if path.suffix.lower() in TABLES and path.is_file():
            raise _no_study(path)
        raise Origin(path, document).error(document.problems or [_no_mapping(document.value)])
    data, overridden, problems = apply(document.value, overrides)
    origin = Origin(path, document, overridden)
    known = [*document.problems, *problems]
    without_value = {*document.unread, *({problem.field for problem in problems} - document.places.keys())}
    config, found = _checked(data, known, without_value)
    found = [elsewhere.advised(problem, data) for problem in without_misspelt(found)]
    if config is None or known or found:
        raise origin.error([*known, *found])
    return StudyFile(text, _with_environment(config, origin), origin, tuple(overrides))


def _no_study(path: Path) -> ConfigError:
    """The error of a file that is called as a table is."""
    init = command("sweep", "init", path)
    return ConfigError(f"{path}: is no study file; if it is a table, `{init}` writes a first study of it")


def _no_mapping(value: Any) -> Problem:
    if value is None:
        return Problem((), "is empty; `sweep init` writes a first study of a table")
    return Problem((), f"should be a mapping of fields, such as name: my-study, not {shown(value)}")


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
