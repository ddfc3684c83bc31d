"""What a field of a trial says of itself: which trials it affects, and whether its default asks for nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticKnownError, core_schema

Values = Mapping[str, Any]  # every field of a trial by name


@dataclass(frozen=True)
class AppliesTo:
    """Marks a field that affects some trials only.

    when    whether it affects a trial with these values; looks only at fields that stand before it in the class
    trials  which trials these are; completes "it applies only to ..."
    """

    when: Callable[[Values], bool]
    trials: str


@dataclass(frozen=True)
class OffByDefault:
    """Marks a field whose default asks for nothing, so that it may be given even where the field does not apply."""


@dataclass(frozen=True)
class AddedLater:
    """Marks a field whose default does what was done before there was the field: nothing is said of it then.

    So the keys, records and models of earlier trials stay what they were.
    """


@dataclass(frozen=True, eq=False)
class KeyOf:
    """The type of a name in a table: looked up when a value is validated, and refused in the words of a Literal."""

    table: Mapping[str, object]

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._known)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"enum": list(self.table), "type": "string"}

    def _known(self, value: object) -> str:
        if isinstance(value, str) and value in self.table:
            return value
        *others, last = map(repr, self.table)
        raise PydanticKnownError("literal_error", {"expected": f"{', '.join(others)} or {last}"})


class Fields(BaseModel):
    """A flat model whose fields may be marked with AppliesTo, OffByDefault and AddedLater."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @property
    def parameters(self) -> dict[str, Any]:
        """The fields that apply, in the order of the class, but those of which nothing is said."""
        said = self.said
        return {name: value for name, value in self.applying.items() if name in said}

    @property
    def applying(self) -> dict[str, Any]:
        """All fields that apply, in the order of the class."""
        values, only = dict(self), conditions(type(self))
        return {name: value for name, value in values.items() if name not in only or only[name].when(values)}

    @property
    def said(self) -> dict[str, Any]:
        """All fields, in the order of the class, but those that were added later and stand at their defaults."""
        silent = _added_later(type(self))
        return {name: value for name, value in self if name not in silent or value != silent[name]}


@cache
def conditions(model: type[Fields]) -> Mapping[str, AppliesTo]:
    """By field, which trials it affects; a field that is not here affects all."""
    marks = {name: _marks(model, name, AppliesTo) for name in model.model_fields}
    return {name: found[0] for name, found in marks.items() if found}


def neutral_values(model: type[Fields]) -> dict[str, Any]:
    """The defaults that ask for nothing, by field."""
    return _defaults_of_those_marked(model, OffByDefault)


@cache
def _added_later(model: type[Fields]) -> Mapping[str, Any]:
    return _defaults_of_those_marked(model, AddedLater)


def _defaults_of_those_marked(model: type[Fields], kind: type) -> dict[str, Any]:
    return {name: field.default for name, field in model.model_fields.items() if _marks(model, name, kind)}


def _marks(model: type[Fields], name: str, kind: type) -> list[Any]:
    return [mark for mark in model.model_fields[name].metadata if isinstance(mark, kind)]
