"""The cells of the user's own that a study's trials can have."""

from typing import Any

from sweep.config.sections import Search
from sweep.config.space import Range
from workers.cells import is_own
from workers.spec import ARGUMENT, is_argument

MANY = 20  # values of an argument; of more only the ends are looked at


def own_cells(search: Search) -> dict[str, str]:
    """Their import paths, each with the field of the study file that names it first."""
    entry = search.space.get("cell")
    named = (
        {f"space.cell.{number}": cell for number, cell in enumerate(entry)}
        if isinstance(entry, tuple)
        else {"trial.cell": search.trial.cell}
    )
    named |= {
        f"enqueue.{number}.cell": each.parameters["cell"]
        for number, each in enumerate(search.enqueue)
        if "cell" in each.parameters
    }
    found: dict[str, str] = {}
    for field, cell in named.items():
        if is_own(cell):
            found.setdefault(cell, field)
    return found


def arguments(search: Search) -> list[dict[str, Any]]:
    """What such cells are given beside their units: one value of each that is searched, then each of the others."""
    fixed = _arguments(dict(search.trial))
    searched = {name: _some(entry) for name, entry in search.space.items() if is_argument(name)}
    first = fixed | _arguments({name: values[0] for name, values in searched.items()})
    others = [first | _arguments({name: value}) for name, values in searched.items() for value in values[1:]]
    enqueued = [fixed | _arguments(each.parameters) for each in search.enqueue if _arguments(each.parameters)]
    return [first, *others, *enqueued]


def _arguments(values: Any) -> dict[str, Any]:
    return {name.removeprefix(ARGUMENT): value for name, value in values.items() if is_argument(name)}


def _some(entry: Any) -> list[Any]:
    if isinstance(entry, Range):
        return [entry.low, entry.high]
    return list(entry) if len(entry) <= MANY else [entry[0], entry[-1]]
