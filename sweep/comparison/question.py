"""What is asked: the runs of each arm, what they are scored by, and how surely the answer must be known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

LATER_LOOK = 1 / 4  # what a look may spend of the error that the look before it could


@dataclass(frozen=True)
class ArmRuns:
    """The runs of one arm.

    seeds       (n_seeds,) each once
    validation  (n_seeds,) the objective on the validation split; NaN where the run diverged
    test        (n_seeds,) the objective on the test split; NaN where the run diverged
    losses      (time,) of each scored timestep of the test split, averaged over the runs that finished
    sliding     (n_seeds,) of a stateless arm: its objective on the test split, slid one step at a time
    """

    arm: str
    seeds: Sequence[int]
    validation: Floats
    test: Floats
    losses: Floats | None = None
    sliding: Floats | None = None

    def __post_init__(self) -> None:
        n = len(self.seeds)
        if len(set(self.seeds)) != n or not n:
            raise ValueError(f"{self.arm}: needs at least one seed, and each only once, not {list(self.seeds)}")
        for name in ("validation", "test", "sliding"):
            values = getattr(self, name)
            if values is not None and np.shape(values) != (n,):
                raise ValueError(f"{self.arm}: {name} must be ({n},), a number for each seed, not {np.shape(values)}")

    @property
    def finished(self) -> NDArray[np.bool_]:
        """(n_seeds,) whether the run came to finite scores."""
        return np.isfinite(self.test) & np.isfinite(self.validation)

    @property
    def scores(self) -> Floats:
        """(n_seeds,) on the test split; NaN for a diverged run."""
        return np.where(self.finished, self.test, np.nan)


@dataclass(frozen=True)
class Question:
    """What is asked of the runs, and how surely it is to be answered.

    margin          the relative difference that does not matter
    looks           comparisons of this study that were already looked at
    starts          (n_sequences,) where in `losses` each test sequence begins
    squared_error   the losses are squared errors, so that an objective named rmse is the root of their mean
    units           what to write after a number, such as mg/dL
    baselines       what needs no model, on the test split, by name: the objective
    """

    metric: str = "validation/loss"
    goal: Literal["minimize", "maximize"] = "minimize"
    margin: float = 0.01
    confidence: float = 0.95
    looks: int = 0
    starts: NDArray[np.integer] = field(default_factory=lambda: np.zeros(1, int))
    squared_error: bool = False
    units: str = ""
    baselines: Mapping[str, float] = field(default_factory=dict)

    @property
    def sign(self) -> int:
        """1 where more is worse, -1 where more is better."""
        return 1 if self.goal == "minimize" else -1

    @property
    def root(self) -> bool:
        """Whether the objective is the root of the mean loss."""
        return self.squared_error and self.metric.endswith("rmse")

    @property
    def correction(self) -> float:
        """By how much this look's p values are multiplied: 1, and for later looks 4, 16, ..."""
        return (1 / LATER_LOOK) ** self.looks

    @property
    def level(self) -> float:
        """The confidence of all of this look's intervals together."""
        return 1 - (1 - self.confidence) / self.correction
