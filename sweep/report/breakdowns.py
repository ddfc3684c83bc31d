"""Where errors lie on the test split: by time of day, by group, and by how far into a sequence a row is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sweep.comparison.measure import Measure
from sweep.comparison.verdict import Verdict
from sweep.study.comparison_runs import ComparisonReader
from sweep.study.origins import deciding_of_arms
from workers.data.dataset import Dataset
from workers.data.split_in_words import hours_of_day
from workers.objective import Objective

FEWEST_ROWS = 20  # of a place, or nothing is said of it
FEWEST_SEQUENCES = 10  # of the test split, or how far into them a row is says nothing
MAX_GROUPS = 12
PARTS = 8  # of sequences, with equally many rows

Floats = NDArray[np.floating]
Integers = NDArray[np.integer]


@dataclass(frozen=True)
class Breakdown:
    """What is shown of the objective on parts of the test split.

    by      what it is parted by: hour of the day, group, or timesteps into the sequence
    places  the names of the parts
    rows    how many scored rows each has
    values  by arm or baseline, (n_places,)
    ordered whether the places follow one another
    """

    by: str
    places: Sequence[str]
    rows: Sequence[int]
    values: Mapping[str, Sequence[float]]
    ordered: bool = True


class Line(NamedTuple):
    """An arm or a baseline on the test split.

    losses  (n_scored,) what decides at each scored timestep
    loss    their mean in the targets' own units
    """

    losses: Floats
    loss: float


class Parting(NamedTuple):
    """A way to part the test split.

    place  (n_scored,) the number of each row's part
    names  of the parts, by their numbers
    """

    by: str
    place: Integers
    names: Sequence[str]
    ordered: bool = True


def breakdowns(
    dataset: Dataset, lines: Mapping[str, Line], objective: Objective, measure: Measure, zone: str | None
) -> list[Breakdown]:
    """The error of each line in each part that has enough rows; none where there are no two such parts.

    lines  the arm that counts first
    zone   of the clocks; none: UTC
    """
    if not lines or len(next(iter(lines.values())).losses) != len(dataset.scored_timesteps(dataset.test)):
        return []
    found = (_broken_down(parting, dataset, lines, objective, measure) for parting in _partings(dataset, zone))
    return [each for each in found if each and np.isfinite([*each.values.values()]).all()]


def shown_lines(verdict: Verdict, runs: ComparisonReader, dataset: Dataset, objective: Objective) -> dict[str, Line]:
    """The recommended arm, the reference and the best forecast without a network."""
    made, named = deciding_of_arms(runs, dataset, objective), verdict.recommendation
    lines: dict[str, Line] = {}
    for arm in dict.fromkeys((named.arm, verdict.reference)):
        tests = [run.outcome.test for run in made.get(arm, ()) if run.outcome.test]
        if tests:
            losses = np.asarray(np.mean([test.losses for test in tests], axis=0, dtype=np.float64))
            lines[arm] = Line(losses, float(np.mean([test.metrics["test/loss_deployed"] for test in tests])))
    best, naive = named.baseline or "", dataset.baseline_losses(objective.metric)
    if lines and best in naive:
        lines[best] = Line(naive[best], dataset.test_baselines[best]["test/loss"])
    return lines


def _broken_down(
    parting: Parting, dataset: Dataset, lines: Mapping[str, Line], objective: Objective, measure: Measure
) -> Breakdown | None:
    rows = np.bincount(parting.place, minlength=len(parting.names))
    places = np.flatnonzero(rows >= FEWEST_ROWS)
    if len(places) < 2:
        return None
    kept, by = places.tolist(), parting.by
    if not parting.ordered:
        kept, by = _worst(parting, places, next(iter(lines.values())))
    values = {
        name: [_shown(line, parting.place == each, dataset, objective, measure) for each in kept]
        for name, line in lines.items()
    }
    return Breakdown(by, [parting.names[n] for n in kept], [int(rows[n]) for n in kept], values, parting.ordered)


def _worst(parting: Parting, places: Integers, line: Line) -> tuple[list[int], str]:
    """The places where it errs most, and what they are called."""
    order = np.argsort([-float(line.losses[parting.place == each].mean()) for each in places], kind="stable")
    several = f", the {MAX_GROUPS} of {len(places)} with the largest error" if len(places) > MAX_GROUPS else ""
    return places[order[:MAX_GROUPS]].tolist(), f"{parting.by}{several}"


def _shown(line: Line, here: NDArray[np.bool_], dataset: Dataset, objective: Objective, measure: Measure) -> float:
    """What is shown of the objective on these rows; NaN where it does not follow from what decides."""
    before, now = (float(losses.mean(dtype=np.float64)) for losses in (line.losses, line.losses[here]))
    own = objective.metric.rpartition("/")[2].removesuffix("_deployed")
    return measure.value(dataset.loss.moved(line.loss, before, now, objective.metric).get(own, np.nan))


def _partings(dataset: Dataset, zone: str | None) -> Iterator[Parting]:
    scored, layout = dataset.scored_timesteps(dataset.test), dataset.layout(dataset.test)
    lengths = np.diff(np.append(layout.starts, len(scored)))
    hours = hours_of_day(dataset, scored, zone)
    if hours is not None:
        yield Parting("hour of the day", hours, [str(hour) for hour in range(24)])
    if layout.groups is not None:
        numbers, place = np.unique(np.repeat(layout.groups, lengths), return_inverse=True)
        called = dataset.timeline.group_names
        yield Parting("group", place, [called[n] if called else str(n) for n in numbers], ordered=False)
    if len(layout.starts) >= FEWEST_SEQUENCES and not dataset.timeline.record:
        begins = dataset.timeline.starts
        into = scored - begins[np.searchsorted(begins, scored, side="right") - 1] + 1
        edges = np.unique(np.quantile(into, np.linspace(0, 1, PARTS + 1)[:-1]).astype(int))
        ends = [*(edges[1:] - 1), int(into.max())]
        names = [str(a) if a == b else f"{a}–{b}" for a, b in zip(edges, ends, strict=True)]
        yield Parting("timesteps into the sequence", np.searchsorted(edges, into, side="right") - 1, names)
