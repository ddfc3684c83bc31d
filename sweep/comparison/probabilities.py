"""How probable it is that an arm is better, the same or worse."""

from typing import NamedTuple


class Probabilities(NamedTuple):
    """That the arm is better by more than the margin, the same within it, or worse by more; they sum to 1."""

    better: float
    same: float
    worse: float
