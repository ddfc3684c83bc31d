"""The stretches of the test split of which a report shows the forecasts: where they went worst, as usual, and best."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from workers.data.dataset import Dataset
from workers.data.split_in_words import time_in_words
from workers.forecasting.package import Span

TIMESTEPS = 144  # of a stretch, at most
FEWEST = 8  # of a stretch worth drawing
FURTHEST = 100_000  # timesteps of its group before a stretch, through which a state that is carried must come

Floats = NDArray[np.floating]
Which = Literal["worst", "typical", "best"]


@dataclass(frozen=True)
class Stretch:
    """Timesteps in a row, with what was measured and what was forecast of them, in the targets' own units.

    begins    when, as people write it; empty where it is not known
    measured  (timesteps, n_targets)
    forecast  (timesteps, n_targets); of quantiles the middle one
    band      of quantiles the lowest and the highest, each (timesteps, n_targets); else empty
    resets    the timesteps, from 0, before which the state was reset
    changes   whether the values are changes, of targets whose level is not known
    """

    which: Which
    begins: str
    measured: Sequence[Sequence[float]]
    forecast: Sequence[Sequence[float]]
    resets: Sequence[int]
    changes: bool = False
    band: Sequence[Sequence[Sequence[float]]] = ()

    def as_json(self) -> dict[str, Any]:
        """The fields as plain lists, numbers and texts."""
        return asdict(self)


def chosen(dataset: Dataset, losses: Floats) -> dict[Which, Span]:
    """The stretches by name; losses: (n_scored,) of the test split. None of classes, and where too few are in a row."""
    if dataset.timeline.n_classes or not len(losses):
        return {}
    spans = _spans(dataset)
    if not spans:
        return {}
    order = np.argsort([float(losses[a:b].mean()) for a, b in spans], kind="stable")
    places: dict[Which, int] = {"worst": -1, "typical": len(order) // 2, "best": 0}
    scored = dataset.scored_timesteps(dataset.test)
    found = {which: spans[order[place]] for which, place in places.items()}
    once = {span: which for which, span in reversed(found.items())}
    return {which: (int(scored[a]), int(scored[b - 1]) + 1) for which, (a, b) in found.items() if once[a, b] == which}


def _spans(dataset: Dataset) -> list[Span]:
    """Side by side, as positions among the scored timesteps; each in one piece, without a gap in it."""
    scored, starts = dataset.scored_timesteps(dataset.test), dataset.layout(dataset.test).starts
    new = np.unique(np.append(starts, np.flatnonzero(np.diff(scored) != 1) + 1))
    borders = [*new, len(scored)]
    pieces = list(pairwise(borders))
    length = min(TIMESTEPS, max(b - a for a, b in pieces))
    if length < FEWEST:
        return []
    return [
        (at, at + length) for a, b in pieces for at in range(a, b - length + 1, length) if _is_near(dataset, scored[at])
    ]


def _is_near(dataset: Dataset, timestep: int) -> bool:
    return timestep - dataset.timeline.group_start(timestep) <= FURTHEST


def stretch(
    dataset: Dataset, which: Which, span: Span, forecast: Floats, resets: NDArray[np.bool_], zone: str | None
) -> Stretch:
    """A stretch of the study's data. forecast: (timesteps, n_outputs), as the targets are; zone: of its dates."""
    here = slice(*span)
    level = _level(dataset, here)
    quantiles = np.sort(forecast.reshape(len(forecast), -1, dataset.given.targets.shape[1]), axis=1)
    low, middle, high = (_back(dataset, quantiles[:, at], here, level) for at in (0, quantiles.shape[1] // 2, -1))
    return Stretch(
        which=which,
        begins=time_in_words(dataset, span[0], zone),
        measured=_back(dataset, dataset.given.targets[here], here, level).tolist(),
        forecast=middle.tolist(),
        band=(low.tolist(), high.tolist()) if quantiles.shape[1] > 1 else (),
        resets=np.flatnonzero(resets).tolist(),
        changes=level is None,
    )


def _back(dataset: Dataset, values: NDArray[Any], here: slice, level: Floats | float | None) -> Floats:
    """(timesteps, n_targets) levels, of what is forecast of these timesteps; level: see `_level`."""
    timeline = dataset.given
    if not timeline.bent:
        return np.asarray(values + (0.0 if level is None else level))
    base, spreads = (None if each is None else each[here] for each in (timeline.base, timeline.spreads))
    return dataset.loss.levels(values, base, spreads)


def _level(dataset: Dataset, here: slice) -> Floats | float | None:
    """What is added to the targets of these timesteps to make them levels; None where that is not known."""
    timeline = dataset.given
    if not timeline.of_changes:
        return 0.0
    if timeline.horizons or timeline.bent:
        return None if timeline.base is None else timeline.base[here]
    names = timeline.feature_names
    if not set(timeline.target_names) <= set(names):
        return None
    return timeline.features[here][:, [names.index(name) for name in timeline.target_names]]


def from_json(plain: Mapping[str, Any]) -> Stretch:
    """The stretch again."""
    return Stretch(**plain)
