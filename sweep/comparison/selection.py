"""Which setting each arm is compared at, and which arm is the reference: chosen on validation, by runs of their own."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sweep.core.trials import is_twin, twin_of
from workers.plans.arms import STATELESS

SELECTING_SEEDS = 3  # numbers 1 to 3; the seeds that decide are numbered from 4, so that none does both
MIN_SETTINGS = 2  # settings of an arm at least that get all selecting seeds

Floats = NDArray[np.floating]


class Cell(NamedTuple):
    """An arm at a setting; both by name. A setting is all of a configuration that is not about state."""

    arm: str
    setting: str


@dataclass(frozen=True)
class Selection:
    """The choice of settings.

    reference  the stateless arm that is best on validation, at its best setting; of all arms where none is stateless
    settings   of each arm, the setting at which it is best
    """

    reference: str
    settings: Mapping[str, str]

    def tuned(self, arm: str) -> Cell:
        """The arm at its own setting."""
        return Cell(arm, self.settings[arm])

    def at_own(self, arm: str) -> tuple[Cell, Cell]:
        """The arm and the reference at the arm's setting."""
        return self.tuned(arm), Cell(self.reference, self.settings[arm])

    def at_references(self, arm: str) -> tuple[Cell, Cell]:
        """The arm and the reference at the reference's setting."""
        return Cell(arm, self.settings[self.reference]), self.tuned(self.reference)

    def deciding(self, cells: Collection[Cell], *, crossed: bool, among: Collection[str] | None = None) -> list[Cell]:
        """Of these cells those that decide: all arms as tuned and, crossed, all pairs at the settings of either.

        among: the arms that are still to be decided; all by default
        """
        twin = twin_of(self.reference)
        arms = [arm for arm in self.settings if not is_twin(arm) or arm == twin]
        if among is not None:
            arms = [arm for arm in arms if arm in among or arm == self.reference]
        wanted = [self.tuned(arm) for arm in arms]
        if crossed:
            pairs = [pair(arm) for pair in (self.at_own, self.at_references) for arm in arms]
            wanted += [cell for pair in pairs for cell in pair]
        return [cell for cell in dict.fromkeys(wanted) if cell in cells]


def select(validation: Mapping[Cell, Floats]) -> Selection:
    """The choice of settings and of the reference.

    validation  (n_seeds,) the error of each cell's runs on the validation split, as deployed; NaN where a run diverged

    Of an arm's cells those with the most runs are candidates: the others were given up. A cell with a smaller part of
    diverged runs comes first, then one with a smaller mean, then the first by name.
    """
    most: dict[str, int] = {}
    for cell, errors in validation.items():
        most[cell.arm] = max(most.get(cell.arm, 0), len(errors))
    best: dict[str, Cell] = {}
    for cell in sorted(validation, key=lambda cell: _rank(cell, validation)):
        if len(validation[cell]) == most[cell.arm]:
            best.setdefault(cell.arm, cell)
    ranked = sorted((cell for cell in best.values() if not is_twin(cell.arm)), key=lambda cell: _rank(cell, validation))
    reference = next((cell for cell in ranked if cell.arm in STATELESS), ranked[0])
    return Selection(reference.arm, {cell.arm: cell.setting for cell in best.values()})


def best_cell(validation: Mapping[Cell, Floats]) -> Cell | None:
    """The cell that is best on validation, by the rule of `select`; None where no run of any finished."""
    found = min(validation, key=lambda cell: _rank(cell, validation), default=None)
    return found if found is not None and np.isfinite(validation[found]).any() else None


def kept(validation: Mapping[Cell, Floats]) -> list[Cell]:
    """The cells that get more selecting runs: the better half of each arm's, but two of it at least.

    Source: successive halving, Jamieson & Talwalkar 2016 (arXiv 1502.07943).
    """
    cells = sorted(validation, key=lambda cell: _rank(cell, validation))
    of_arm: dict[str, list[Cell]] = {}
    for cell in cells:
        of_arm.setdefault(cell.arm, []).append(cell)
    chosen = {cell for own in of_arm.values() for cell in own[: _stay(len(own))]}
    return [cell for cell in validation if cell in chosen]


def most_runs(arms: int, settings: int, seeds: int, *, crossed: bool, beside: int = 0, origins: int = 1) -> int:
    """How many runs a comparison of so many arms takes at most, with so many configurations run beside them."""
    if not crossed:
        return (arms * origins + beside) * seeds
    selecting = arms * settings + arms * min(settings, _stay(settings)) * (SELECTING_SEEDS - 1)
    return selecting + (min(3 * arms - 2, arms * settings) * origins + beside) * seeds


def _stay(settings: int) -> int:
    """Of so many settings of an arm, those that get all selecting seeds."""
    return max(MIN_SETTINGS, -(-settings // 2))


def _rank(cell: Cell, validation: Mapping[Cell, Floats]) -> tuple[float, float, Cell]:
    errors = validation[cell]
    finished = errors[np.isfinite(errors)]
    return 1 - len(finished) / len(errors), float(finished.mean()) if len(finished) else np.inf, cell
