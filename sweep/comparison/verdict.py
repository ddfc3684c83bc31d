"""The result of a comparison of arms. The names of its fields are those of its JSON object."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic_core import to_jsonable_python

from sweep.comparison.bootstrap import Blocks
from sweep.comparison.paired_statistics import Interval
from sweep.comparison.power import Obstacle

Decision = Literal["reference", "better", "worse", "equivalent", "undecided"]


@dataclass(frozen=True)
class Sliding:
    """An arm against the reference slid one timestep at a time, as a stateless model is deployed.

    It is decided by seeds alone, as there are no losses by timestep.
    """

    reference_mean: float
    difference: float
    interval: Interval
    p_holm: float
    decision: Decision


@dataclass(frozen=True)
class ArmVerdict:
    """One arm against the reference.

    seeds           runs, diverged ones included
    mean, sd        of the objective on validation, over the runs that finished
    test_mean       of the objective on the test split, over the runs that finished
    difference      (arm - reference) / |reference| on the test split: negative is better when minimizing
    stability       the part of the runs that finished
    interval        of the difference over seeds; simultaneous over arms, and corrected for looks
    p_holm          of the paired test; adjusted for arms (Holm), and corrected for looks
    pairs           runs that have a partner of the reference
    block_interval  of the difference over stretches of the test split, at the same confidence; none for a reference
    blocks          what the stretches were made of; none for a reference
    seeds_needed    where undecided: with so many a new comparison would probably decide; none where more than 200 would
                    be needed, or where seeds are not the obstacle
    obstacle        where undecided: what stands in the way of a decision
    sliding         where the reference has sliding scores
    """

    arm: str
    seeds: int
    mean: float
    sd: float
    test_mean: float
    difference: float
    decision: Decision
    stability: float
    interval: Interval | None = None
    p_holm: float | None = None
    pairs: int = 0
    block_interval: Interval | None = None
    blocks: Blocks | None = None
    seeds_needed: int | None = None
    obstacle: Obstacle | None = None
    sliding: Sliding | None = None

    @property
    def finished(self) -> int:
        """Runs that did not diverge."""
        return round(self.stability * self.seeds)


@dataclass(frozen=True)
class Verdict:
    """The answer in one sentence, and every arm: the reference first, then from better to worse.

    level      the confidence of this look's intervals: `confidence`, raised where there were looks before
    looks      comparisons taken before this one
    baselines  naive forecasts on the test split, by name
    notes      what else a reader must know, a sentence each
    """

    reference: str
    margin: float
    confidence: float
    level: float
    looks: int
    arms: tuple[ArmVerdict, ...]
    sentence: str = ""
    baselines: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The fields as plain lists, numbers and texts; null for what is infinite or unknown."""
        plain: dict[str, Any] = to_jsonable_python(self, inf_nan_mode="null")
        return plain
