"""The table of the baselines that learn: a new one is a row here."""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import NamedTuple, TypeVar

import numpy as np

from workers.baselines import boosting, linear, ngrams
from workers.baselines.material import Forecast, Material, Numbers, statistics
from workers.data.baselines import baseline_scores
from workers.data.dataset import Dataset
from workers.data.timeline import Integers, Sequences, Timeline

MOST_COLUMNS = 1000  # lags of all inputs; of a longer window the latest are taken
MOST_CELLS = 40_000_000  # numbers that are learnt from; of more timesteps every second, third ... is taken
SECONDS = "seconds"  # beside the metrics of a baseline: what it took

T = TypeVar("T")


class Learned(NamedTuple):
    """A baseline that learns.

    applies  whether it is defined for a timeline's targets
    fit      from what may be learnt from, the forecast
    """

    applies: Callable[[Timeline], bool]
    fit: Callable[[Material], Forecast]


def _numbers(timeline: Timeline) -> bool:
    return not timeline.n_classes


def _classes(timeline: Timeline) -> bool:
    return timeline.n_classes > 0 and not timeline.alphabet


def _few_classes(timeline: Timeline) -> bool:
    return timeline.n_classes <= boosting.MOST_CLASSES and not timeline.alphabet


LEARNED: Mapping[str, Learned] = {
    "linear": Learned(_numbers, linear.linear),
    "logistic": Learned(_classes, linear.logistic),
    "boosting": Learned(_few_classes, boosting.boosting),
    "ngram": Learned(lambda timeline: bool(timeline.alphabet), ngrams.ngram),
}


def applicable(dataset: Dataset) -> list[str]:
    """The names of all baselines that are defined for the data: those that learn nothing, then those that do."""
    return [*dataset.baselines, *(name for name, row in LEARNED.items() if row.applies(dataset.timeline))]


def with_learned(dataset: Dataset, names: Collection[str], window: int) -> Dataset:
    """The data with the scores of these baselines beside those that it has, on validation and on the test split.

    names   rows of LEARNED; those that do not apply are left out, as is one of classes where training has only one
    window  timesteps up to the present that each may look at, as far as they make MOST_COLUMNS

    They learn from the training part alone, on one processor, and are tuned on validation as networks are. At further
    origins they learn anew, and are scored on the stretch of each.
    """
    for name, row in LEARNED.items():
        if name in names and row.applies(dataset.timeline) and not _hopeless(dataset):
            dataset = _beside(dataset, name, row, window)
    return dataset


def material_of(dataset: Dataset, window: int) -> Material:
    """What baselines learn from the data."""
    n_features = dataset.timeline.features.shape[1]
    window = max(min(window, MOST_COLUMNS // n_features), 1)
    train, validation = (dataset.scored_timesteps(part) for part in (dataset.train, dataset.validation))
    cells = len(train) * window * n_features
    return Material(dataset.timeline, window, train[:: -(-cells // MOST_CELLS)], validation)


def _hopeless(dataset: Dataset) -> bool:
    """Whether training has one class alone."""
    labels = dataset.timeline.targets[dataset.scored_timesteps(dataset.train)]
    return dataset.timeline.n_classes > 0 and bool((labels == labels[0]).all())


def _beside(dataset: Dataset, name: str, row: Learned, window: int) -> Dataset:
    from threadpoolctl import threadpool_limits  # noqa: PLC0415  (which comes with scikit-learn)

    began, timeline = time.perf_counter(), dataset.timeline
    parts = {"validation": dataset.validation, "test": dataset.test}
    with threadpool_limits(1):
        forecast = row.fit(material_of(dataset, window))
        found = {part: _scored(dataset, forecast, own) for part, own in parts.items() if len(own)}
        for number, places in enumerate(dataset.places_of_origins()[1:], 2):
            origin = dataset.at_origin(number)
            found["test"][places] = _scored(origin, row.fit(material_of(origin, window)), origin.test)
    scores = {
        part: {f"{part}/{name}": value for name, value in baseline_scores(timeline, each, dataset.scaling).items()}
        for part, each in found.items()
    }
    if dataset.judging:
        own = _outputs(dataset, forecast, dataset.scored_timesteps(dataset.test))
        scores["test"] |= {f"test/{metric}": value for metric, value in dataset.judging.of(own).items()}
    scores["validation"][SECONDS] = time.perf_counter() - began
    return replace(
        dataset,
        baselines={**dataset.baselines, name: scores["validation"]},
        test_baselines=_with(dataset.test_baselines, name, scores.get("test")),
        test_forecasts=_with(dataset.test_forecasts, name, found.get("test")),
    )


def _with(row_by_name: Mapping[str, T], name: str, row: T | None) -> dict[str, T]:
    """Another row, if there is one."""
    return {**row_by_name} if row is None else {**row_by_name, name: row}


def _outputs(dataset: Dataset, forecast: Forecast, at: Integers) -> Numbers:
    """What metrics judge: forecasts in the targets' own units, or the probabilities of classes."""
    found, loss, judging = forecast(at), dataset.loss, dataset.judging
    if judging is None or dataset.timeline.n_classes:
        return found
    return judging.of_numbers(loss.in_own_units(np.asarray(loss.outputs(found)), dataset.scaling), loss)


def _scored(dataset: Dataset, forecast: Forecast, part: Sequences) -> Numbers:
    return statistics(dataset.timeline, forecast, dataset.scored_timesteps(part))
