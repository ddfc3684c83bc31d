"""Where pydantic's location of an error is in the data, and how that field is annotated."""

from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, Tag

from sweep.core.errors import FieldPath


def follow(location: FieldPath, annotation: Any, data: Any) -> tuple[FieldPath, Any, Any]:
    """The field of the data at pydantic's location, its annotation, and its value.

    The location names fields and items, and between them the branches of unions, which the data do not have.
    """
    field: FieldPath = ()
    for step in location:
        models = models_of(annotation)
        if len(models) > 1:
            chosen = [each for each in models if step in (*tags_of(each).values(), _tag_of(annotation, each))]
            annotation = Union[tuple(chosen or models)]  # noqa: UP007
        elif holds(data, step):
            data, field, annotation = data[step], (*field, step), _inside(annotation, step)
    return field, annotation, data


def _tag_of(annotation: Any, model: type) -> str | None:
    """By which pydantic tells this branch of a union apart, where a function does so."""
    if get_origin(annotation) is Annotated:
        first, *others = get_args(annotation)
        tags = [each.tag for each in others if isinstance(each, Tag)]
        return tags[0] if tags and first is model else _tag_of(first, model)
    found = (_tag_of(each, model) for each in get_args(annotation) if get_origin(annotation) in (Union, UnionType))
    return next((tag for tag in found if tag), None)


def _inside(annotation: Any, step: str | int) -> Any:
    """How a field of a model is annotated, or an item of a list or mapping."""
    for model in models_of(annotation):
        if step in fields_of(model):
            return fields_of(model)[str(step)]
    items = [argument for branch in branches(annotation) for argument in reversed(get_args(branch))]
    return next((argument for argument in items if argument is not Ellipsis), Any)


def branches(annotation: Any) -> list[Any]:
    """The types of a union, of unions in it too; of any other type itself alone."""
    if get_origin(annotation) is Annotated:
        return branches(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [branch for each in get_args(annotation) for branch in branches(each)]
    return [annotation]


def models_of(annotation: Any) -> list[type]:
    """The pydantic models and dataclasses among the branches of a type."""
    return [branch for branch in branches(annotation) if isinstance(branch, type) and fields_of(branch)]


def fields_of(model: type) -> dict[str, Any]:
    """The fields of a pydantic model or a dataclass, and how each is annotated."""
    if issubclass(model, BaseModel):
        return {field.alias or name: field.annotation for name, field in model.model_fields.items()}
    if not is_dataclass(model):
        return {}
    hints = get_type_hints(model)
    return {field.name: hints[field.name] for field in fields(model)}


def tags_of(model: type) -> dict[str, str]:
    """The fields that can have one value only, by which a union's branches are told apart."""
    literals = {name: get_args(each) for name, each in fields_of(model).items() if get_origin(each) is Literal}
    return {name: values[0] for name, values in literals.items() if len(values) == 1}


def holds(value: Any, step: str | int | None) -> bool:
    """Whether a mapping has such a field, or a list so many items."""
    return step in value if isinstance(value, dict) else isinstance(value, list) and step in range(len(value))


def value_at(data: Any, field: FieldPath) -> Any:
    """What the data have there; None where they have nothing."""
    for step in field:
        data = data[step] if holds(data, step) else None
    return data
