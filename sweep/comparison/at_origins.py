"""The difference at each origin: whether an arm wins everywhere, or in one stretch of the test split alone."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from sweep.comparison.cell_runs import CellRuns
from sweep.comparison.comparison import Comparison
from sweep.comparison.question import Question
from sweep.comparison.verdict import ArmVerdict, AtOrigin


def at_origins(comparison: Comparison, rows: Sequence[ArmVerdict], question: Question) -> Iterator[AtOrigin]:
    """Every arm against the reference at each origin, by the seeds by which each was decided; nothing with one origin.

    rows  of the arms beside the reference
    """
    origin = question.timesteps.origin
    if origin is None:
        return
    chosen = comparison.chosen
    for number in range(int(origin.max()) + 1):
        where = np.flatnonzero(origin == number)
        found = {}
        for row in rows:
            part = comparison.first(row.seeds_planned) or comparison
            own, reference = (part.deciding[chosen.tuned(arm)].runs for arm in (row.arm, chosen.reference))
            found[row.arm] = _difference(own, reference, where, question.floor)
        yield AtOrigin(number + 1, len(where), found)


def _difference(arm: CellRuns, reference: CellRuns, where: NDArray[np.integer], floor: float) -> float:
    """(arm - reference) / reference of the mean error at these timesteps; NaN where no run of either finished."""
    own, other = (_error(cell, where) for cell in (arm, reference))
    return (own - other) / (max(abs(other), floor) or 1.0)


def _error(cell: CellRuns, where: NDArray[np.integer]) -> float:
    if not cell.finished.any():
        return np.nan
    means = cell.finished_losses[:, where].mean(axis=1)
    return float((np.sqrt(means) if cell.root else means).mean())
