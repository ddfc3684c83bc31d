"""The cells and models of the user's own that a study's trials can have."""

from typing import Any

from sweep.config.sections import Search
from sweep.config.space import Range
from workers.cells import is_own
from workers.spec import argument_kind

CELL, MODEL = "cell_", "model_"  # begin the names of their arguments
MANY = 20  # values of an argument; of more only the ends are looked at


def own_code(search: Search) -> dict[str, str]:
    """The import paths of both, each with the field of the study file that names it first."""
    return own_models(search) | own_cells(search)


def own_cells(search: Search) -> dict[str, str]:
    """The same of cells."""
    return {cell: field for cell, field in _named(search, "cell").items() if is_own(cell)}


def own_models(search: Search) -> dict[str, str]:
    """The same of models."""
    return {model: field for model, field in _named(search, "model").items() if model is not None}


def arguments(search: Search, kind: str) -> list[dict[str, Any]]:
    """What they are given: one value of each that is searched, then each of the others.

    kind: what begins the names of the fields
    """
    fixed = _arguments(dict(search.trial), kind)
    searched = {name: _some(entry) for name, entry in search.space.items() if argument_kind(name) == kind}
    first = fixed | _arguments({name: values[0] for name, values in searched.items()}, kind)
    others = [first | _arguments({name: value}, kind) for name, values in searched.items() for value in values[1:]]
    enqueued = [_arguments(each.parameters, kind) for each in search.enqueue]
    return [first, *others, *(fixed | given for given in enqueued if given)]


def _named(search: Search, name: str) -> dict[Any, str]:
    """What trials can have in this field, each with the field of the study file that says it first."""
    entry = search.space.get(name)
    found = (
        [(f"space.{name}.{number}", value) for number, value in enumerate(entry)]
        if isinstance(entry, tuple)
        else [(f"trial.{name}", getattr(search.trial, name))]
    )
    found += [
        (f"enqueue.{number}.{name}", each.parameters[name])
        for number, each in enumerate(search.enqueue)
        if name in each.parameters
    ]
    first: dict[Any, str] = {}
    for field, value in found:
        first.setdefault(value, field)
    return first


def _arguments(values: Any, kind: str) -> dict[str, Any]:
    return {name.removeprefix(kind): value for name, value in values.items() if argument_kind(name) == kind}


def _some(entry: Any) -> list[Any]:
    if isinstance(entry, Range):
        return [entry.low, entry.high]
    return list(entry) if len(entry) <= MANY else [entry[0], entry[-1]]
