"""What a JSON Schema of the study file says where pydantic cannot know it: short forms, and texts of a certain form."""

import re
from collections.abc import Callable, Iterable

from pydantic import GetJsonSchemaHandler, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from sweep.config import addresses
from workers.data.sources import fields

DURATION = WithJsonSchema(fields.DURATION)
DURATION_OR_NULL = WithJsonSchema({"anyOf": [fields.DURATION, {"type": "null"}]})
GPUS = WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "integer", "minimum": 1}]})
LEDGER = WithJsonSchema({"type": "string", "pattern": f"^({'|'.join(addresses.LEDGERS)})([+][a-z0-9]+)?://."})


class Named:
    """A text of this form, from its first sign to its last."""

    def __init__(self, form: re.Pattern[str]) -> None:
        self._form = form

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": f"^{self._form.pattern}$"}


class OneOf:
    """One of these texts, or where it is listed a list of them, or none.

    known: gives the texts when they are asked for, as tables may have got rows
    """

    def __init__(self, known: Callable[[], Iterable[str]], *, listed: bool = False) -> None:
        self._known, self._listed = known, listed

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        one = {"enum": list(self._known())}
        return {"anyOf": [{"type": "array", "items": one}, {"enum": ["none", None]}]} if self._listed else one


class OrNone:
    """`none` is as good as null."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [handler(schema), {"const": "none"}]}


class ShortForm:
    """A kind alone is short for its mapping, where it needs no number; and null for the kind none."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        found = handler(schema)
        models = {
            kind: handler.resolve_ref_schema({"$ref": at}) for kind, at in found["discriminator"]["mapping"].items()
        }
        kinds = [kind for kind, model in models.items() if set(model.get("required", ())) <= {"kind"}]
        return {"anyOf": [{"enum": [*kinds, *([None] if "none" in kinds else [])]}, found]}
