"""What pydantic finds wrong with a value, in words for whoever wrote the file."""

import difflib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sweep.core.errors import FieldPath, Problem

Model = TypeVar("Model", bound=BaseModel)

SHOWN = 60  # characters of a value
UNKNOWN = {"extra_forbidden", "unexpected_keyword_argument"}
UNTAGGED = {"union_tag_invalid", "union_tag_not_found"}
ABSENT = {*UNKNOWN, "missing", "missing_argument", "missing_keyword_only_argument"}
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
    """The model of plain data that stand at field `at`; or None, and one problem for each field that is wrong.

    The data pass through JSON: its lists may become tuples and its mappings dataclasses, all else is as strict.
    """
    try:
        return model.model_validate_json(json.dumps(data)), []
    except ValidationError as error:
        details = error.errors(include_url=False)
    schema = model.model_json_schema()
    by_field: dict[FieldPath, list[_Found]] = {}
    for detail in filter(_is_so, details):
        found = _found(detail, schema, data)
        by_field.setdefault(found.field, []).append(found)
    return None, [Problem(at + field, _message(some)) for field, some in by_field.items()]


def instead(word: str, known: Sequence[str]) -> str:
    """What may have been meant by a word that is not known: the nearest that is, or all of them."""
    near = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {near[0]}?" if near else f"there is {', '.join(known)}"


def shown(value: Any) -> str:
    """A value as it might be written in the file, cut short."""
    text = repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if len(text) <= SHOWN:
        return text.replace("NaN", ".nan").replace("Infinity", ".inf")
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    return f"{text[: SHOWN - 3]}..."


def holds(value: Any, step: str | int | None) -> bool:
    """Whether a mapping has such a field, or a list so many items."""
    return step in value if isinstance(value, dict) else isinstance(value, list) and step in range(len(value))


@dataclass(frozen=True)
class _Found:
    """A complaint, the field of the data that it is about, and the JSON schema of what it is about or lies in."""

    detail: ErrorDetails
    field: FieldPath
    schema: dict[str, Any]
    nullable: bool

    @property
    def kind(self) -> str:
        return self.detail["type"]

    @property
    def context(self) -> dict[str, Any]:
        return self.detail.get("ctx", {})


def _is_so(detail: ErrorDetails) -> bool:
    """Whether a list is as short as pydantic says, which counts only items that have nothing wrong with them."""
    return detail["type"] != "too_short" or len(detail["input"]) < detail["ctx"]["min_length"]


def _found(detail: ErrorDetails, schema: dict[str, Any], data: Any) -> _Found:
    """Follow pydantic's path, in which the names of a union's branches stand between those of fields."""
    absent = detail["loc"][-1:] if detail["type"] in ABSENT else ()
    field: FieldPath = ()
    node, here = schema, data
    for step in detail["loc"][: len(detail["loc"]) - len(absent)]:
        inside = _resolved(node, schema)
        if "discriminator" in inside:
            node = inside["discriminator"]["mapping"][step]
        elif holds(here, step):
            here, field, node = here[step], (*field, step), _inner(inside, step)
    if detail["type"] in UNTAGGED and isinstance(here, dict):
        absent = (detail["ctx"]["discriminator"].strip("'"),)
    inside = _resolved(node, schema)
    nullable = isinstance(node, dict) and {"type": "null"} in node.get("anyOf", ())
    return _Found(detail, (*field, *absent), inside, nullable)


def _inner(node: dict[str, Any], step: str | int) -> dict[str, Any]:
    inner = node.get("properties", {}).get(step, node.get("additionalProperties", node.get("items")))
    return inner if isinstance(inner, dict) else {}


def _resolved(node: str | dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """What a reference refers to; of several branches the one with fields."""
    if isinstance(node, str):
        return _resolved(schema["$defs"][node.rpartition("/")[2]], schema)
    if "$ref" in node:
        return _resolved(node["$ref"], schema)
    if "discriminator" in node:
        return node
    options = [_resolved(option, schema) for option in (*node.get("anyOf", ()), *node.get("oneOf", ()))]
    return next((option for option in options if "properties" in option or "discriminator" in option), node)


def _message(found: Sequence[_Found]) -> str:
    other = next((one for one in found if one.kind not in SHOULD_BE), None)
    if other is not None:
        return _other(other)
    value = found[0].detail["input"]
    literals = [word for one in found for word in _literals(one)]
    expected = [SHOULD_BE[one.kind].format(**one.context) for one in found if not _literals(one)]
    words = list(dict.fromkeys([*literals, *expected, *["null"] * found[0].nullable]))
    either = " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))
    near = difflib.get_close_matches(value, literals, n=1) if isinstance(value, str) else []
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"should be {either}, not {shown(value)}{hint}"


def _literals(found: _Found) -> list[str]:
    return re.findall("'([^']*)'", found.context["expected"]) if found.kind == "literal_error" else []


def _other(found: _Found) -> str:
    if found.kind in UNKNOWN:
        return f"no such field; {instead(str(found.field[-1]), list(found.schema.get('properties', ())))}"
    if found.kind in ABSENT:
        return "is required"
    if found.kind in UNTAGGED:
        known = list(found.schema["discriminator"]["mapping"])
        if "tag" not in found.context:
            return f"is required; there is {', '.join(known)}"
        tag = found.detail["input"][found.context["discriminator"].strip("'")]
        return f"there is no {shown(tag)}; {instead(str(tag), known)}"
    return re.sub("^Value error, |^(Input|String|Value) (?=should)", "", found.detail["msg"])
