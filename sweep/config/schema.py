"""A JSON Schema of the study file, for editors: what may stand where, and what it means."""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from sweep.config.meanings import MEANINGS
from sweep.config.sections import SECTIONS, StudyConfig
from workers.spec import APPLIES, ARGUMENTS

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TRIAL = "TrialSpec"
NUMBERS = ("integer", "number")
OF_ARGUMENTS: dict[str, Schema] = {
    f"^{kind}.": {"description": f"An argument of the {kind[:-1]}, after {kind}. Only for {condition.trials}."}
    for kind, condition in ARGUMENTS.items()
}
FIELD = re.compile(
    r"^(\w+)(?:  +|\n +)(\S.*(?:\n {2,}\S.*)*)", re.MULTILINE
)  # of a docstring: its name, and what it is


def study_schema() -> Schema:
    """The schema, of draft 2020-12. What it accepts may still be refused: a schema sees no field beside another."""
    schema = StudyConfig.model_json_schema()
    models: Schema = schema["$defs"]
    for model in [schema, *models.values()]:
        _describe(model)
    for node in list(_nodes(schema)):
        _require_discriminator(node, models)
        _without_titles(node)
    trial, argument = models[TRIAL]["properties"], models[TRIAL].pop("additionalProperties")
    arguments = {
        "additionalProperties": False,
        "patternProperties": {kind: argument | said for kind, said in OF_ARGUMENTS.items()},
    }
    models[TRIAL] |= arguments
    fields = schema["properties"]
    fields["space"] |= {
        "additionalProperties": False,
        "properties": {name: _searched(of) for name, of in trial.items()},
        "patternProperties": {
            kind: _searched({"anyOf": [{"type": "number"}, argument], **said}) for kind, said in OF_ARGUMENTS.items()
        },
    }
    fields["enqueue"]["items"] = models["Enqueued"] = _enqueued(models.pop("Enqueued"), trial) | arguments
    for name in SECTIONS:
        fields[name] = {"anyOf": [fields[name], {"type": "null"}], "description": _sentence(MEANINGS[name])}
    models.pop("Range", None)
    models.pop("Enqueued")
    return {"$schema": DIALECT, **schema, "title": "A study of statesweep"}


def _describe(model: Schema) -> None:
    """Say of each field of a model what it means, as its docstring does, or else the table of meanings."""
    docstring = str(model.get("description", ""))
    said = {name: " ".join(text.split()) for name, text in FIELD.findall(docstring)}
    for name, field in model.get("properties", {}).items():
        of = model.get("title", "")
        meaning = said.get(name) or MEANINGS.get(f"{of}.{name}") or MEANINGS.get(name, "")
        only = f" Only for {APPLIES[name].trials}." if of == TRIAL and name in APPLIES else ""
        field["description"] = f"{_sentence(meaning)}{only}"
    if "description" in model:
        model["description"] = docstring.partition("\n")[0]


def _sentence(meaning: str) -> str:
    return f"{meaning[:1].upper()}{meaning[1:]}{'.' if meaning else ''}"


def _nodes(schema: Any) -> Iterator[Schema]:
    """The schema, and every one in it."""
    if isinstance(schema, dict):
        yield schema
    for inner in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from _nodes(inner)


def _require_discriminator(node: Schema, models: Schema) -> None:
    """A mapping says its kind, though the model has a default for it."""
    told = node.pop("discriminator", None) if "oneOf" in node else None
    if not isinstance(told, Mapping):
        return
    name = told["propertyName"]
    for branch in node["oneOf"]:
        for each in branch.get("oneOf", [branch]):
            model = models[each["$ref"].rpartition("/")[2]]
            model["required"] = sorted({*model.get("required", ()), name})


def _without_titles(node: Schema) -> None:
    """Leave out titles that repeat names, and defaults in another form than a study file has them."""
    if isinstance(node.get("title"), str) and "properties" not in node:
        del node["title"]
    if isinstance(node.get("default"), dict | list) or (
        node.get("type") == "string" and _is_number(node.get("default"))
    ):
        del node["default"]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def _searched(field: Schema) -> Schema:
    """An entry of the space: a list of values, or of numbers a range."""
    value = {name: inner for name, inner in deepcopy(field).items() if name not in ("default", "description", "title")}
    choices = {"type": "array", "items": value, "minItems": 1, "uniqueItems": True}
    number = next((each for each in value.get("anyOf", [value]) if each.get("type") in NUMBERS), None)
    ways = [choices] if number is None else [choices, _range(number)]
    return {
        "anyOf": ways,
        "description": f"{field.get('description', '')} A list of choices, or a range {{low, high}}.",
    }


def _range(number: Schema) -> Schema:
    above = {"type": number["type"], "exclusiveMinimum": 0}
    step = {"anyOf": [above, {"type": "null"}], "description": "Allows only low, low + step, and so on."}
    ends = {end: {**number, "description": "Included."} for end in ("low", "high")}
    log = {"type": "boolean", "default": False, "description": "Makes each order of magnitude equally likely."}
    fields = {**ends, "log": log, "step": step}
    return {"type": "object", "properties": fields, "required": ["low", "high"], "additionalProperties": False}


def _enqueued(model: Schema, trial: Schema) -> Schema:
    """A configuration that is tried first: a trial's fields beside its name."""
    fields = {"name": model["properties"]["name"], **deepcopy(trial)}
    return {"type": "object", "properties": fields, "additionalProperties": False, "description": model["description"]}
