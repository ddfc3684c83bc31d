"""What a comparison is asked: the runs of each arm, their objective, and the confidence of the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workers.objective import Objective

Floats = NDArray[np.floating]

LATER_LOOK = 1 / 4  # of the error probability of one look, the part that the next look may spend


@dataclass(frozen=True)
class ArmRuns:
    """The runs of one arm.

    seeds       (n_seeds,) each once
    validation  (n_seeds,) the objective on the validation split; NaN where the run diverged
    test        (n_seeds,) the objective on the test split; NaN where the run diverged
    losses      (time,) the loss at each scored timestep of the test split, averaged over the runs that finished
    sliding     (n_seeds,) of a stateless arm: its objective on the test split, slid one timestep at a time

    Raises ValueError for seeds that are missing or repeated, and for scores that are not one for each seed.
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
        """(n_seeds,) whether the run did not diverge: both of its scores are finite."""
        return np.isfinite(self.test) & np.isfinite(self.validation)

    @property
    def scores(self) -> Floats:
        """(n_seeds,) on the test split; NaN for a diverged run."""
        return np.where(self.finished, self.test, np.nan)

    @property
    def stable(self) -> bool:
        """Whether no run diverged."""
        return bool(self.finished.all())


@dataclass(frozen=True)
class Question:
    """What is asked of the runs.

    metric          the objective
    goal            whether less or more of it is better
    margin          the relative difference that does not matter
    confidence      of all decisions of the first look together
    looks           comparisons of this study that were already looked at
    starts          (n_sequences,) where in `losses` each test sequence begins
    squared_error   the losses are squared errors, so that an objective named rmse is the root of their mean
    baselines       the objective of forecasts without a model on the test split, by name
    """

    metric: str = "validation/loss"
    goal: Literal["minimize", "maximize"] = "minimize"
    margin: float = 0.01
    confidence: float = 0.95
    looks: int = 0
    starts: NDArray[np.integer] = field(default_factory=lambda: np.zeros(1, int))
    squared_error: bool = False
    baselines: Mapping[str, float] = field(default_factory=dict)

    @property
    def sign(self) -> int:
        """1 where more is worse, -1 where more is better."""
        return Objective(self.metric, self.goal).sign

    @property
    def root(self) -> bool:
        """Whether the objective is the root of the mean loss."""
        return self.squared_error and self.metric.endswith("rmse")

    @property
    def correction(self) -> float:
        """The factor on this look's p values: 1, and 4, 16, ... for later looks."""
        return (1 / LATER_LOOK) ** self.looks

    @property
    def level(self) -> float:
        """The confidence of all of this look's intervals together."""
        return 1 - (1 - self.confidence) / self.correction

    def level_of_each(self, arms: int) -> float:
        """The confidence of one of so many arms' intervals (Bonferroni)."""
        return 1 - (1 - self.level) / max(arms, 1)
