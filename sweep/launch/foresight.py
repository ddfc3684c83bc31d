"""What a comparison can probably find, said before anything is trained: by this test split, and so many seeds."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, TypeVar

import numpy as np

from sweep.comparison.data_luck import mean_luck
from sweep.comparison.known_luck import NOTHING, KnownLuck
from sweep.comparison.looks_spending import spent, steps
from sweep.comparison.scored_timesteps import ScoredTimesteps
from sweep.comparison.smallest_difference import (
    POWER,
    Design,
    Spread,
    chance_of_equality,
    chance_to_find,
    fewest_seeds,
    smallest_difference,
)
from sweep.config.sections import Compare, StudyConfig
from sweep.config.turns import compared_arms
from sweep.core.wording import counted
from sweep.launch import databases
from workers.data.dataset import Dataset
from workers.plans.crossing import ABOUT_STATE

T = TypeVar("T")

# What is assumed where no run tells: docs/comparison.md says by what.
SEEDS = 0.005, 0.03  # the standard deviation of a configuration's error over seeds, as a part of it
ALIKE = 0.2, 0.5  # the luck of the difference of two arms by the test data, as a part of that of a naive forecast
LARGE = 100  # numbers from here on are shown whole


class Foresight(NamedTuple):
    """What can be said of a comparison; of two figures the first is for as little luck as is assumed, and as much.

    smallest  the differences that are found with a chance of 0.8, as parts of the reference's error; infinite: none
    unit      the reference's error in the target's units, as far as a naive forecast tells; NaN where unknown
    margin    the difference that does not matter, as a part; NaN where it is in units that cannot be told
    tells     whether a difference as large as the margin is told from none
    equals    whether equal arms are shown to be equal within the margin
    enough    the seeds with which little luck tells a difference as large as the margin; None where 200 do not suffice
    assumed   what is assumed, in words
    """

    smallest: tuple[float, float]
    unit: float
    margin: float
    tells: tuple[bool, bool]
    equals: tuple[bool, bool]
    enough: int | None
    assumed: str


def foreseen(config: StudyConfig, dataset: Dataset, known: KnownLuck) -> Foresight | None:
    """What the comparison of a study can probably find; None where there is none, or nothing tells of the luck."""
    settings, arms = config.compare, compared_arms(config, dataset)
    naive = _best_naive(config, dataset) if arms else None
    if settings is None or naive is None:
        return None
    loss = dataset.loss
    unit = dataset.test_baselines[naive][f"test/{loss.called}"] if loss.in_units else math.nan
    margin = settings.margin.value / unit if settings.margin.units else settings.margin.value
    design = _design(config, settings, len(arms) - 1, known.looks)
    least = max(margin, 0.0) if math.isfinite(margin) else 0.0
    expected = _spreads(config, dataset, naive, known)
    if expected is None:
        return None
    spreads, assumed = expected
    smallest = [smallest_difference(replace(design, margin=least), spread) for spread in spreads]
    tells = [chance_to_find(margin, design, spread) >= POWER for spread in spreads]
    equals = [chance_of_equality(margin, design, spread) >= POWER for spread in spreads]
    enough = fewest_seeds(margin, design, spreads[0])
    return Foresight(_two(smallest), unit, margin, _two(tells), _two(equals), enough, assumed)


def _two(values: Sequence[T]) -> tuple[T, T]:
    little, much = values
    return little, much


def _best_naive(config: StudyConfig, dataset: Dataset) -> str | None:
    """The baseline with the least error on the test split; None where none errs."""
    errors = {name: error for name, error in dataset.baseline_errors(config.objective.metric).items() if error > 0}
    return min(errors, key=lambda name: errors[name], default=None)


def _design(config: StudyConfig, settings: Compare, others: int, looks: int) -> Design:
    """The comparison with so many arms beside the reference, where one of them differs and has a setting of its own.

    Its margin is zero: what the test alone can tell. Of a comparison in steps the last one counts.
    """
    share = steps(settings.seeds, settings.seeds)[-1].share if settings.stop_when_decided else 1.0
    alpha = spent(1 - settings.confidence, looks) * share / others
    asked = {*config.space, *(name for entry in config.enqueue for name in entry.parameters)}
    crossed = settings.cross and not asked <= ABOUT_STATE
    return Design(settings.seeds, alpha, crossed=crossed, origins=settings.origins)


def _spreads(config: StudyConfig, dataset: Dataset, naive: str, known: KnownLuck) -> tuple[list[Spread], str] | None:
    """The luck that is expected, little and much, and in words what by; None where the test split is too short."""
    seeds, by = SEEDS, "; the first runs will tell"
    if known.seeds is not None:
        seeds, by = (known.seeds, known.seeds), f", as {known.runs} earlier runs did"
    data = known.test_data and ((known.test_data.variance(),) * 2, known.test_data.freedom, ", as earlier runs did")
    data = data or _by_naive(config, dataset, naive)
    if data is None:
        return None
    variances, freedom, because = data
    spreads = [Spread(*luck, freedom) for luck in zip(seeds, variances, strict=True)]
    looks = f"; {counted(known.looks, 'other comparison')} looked at these test data before" if known.looks else ""
    over_seeds = f"errors vary by {percents(*seeds)} over seeds{by}"
    over_data = f"two arms by {percents(*np.sqrt(variances))} with the test data{because}"
    by_origins = "; origins differ by no more than that, which only their runs will tell" if config.origins > 1 else ""
    return spreads, f"{over_seeds}; {over_data}{by_origins}{looks}"


def _by_naive(config: StudyConfig, dataset: Dataset, naive: str) -> tuple[tuple[float, float], float, str] | None:
    """The variances of the difference of two arms, little and much, their degrees of freedom, and what says so.

    A part of the luck of a forecast without a model, whose losses have the memory and the bursts of these test data.
    """
    losses = dataset.baseline_losses(config.objective.metric)[naive].astype(float)
    error = losses.mean()
    parts = losses / (2 * error if dataset.loss.root else error)  # the root of the mean, linearised
    luck = mean_luck(parts, ScoredTimesteps.of(dataset.layout(dataset.test), len(losses)))
    if luck is None or not luck[0]:
        return None
    variance, freedom = luck
    worth = min(parts.var() / variance, len(losses))
    because = (
        f" (a fifth to a half of the luck of {naive}, {percents(np.sqrt(variance))}: its {len(losses):,} timesteps"
        f" tell as much as {worth:,.0f} independent ones)"
    )
    little, much = (variance * part**2 for part in ALIKE)
    return (little, much), freedom, because


def described(config: StudyConfig, dataset: Dataset) -> dict[str, str]:
    """For the dry run, in words, by what the ledger tells; nothing where nothing can be said.

    Raises ServiceUnavailable and StudyChanged, as the ledger does.
    """
    found = foreseen(config, dataset, _known(config, dataset))
    return {"finds": f"{_finds(config, found)}{_of_margin(found)}", "assuming": found.assumed} if found else {}


def note(config: StudyConfig, dataset: Dataset) -> str:
    """What a launch says where its comparison plainly cannot decide the margin; empty where it may, or has begun to.

    Raises as `described`.
    """
    known = _known(config, dataset)
    found = None if known.decided else foreseen(config, dataset, known)
    if found is None or not found.margin > 0 or found.tells[0]:
        return ""
    return f"the comparison will hardly decide; it finds {_finds(config, found)}{_of_margin(found)}"


def _known(config: StudyConfig, dataset: Dataset) -> KnownLuck:
    return databases.known_luck(config, config.compare, dataset) if config.compare else NOTHING


def _finds(config: StudyConfig, found: Foresight) -> str:
    if not math.isfinite(found.smallest[0]):
        return "no difference, however large"
    shown = config.units and math.isfinite(found.unit)
    units = f" ({between(*(each * found.unit for each in found.smallest))} {config.units})" if shown else ""
    return f"a difference of {percents(*found.smallest)} of the error{units} in {percents(POWER)} of such studies"


def _of_margin(found: Foresight) -> str:
    if not found.margin > 0:
        return ""
    margin = f"the margin, {percents(found.margin)}"
    if found.tells[0]:
        sure = "" if found.tells[1] else "with little luck "
        equal = ", and equal arms are shown to be equal" if found.equals[found.tells[1]] else ""
        return f"; {sure}one as large as {margin}, is told from none{equal}"
    more = f"{found.enough} seeds might do" if found.enough else "no number of seeds helps, but more test data may"
    return f"; one as large as {margin}, would rather stay undecided, and so would equal arms: {more}"


def percents(*parts: float) -> str:
    """Such as `1.4 to 4.2 %`; parts: one, or the least and the largest."""
    return f"{between(*(100 * part for part in parts))} %"


def between(*values: float) -> str:
    """Such as `1.4 to 4.2`, or `1.4` where they look the same; `1.4 to more` where one is infinite."""
    return " to ".join(dict.fromkeys(_shown(value) for value in values))


def _shown(value: float) -> str:
    if not math.isfinite(value):
        return "more"
    return f"{value:.2g}" if value < LARGE else f"{value:.0f}"
