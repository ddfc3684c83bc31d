"""What the command line changes in a study file: --set trial.units=64."""

import re
from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from sweep.config.validation import shown
from sweep.config.yaml_text import MAX_DEPTH, parse
from sweep.core.errors import FieldPath, Problem

NAME = re.compile(r"[\w-]+(\.[\w-]+)*")


def apply(data: dict[str, Any], overrides: Sequence[str]) -> tuple[dict[str, Any], list[FieldPath], list[Problem]]:
    """The data with each override in place, a later one over an earlier; the fields they set; and their problems."""
    data = deepcopy(data)
    fields: list[FieldPath] = []
    problems: list[Problem] = []
    for override in overrides:
        name, equals, text = override.partition("=")
        well_formed = equals and NAME.fullmatch(name) and name.count(".") < MAX_DEPTH
        fields.append(tuple(name.split(".")) if well_formed else (name,))
        if well_formed:
            problems += _set(data, fields[-1], text)
        else:
            problems.append(Problem(fields[-1], "should be FIELD=VALUE, such as trial.units=64"))
    return data, fields, problems


def _set(data: dict[str, Any], field: FieldPath, text: str) -> list[Problem]:
    document = parse(text)
    if document.problems:
        return [Problem((*field, *problem.field), problem.message) for problem in document.problems]
    return _put(data, field, document.value)


def _put(data: dict[str, Any], field: FieldPath, value: Any) -> list[Problem]:
    *parents, last = field
    here: Any = data
    for i, name in enumerate(parents, start=1):
        if here.get(name) is None:
            here[name] = {}
        here = here[name]
        if not isinstance(here, dict):
            parent = ".".join(map(str, parents[:i]))
            return [Problem(field, f"{parent} is {shown(here)}, which has no fields; set {parent} as a whole")]
    here[last] = value
    return []
