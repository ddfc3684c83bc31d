"""How far the ledger has come with an unfinished trial."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class RunningTrial:
    """An unfinished trial, and what the ledger has of its pruning.

    trial_id   Optuna's, unique among all trials of the database
    decided    the last epoch after which it was decided not to prune
    pruned     whether it was decided to prune
    unwritten  values by epoch that the ledger may lack
    noted      what pruners had noted of it when they last decided not to prune
    written    what of that is in the ledger
    """

    trial_id: int
    decided: int = -1
    pruned: bool = False
    unwritten: dict[int, float] = field(default_factory=dict)
    noted: dict[str, Any] = field(default_factory=dict)
    written: dict[str, Any] = field(default_factory=dict)

    def mark_written(self) -> None:
        """Note that the ledger has everything."""
        self.written |= self.noted
        self.unwritten.clear()

    @property
    def news(self) -> dict[str, Any]:
        """What pruners have noted that is not in the ledger."""
        return {name: value for name, value in self.noted.items() if self.written.get(name, ...) != value}
