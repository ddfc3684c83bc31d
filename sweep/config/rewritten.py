"""How a value is written so that a field takes it: what people often write in another form."""

import json
import re
from collections.abc import Collection, Mapping
from typing import Any, Literal, get_origin

from pydantic import TypeAdapter, ValidationError

from sweep.config.locations import branches, fields_of, models_of
from workers.wording import as_yaml

YES, NO, NOTHING = ("yes", "y", "on", "true", "1"), ("no", "n", "off", "false", "0"), ("none", "nil", "null", "n/a")
WHOLE, NUMBERS = {"int_type", "int_from_float"}, {"float_type", "finite_number", "number"}
LISTS = {"tuple_type", "list_type", "set_type", "frozen_set_type"}
MAPPINGS = {"model_type", "model_attributes_type", "dataclass_type", "dict_type"}
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
DURATION = re.compile(r"(\d+[a-z]+)+", re.IGNORECASE)
PER_CENT = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*%")
GROUPED = re.compile(r"[+-]?\d{1,3}([,_ ]\d{3})+")
MOST_LISTED = 6
MOST_FIELDS = 12  # of a mapping of which a value may be one field
LONGEST = 60  # characters of a value that is repeated


def rewritten(value: Any, kinds: Collection[str], annotation: Any) -> str:
    """What to write instead of the value, such as `write [load]`; empty where that is not known.

    kinds: pydantic's, of what is wrong with it; annotation: of the field.
    """
    ways = (
        _null(value, annotation),
        _boolean(value) if "bool_type" in kinds else "",
        _number(value, whole=WHOLE.isdisjoint(kinds) is False) if not (WHOLE | NUMBERS).isdisjoint(kinds) else "",
        _list(value, annotation) if not LISTS.isdisjoint(kinds) else "",
        _mapping(value, annotation) if not MAPPINGS.isdisjoint(kinds) else "",
        "put it in quotes" if _is_text_alone(kinds) and isinstance(value, int | float) else "",
    )
    return next(filter(None, ways), "")


def _is_text_alone(kinds: Collection[str]) -> bool:
    return "string_type" in kinds and (WHOLE | NUMBERS).isdisjoint(kinds)


def _null(value: Any, annotation: Any) -> str:
    meant = value is False or (isinstance(value, str) and value.casefold() in (*NOTHING, *NO))
    return "write null" if meant and type(None) in branches(annotation) else ""


def _boolean(value: Any) -> str:
    word = str(value).casefold()
    if isinstance(value, str) and word in ("true", "false"):
        return f"leave the quotes out: {word}"
    return "write true" if word in YES else "write false" if word in NO else ""


def _number(value: Any, *, whole: bool) -> str:
    if isinstance(value, float) and value.is_integer():
        return f"write {value:.0f}"
    if not isinstance(value, str):
        return ""
    text = value.strip()
    if NUMBER.fullmatch(text) and (not whole or text.lstrip("+-").isdecimal()):
        return f"leave the quotes out: {text}"
    if whole and GROUPED.fullmatch(text):
        return f"write {re.sub('[,_ ]', '', text)}"
    if not whole and (per_cent := PER_CENT.fullmatch(text)):
        return f"write {float(per_cent[1]) / 100:g}"
    point = text.replace(",", ".")
    return f"write {point}" if not whole and "," in text and NUMBER.fullmatch(point) else ""


def _list(value: Any, annotation: Any) -> str:
    """A single item, or several that have no brackets around them."""
    if not isinstance(value, str) and not _fits([value], annotation):
        return ""
    if isinstance(value, dict):
        text = json.dumps(value, ensure_ascii=False)
        return f"write [{text}]" if len(text) <= LONGEST else "begin each item with a dash"
    if value is None or not isinstance(value, str | int | float):
        return ""
    text = str(value).strip()
    items = [_plain(item.strip()) for item in text.split(",")] if isinstance(value, str) else [json.dumps(value)]
    return f"write [{', '.join(items)}]" if len(text) <= LONGEST and all(items) else ""


def _fits(value: Any, annotation: Any) -> bool:
    """Whether a type takes the value."""
    try:
        TypeAdapter(annotation).validate_python(value)
    except ValidationError:
        return False
    return True


def _plain(text: str) -> str:
    """A text as YAML has it, such as 20m without quotes."""
    return text if DURATION.fullmatch(text) else as_yaml(text)


def _mapping(value: Any, annotation: Any) -> str:
    """The field of the mapping that takes such a value, where the mapping is of one kind and few fields."""
    models = models_of(annotation)
    if len(models) != 1 or len(fields_of(models[0])) > MOST_FIELDS or type(value) not in (str, int, float, bool):
        return ""
    fields = list(fields_of(models[0]))
    if isinstance(value, bool):
        return f"write {{{fields[0]}: {json.dumps(value)}}}" if len(fields) == 1 else ""
    likely = _of_texts(models[0]) if isinstance(value, str) else _of_numbers(models[0])[:1]
    name = next((name for name in likely if _takes(models[0], name, value)), "")
    text = _plain(value) if isinstance(value, str) else json.dumps(value)
    return f"write {{{name}: {text}}}" if name else _its_fields(models[0])


def _its_fields(model: type) -> str:
    """The fields of a model that has a few, each by its own name."""
    fields = fields_of(model)
    are_all = len(fields) <= MOST_LISTED and all(get_origin(each) is not Mapping for each in fields.values())
    return f"its fields are {', '.join(fields)}" if are_all else ""


def _of_texts(model: type) -> list[str]:
    """The fields of a model, those first that have words of their own: such a word is not another field's by chance."""
    fields = {name: each for name, each in fields_of(model).items() if get_origin(each) is not Mapping}
    of_words = [name for name, each in fields.items() if any(get_origin(one) is Literal for one in branches(each))]
    return list(dict.fromkeys([*of_words, *fields]))


def _of_numbers(model: type) -> list[str]:
    """The fields of a model that are numbers, of which the first is what a number alone is meant for."""
    return [name for name, each in fields_of(model).items() if not {int, float}.isdisjoint(branches(each))]


def _takes(model: type, name: str, value: Any) -> bool:
    """Whether nothing is wrong with the value of this field, whatever the others are."""
    try:
        TypeAdapter(model).validate_python({name: value})
    except ValidationError as error:
        return all(detail["loc"][:1] != (name,) for detail in error.errors(include_url=False))
    return True
