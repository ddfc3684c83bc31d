"""What pydantic finds wrong with a value, in words for the author of the study file."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sweep.config.locations import branches, fields_of, follow, models_of, tags_of
from sweep.config.rewritten import rewritten
from sweep.core.errors import FieldPath, Problem
from workers.wording import nearest

Model = TypeVar("Model", bound=BaseModel)

SHOWN = 60  # characters of a value
REQUIRED = "is required"
UNKNOWN = {"extra_forbidden", "unexpected_keyword_argument"}
UNTAGGED = {"union_tag_invalid", "union_tag_not_found"}
ABSENT = {*UNKNOWN, "missing", "missing_argument", "missing_keyword_only_argument"}
BOUNDS = {"greater_than", "greater_than_equal", "less_than", "less_than_equal", "finite_number", "string_too_short"}
SHOULD_BE = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "number": "a number",
    "string_type": "text",
    "string_too_short": "text that is not empty",
    "bool_type": "true or false",
    "literal_error": "{expected}",
    "greater_than": "above {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "below {lt}",
    "less_than_equal": "at most {le}",
    "too_short": "a list of at least {min_length}",
    "too_long": "a list of at most {max_length}",
    **dict.fromkeys(("tuple_type", "list_type", "set_type", "frozen_set_type"), "a list"),
    **dict.fromkeys(("model_type", "model_attributes_type", "dataclass_type", "dict_type"), "a mapping"),
}


def validate(model: type[Model], data: Any, at: FieldPath = ()) -> tuple[Model | None, list[Problem]]:
    """The model of plain data that stand at field `at`; or None, and one problem for each field that is wrong."""
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        found = [_found(detail, model, data) for detail in error.errors(include_url=False) if _is_so(detail)]
    by_field: dict[FieldPath, list[_Found]] = {}
    for one in found:
        by_field.setdefault(one.field, []).append(one)
    return None, [Problem(at + field, _message(some), of_name=_is_unknown(some)) for field, some in by_field.items()]


def without_misspelt(problems: Sequence[Problem]) -> list[Problem]:
    """The problems without those of fields that are there under a misspelt name, which is told anyway."""
    meant = {(problem.field[:-1], problem.message) for problem in problems if problem.of_name}
    return [
        problem
        for problem in problems
        if problem.message != REQUIRED or (problem.field[:-1], _misspelt(str(problem.field[-1]))) not in meant
    ]


def _misspelt(name: str) -> str:
    return f"no such field; did you mean {name}?"


def instead(word: str, known: Sequence[str]) -> str:
    """What may have been meant by a word that is not known: the nearest that is, or all of them."""
    near = nearest(word, known)
    return f"did you mean {near}?" if near else f"there is {', '.join(known)}"


def shown(value: Any) -> str:
    """A value as it might be written in the file, cut short."""
    text = repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if len(text) <= SHOWN:
        return text.replace("NaN", ".nan").replace("Infinity", ".inf")
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    return f"{text[: SHOWN - 3]}..."


@dataclass(frozen=True)
class _Found:
    """One of pydantic's errors: which kind, of which field of the data, and how that field is annotated.

    Of a field that does not belong there, or is missing, it is the annotation of what it would be in.
    """

    kind: str
    field: FieldPath
    annotation: Any
    value: Any
    context: dict[str, Any]
    message: str


def _is_so(detail: ErrorDetails) -> bool:
    """Whether a list is as short as pydantic says, which counts only items that have nothing wrong with them."""
    return detail["type"] != "too_short" or len(detail["input"]) < detail["ctx"]["min_length"]


def _is_too_large(detail: ErrorDetails) -> bool:
    """Whether pydantic refuses a whole number because no float is as large."""
    return detail["type"] == "float_type" and type(detail["input"]) is int


def _found(detail: ErrorDetails, model: type[BaseModel], data: Any) -> _Found:
    location, context = detail["loc"], detail.get("ctx", {})
    kind = "finite_number" if _is_too_large(detail) else detail["type"]
    absent: FieldPath = location[-1:] if kind in ABSENT else ()
    field, annotation, value = follow(location[: len(location) - len(absent)], model, data)
    if kind in UNTAGGED and isinstance(value, dict):
        absent = (_tag_name(context),)
    return _Found(kind, (*field, *absent), annotation, detail["input"], context, detail["msg"])


def _tag_name(context: dict[str, Any]) -> str:
    return str(context["discriminator"]).strip("'")


def _is_unknown(found: Sequence[_Found]) -> bool:
    return any(one.kind in UNKNOWN for one in found)


def _message(found: Sequence[_Found]) -> str:
    other = next((one for one in found if one.kind not in SHOULD_BE), None)
    return _other(other) if other else _should_be(found)


def _should_be(found: Sequence[_Found]) -> str:
    """What all branches of a union together would take."""
    found = [one for one in found if one.kind in BOUNDS or _literals(one)] if _is_beyond(found) else found
    value = found[0].value
    literals = [word for one in found for word in _literals(one)]
    expected = [SHOULD_BE[one.kind].format(**one.context) for one in found if not _literals(one)]
    null = ["null"] if type(None) in branches(found[0].annotation) else []
    words = list(dict.fromkeys([*literals, *expected, *null]))
    either = " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))
    near = nearest(value, literals) if isinstance(value, str) else ""
    other = rewritten(value, {one.kind for one in found}, found[0].annotation)
    other = other or _as_part(found)
    hint = f"; did you mean {near}?" if near else f"; {other}" if other else ""
    return f"should be {either}, not {shown(value)}{hint}"


def _as_part(found: Sequence[_Found]) -> str:
    """Of a number of per cent where a part of 1 is meant: what part that is."""
    value, ends = found[0].value, [one.context.get(end) for one in found for end in ("lt", "le")]
    is_part = 1 in ends and isinstance(value, int | float) and 1 < value < 100
    return f"{value:g} % is {value / 100:g}" if is_part else ""


def _is_beyond(found: Sequence[_Found]) -> bool:
    """Whether the value is of a type that the field takes, and beyond its bounds."""
    return any(one.kind in BOUNDS for one in found)


def _literals(found: _Found) -> list[str]:
    return re.findall("'([^']*)'", found.context["expected"]) if found.kind == "literal_error" else []


def _other(found: _Found) -> str:
    if found.kind in UNKNOWN:
        known = [name for model in models_of(found.annotation) for name in fields_of(model)]
        return f"no such field; {instead(str(found.field[-1]), known)}"
    if found.kind in ABSENT:
        return REQUIRED
    if found.kind in UNTAGGED:
        return _untagged(found)
    return re.sub("^Value error, |^(Input|String|Value) (?=should)", "", found.message)


def _untagged(found: _Found) -> str:
    """What is said of a mapping whose `kind` is missing, or is none that there is."""
    name = _tag_name(found.context)
    known = sorted({tags_of(model)[name] for model in models_of(found.annotation)})
    if found.kind == "union_tag_not_found":
        return f"is required; there is {', '.join(known)}"
    tag = found.value[name]
    return f"there is no {shown(tag)}; {instead(str(tag), known)}"
