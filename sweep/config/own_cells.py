"""The cells of the user's own that a study's trials can have."""

from sweep.config.sections import Search
from workers.cells import is_own


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
