"""How far the ledger has come with an unfinished trial."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class RunningTrial:
    """An unfinished trial, and what the ledger has of its pruning.

    trial_id  Optuna's, unique among all trials of the database
    decided   the last epoch after which it was decided not to prune
    pruned    whether it was decided to prune
    notes     what pruners have noted of it, as far as that is written
    """

    trial_id: int
    decided: int = -1
    pruned: bool = False
    notes: dict[str, Any] = field(default_factory=dict)
