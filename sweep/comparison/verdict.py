"""The result of a comparison of arms. The names of its fields are those of its JSON object."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic_core import to_jsonable_python

from sweep.comparison.interval import Interval
from sweep.comparison.measure import THE_LOSS, Measure
from sweep.comparison.probabilities import Probabilities

Decision = Literal["reference", "better", "worse", "equivalent", "undecided"]
Obstacle = Literal[
    "setting", "margin", "seeds", "test data", "settings", "origins", "diverged runs", "reference of zero"
]


@dataclass(frozen=True)
class AtSetting:
    """An arm against the reference at a setting that both were run at.

    seeds      of the arm, and of the reference
    deciding   whether these runs decide; the others were made to choose settings
    p          two-sided, not corrected for anything
    """

    setting: str
    difference: float
    interval: Interval
    p: float
    seeds: tuple[int, int]
    deciding: bool


@dataclass(frozen=True)
class AtOrigin:
    """Every arm against the reference at one origin, each at its own setting.

    origin       its number, from 1
    timesteps    scored in its stretch of the test split
    differences  by arm, (arm - reference) / reference of the error in that stretch, by the runs of that origin
    begins       when the stretch does, as the time column counts; empty where that is not known
    """

    origin: int
    timesteps: int
    differences: Mapping[str, float]
    begins: str = ""


@dataclass(frozen=True)
class ArmVerdict:
    """One arm against the reference, each at its own setting.

    setting            the name of the arm's own setting
    seeds              deciding runs, diverged ones included
    seeds_planned      those that were to be run until it was decided; fewer come to an end where machines end runs
    mean, sd           of the objective on validation as deployed, over the runs that finished
    test_mean          of the objective on the test split as deployed, over the runs that finished
    reference_test_mean
                       the same of the reference, over its runs with the seeds by which the arm was decided
    difference         (arm - reference) / reference of the error on the test split: negative is better
    stability          the part of the runs that finished
    interval           of the difference over seeds and test data; simultaneous over arms, and corrected for looks
    p_holm             of no difference as tuned and at a common setting; adjusted for arms (Holm), corrected for looks
    probabilities      of a difference as tuned that matters, given these runs
    diebold_mariano    p of that test on the seeds' mean losses; beside the rule, never part of it
    luck               what share of the difference's variance is from the seeds, from the test data, and what more is
                       between origins
    settings           the arm against the reference at each setting that both were run at
    seeds_needed       where undecided: with so many a new comparison would probably decide; none where more than 200
                       would be needed, or where seeds are not the obstacle
    obstacle           where undecided: what stands in the way of a decision
    parameters         the whole configuration: the arm's own fields and those of its setting
    """

    arm: str
    setting: str
    seeds: int
    mean: float
    sd: float
    test_mean: float
    difference: float
    decision: Decision
    stability: float
    interval: Interval | None = None
    p_holm: float | None = None
    probabilities: Probabilities | None = None
    diebold_mariano: float | None = None
    luck: Mapping[str, float] = field(default_factory=dict)
    settings: tuple[AtSetting, ...] = ()
    seeds_needed: int | None = None
    obstacle: Obstacle | None = None
    seeds_planned: int = 0
    reference_test_mean: float | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def finished(self) -> int:
        """Runs that did not diverge."""
        return round(self.stability * self.seeds)

    def at(self, setting: str) -> AtSetting | None:
        """The arm against the reference at this setting; None where they were not both run there."""
        return next((row for row in self.settings if row.setting == setting), None)


@dataclass(frozen=True)
class BaselineVerdict:
    """A forecast without a network against the reference, and whether it beats what is recommended.

    test_mean   the objective on the test split
    difference  (baseline - reference) / reference of the error there
    interval    of the difference, over the reference's seeds and the test data; simultaneous over baselines
    decision    better or worse than the recommended arm, or undecided
    """

    name: str
    test_mean: float
    difference: float
    interval: Interval
    decision: Decision


@dataclass(frozen=True)
class CellScores:
    """One cell of the table of arm by setting: the objective as deployed, over its runs of either kind."""

    arm: str
    setting: str
    seeds: int
    validation: float
    test: float


@dataclass(frozen=True)
class Recommendation:
    """What to run: of the arms that are better the one best on validation, at its setting; else the reference at its.

    parameters       the whole configuration
    test_mean        the objective on the test split
    difference       from the reference, as in its row; 0 for the reference
    interval         of the difference, as in its row; none for the reference
    score            what is shown of its objective on the test split, by the verdict's measure
    reference_score  the same of the reference, by the seeds by which this arm was decided
    baseline         the best forecast without a network there; none where none is known
    baseline_score   what is shown of that
    beats            the forecasts without a network that it is shown to beat on the test split
    beaten_by        those that are shown to beat it there
    """

    arm: str
    setting: str
    test_mean: float
    difference: float
    interval: Interval | None = None
    score: float = math.nan
    reference_score: float = math.nan
    baseline: str | None = None
    baseline_score: float = math.nan
    beats: tuple[str, ...] = ()
    beaten_by: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_beaten(self) -> bool:
        """Whether the best forecast without a network is shown to beat it, and is what to use."""
        return self.baseline in self.beaten_by


@dataclass(frozen=True)
class Verdict:
    """The answer in one sentence, and every arm: the reference first, then from better to worse.

    measure    what is shown in the place of the objective's values
    level      the confidence of this look's intervals, all together
    looks      comparisons on these data before this one
    crossed    whether arms were compared at common settings
    cells      the table of arm by setting
    settings   the fields of each setting, by its name
    placebo    the reference's twin against the reference, where the study asks for one: equal arms, so whatever is said
               of it but equivalent or undecided is an error
    baselines  forecasts without a network on the test split, by name
    against    those whose losses by timestep are known, against the reference and the recommended arm
    origins    the differences at each origin; empty where there is one
    spared     runs that decide and were not needed, since arms were decided before
    notes      what else a reader must know, a sentence each
    """

    reference: str
    margin: float
    confidence: float
    level: float
    looks: int
    crossed: bool
    arms: tuple[ArmVerdict, ...]
    recommendation: Recommendation
    measure: Measure = THE_LOSS
    cells: tuple[CellScores, ...] = ()
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    placebo: ArmVerdict | None = None
    sentence: str = ""
    baselines: Mapping[str, float] = field(default_factory=dict)
    against: tuple[BaselineVerdict, ...] = ()
    origins: tuple[AtOrigin, ...] = ()
    spared: int = 0
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The fields as plain lists, numbers and texts; null for what is infinite or unknown."""
        plain: dict[str, Any] = to_jsonable_python(self, inf_nan_mode="null")
        return plain
