"""The scored runs of a comparison: those that decide, and those that chose the settings."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sweep.comparison.cell_runs import CellRuns
from sweep.comparison.question import Scores
from sweep.comparison.selection import SELECTING_SEEDS, Cell, Selection
from sweep.core.trials import is_twin

Table = Mapping[Cell, Scores]


@dataclass(frozen=True)
class Comparison:
    """The runs of a comparison.

    deciding   those on which decisions rest, of every arm at its own setting at least
    selecting  those by which the settings were chosen, with other seeds. They only show whether an effect depends on
               the setting
    chosen     each arm's setting, and the reference

    Raises ValueError where an arm has no deciding runs at its own setting.
    """

    deciding: Table
    selecting: Table
    chosen: Selection

    def __post_init__(self) -> None:
        missing = [arm for arm in self.chosen.settings if self.chosen.tuned(arm) not in self.deciding]
        if missing:
            raise ValueError(f"no deciding runs of {', '.join(missing)}")

    @property
    def others(self) -> list[str]:
        """The arms beside the reference, by name; without its twin."""
        return sorted(arm for arm in self.chosen.settings if arm != self.chosen.reference and not is_twin(arm))

    @property
    def common(self) -> list[str]:
        """The settings of all cells, by name."""
        return sorted({cell.setting for table in (self.deciding, self.selecting) for cell in table})

    def pair(self, arm: str, setting: str) -> tuple[CellRuns, CellRuns] | None:
        """The deciding runs of an arm and of the reference at a setting; else the selecting ones; None without."""
        own, other = Cell(arm, setting), Cell(self.chosen.reference, setting)
        for table in (self.deciding, self.selecting):
            if own in table and other in table:
                return table[own].runs, table[other].runs
        return None

    def first(self, seeds: int) -> "Comparison | None":
        """With the first of the seeds that decide, so many; None where an arm has no run with one of these."""
        until = SELECTING_SEEDS + seeds
        deciding = {cell: part for cell, scores in self.deciding.items() if (part := scores.until(until))}
        whole = all(self.chosen.tuned(arm) in deciding for arm in self.chosen.settings)
        return replace(self, deciding=deciding) if whole else None

    def spared(self, seeds: int, asked: Mapping[str, int]) -> int:
        """How many runs that decide were not asked for, where each cell was to have so many; asked: of each arm."""
        total = 0
        for cell, scores in self.deciding.items():
            of = [count for arm, count in asked.items() if cell in self._needed_by(arm)]
            made = max(scores.runs.seeds) - SELECTING_SEEDS
            total += max(seeds - max([made, *of]), 0)
        return total

    def _needed_by(self, arm: str) -> set[Cell]:
        """The cells whose runs decide about an arm."""
        return {self.chosen.tuned(arm), *self.chosen.at_own(arm), *self.chosen.at_references(arm)}
