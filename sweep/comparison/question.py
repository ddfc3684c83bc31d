"""What a comparison is asked: the scored runs of each cell, and how sure its answer must be."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sweep.comparison.cell_runs import CellRuns
from sweep.comparison.looks_spending import Step, spent
from sweep.comparison.measure import THE_LOSS, Measure
from sweep.comparison.scored_timesteps import ScoredTimesteps
from workers.objective import Objective

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Scores:
    """The runs of a cell: their errors, on which decisions rest, and the objective's values, which people are shown.

    validation, test  (n_seeds,) the objective as deployed; NaN where the run diverged
    """

    runs: CellRuns
    validation: Floats
    test: Floats

    def until(self, last: int) -> "Scores | None":
        """The runs with seeds up to this number; None where there are none."""
        kept = [index for index, seed in enumerate(self.runs.seeds) if seed <= last]
        return Scores(self.runs.at(kept), self.validation[kept], self.test[kept]) if kept else None


def forecast(losses: Floats, *, root: bool) -> CellRuns:
    """A forecast without a model as runs: the same twice, as no seed changes it.

    losses  (n_scored,) the deciding loss of each scored timestep of the test split
    """
    return CellRuns([1, 2], np.zeros(2), [losses, losses], root)


@dataclass(frozen=True)
class Question:
    """What is asked of the runs.

    timesteps      where each scored timestep of the test split stands
    metric, goal   the objective, and whether less or more of it is better
    margin         the relative difference of the error that does not matter
    margin_shown   the margin in the target's units, where it was given in them
    confidence     of all decisions of all looks together
    looks          comparisons on the same data that were already looked at
    seeds          deciding runs of each arm that were asked for
    steps          at which it is asked which arms need more seeds, if it is; the last one has all seeds
    end            the last step as it was planned, by which an arm is hopeless or not, whenever the time is up
    share          the part of what this look may spend that may be spent now: a step's, or all
    shortened      whether the time was up before as many seeds were run as the study asks for
    absent         arms of which no deciding run came to an end
    floor          the error below which a difference is not made relative to the reference's: a hundredth of the best
                   naive forecast's
    crossed        whether arms were compared at common settings
    measure        how values of the objective are shown to people
    baselines      the objective of forecasts without a model on the test split, by name
    forecasts      the same forecasts as runs, where their losses by timestep are known; see `forecast`
    """

    timesteps: ScoredTimesteps
    metric: str = "validation/loss"
    goal: Literal["minimize", "maximize"] = "minimize"
    margin: float = 0.01
    margin_shown: str = ""
    confidence: float = 0.95
    looks: int = 0
    seeds: int = 0
    steps: tuple[Step, ...] = ()
    end: Step | None = None
    share: float = 1.0
    shortened: bool = False
    absent: tuple[str, ...] = ()
    floor: float = 0.0
    crossed: bool = True
    measure: Measure = THE_LOSS
    baselines: Mapping[str, float] = field(default_factory=dict)
    forecasts: Mapping[str, CellRuns] = field(default_factory=dict)

    @property
    def origins(self) -> int:
        """At how many origins the runs were made."""
        return 1 if self.timesteps.origin is None else int(self.timesteps.origin.max()) + 1

    @property
    def sign(self) -> int:
        """1 where more of the objective is worse, -1 where more is better."""
        return Objective(self.metric, self.goal).sign

    @property
    def alpha(self) -> float:
        """The probability of any false decision that may be spent now."""
        return self.share * spent(1 - self.confidence, self.looks)

    def at(self, step: Step) -> "Question":
        """The question at a step: with its seeds, and what it may spend."""
        return replace(self, share=step.share, seeds=step.seeds)

    @property
    def whole(self) -> "Question":
        """The question with all that this look may spend."""
        return replace(self, share=1.0)

    @property
    def later(self) -> "Question":
        """The same question at the next look, with all seeds at once."""
        return replace(self, looks=self.looks + 1, share=1.0)

    @property
    def level(self) -> float:
        """The confidence of all intervals of this look, or step, together."""
        return 1 - self.alpha

    def level_of_each(self, arms: int) -> float:
        """The confidence of one of so many arms' intervals (Bonferroni)."""
        return 1 - self.alpha / max(arms, 1)
