"""Study files in which one thing is wrong, or only different."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, NamedTuple

OTHER: tuple[Any, ...] = ("nonsense", -1, 0.5, 2, True, None, [], ["nonsense"], {"nonsense": 1})

Place = tuple[str | int, ...]


class Mutation(NamedTuple):
    """A document that differs from another at one place; what: in words."""

    place: Place
    what: str
    document: Any


def mutations(document: Any) -> Iterator[Mutation]:
    """The document with a name misspelt, a field left out, or another value, at each place in turn."""
    for place in places(document):
        for value in OTHER:
            yield Mutation(place, f"is {value!r}", _with(document, place, value))
        if isinstance(place[-1], str):
            yield Mutation(place, "left out", _without(document, place))
            misspelt = _without(document, place)
            _inside(misspelt, place[:-1])[f"{place[-1]}x"] = _inside(document, place)
            yield Mutation(place, "misspelt", misspelt)


def places(document: Any, at: Place = ()) -> Iterator[Place]:
    """Where something is, whatever is in it."""
    steps = document if isinstance(document, dict) else range(len(document)) if isinstance(document, list) else ()
    for step in steps:
        yield (*at, step)
        yield from places(document[step], (*at, step))


def _inside(document: Any, place: Place) -> Any:
    for step in place:
        document = document[step]
    return document


def _with(document: Any, place: Place, value: Any) -> Any:
    changed = deepcopy(document)
    _inside(changed, place[:-1])[place[-1]] = deepcopy(value)
    return changed


def _without(document: Any, place: Place) -> Any:
    changed = deepcopy(document)
    del _inside(changed, place[:-1])[place[-1]]
    return changed
