"""What a comparison of arms came to, and the JSON object it is handed on as."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from sweep.comparison.bootstrap import Blocks
from sweep.comparison.intervals import Interval
from sweep.comparison.power import Obstacle

Decision = Literal["reference", "better", "worse", "equivalent", "undecided"]


@dataclass(frozen=True)
class Sliding:
    """The arm against the reference slid one step at a time, as a stateless model is deployed: by seeds alone."""

    reference_mean: float
    difference: float
    interval: Interval
    p_holm: float
    decision: Decision


@dataclass(frozen=True)
class ArmVerdict:
    """One arm against the reference.

    seeds         runs, diverged ones included
    mean, sd      of the objective on validation, over the runs that finished
    test_mean     of the objective on the test split, over the runs that finished
    difference    (arm - reference) / |reference| on the test split: negative is better when minimising
    interval      of the difference over seeds; simultaneous over arms, and corrected for looks
    p_holm        of the paired test; adjusted for arms (Holm), and corrected for looks
    stability     the part of the runs that finished
    pairs         runs that have a partner of the reference
    blocks        the interval over stretches of the test split, at the same confidence; none for a reference
    seeds_needed  where undecided: with so many a new comparison would probably decide; none where more than 200 would
                  be needed, or where seeds are not the obstacle
    obstacle      where undecided: what stands in the way of a decision
    sliding       where the reference has sliding scores
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
    blocks: Blocks | None = None
    seeds_needed: int | None = None
    obstacle: Obstacle | None = None
    sliding: Sliding | None = None


@dataclass(frozen=True)
class Verdict:
    """The answer: one sentence, and every arm with the reference first, then from better to worse.

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
        """Plain lists, numbers and texts; null for what is infinite or unknown."""
        plain: dict[str, Any] = _plain(asdict(self))
        for arm in plain["arms"]:
            blocks = arm.pop("blocks")
            arm["block_interval"] = blocks and blocks.pop("interval")
            arm["blocks"] = blocks
        return plain


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value
