"""The baselines: forecasts that need no model, and whose scores a model must beat.

A forecast of a table's future values is a row of NAIVE_FORECASTS, any other baseline a row of BASELINES.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workers.data.losses import loss_of
from workers.data.shift import shifted
from workers.data.timeline import Floats, Integers, Timeline

Numbers = NDArray[np.float64]
Sequence = NDArray[np.int64]
Scores = dict[str, dict[str, float]]


def naive_forecasts(now: Numbers, sequence: Sequence, horizon: int, season: int | None) -> dict[str, Numbers]:
    """The rows of NAIVE_FORECASTS that apply, by name: (rows, n_targets) what each forecasts for `horizon` rows later.

    now: (rows, n_targets) the targets' present values; sequence: (rows,) the number of each row's sequence;
    season: rows, or none where the study file names no season.
    """
    forecasts = {name: forecast(now, sequence, horizon, season) for name, forecast in NAIVE_FORECASTS.items()}
    return {name: values for name, values in forecasts.items() if values is not None}


def _persistence(now: Numbers, _sequence: Sequence, _horizon: int, _season: int | None) -> Numbers:
    """The last known value."""
    return now


def _seasonal(now: Numbers, sequence: Sequence, horizon: int, season: int | None) -> Numbers | None:
    """The value one season before the forecast moment, or as many whole seasons before as it takes to be known by now.

    It is persistence where the sequence is too young. Hyndman and Athanasopoulos, Forecasting: Principles and
    Practice, 3rd edition, section 5.2.
    """
    if season is None:
        return None
    seasons = -(-horizon // season)
    before = shifted(now, sequence, horizon - seasons * season)
    return np.where(np.isnan(before), now, before)


NAIVE_FORECASTS: Mapping[str, Callable[[Numbers, Sequence, int, int | None], Numbers | None]] = {
    "persistence": _persistence,
    "seasonal": _seasonal,
}


class Baseline(NamedTuple):
    """A prediction from the training part alone.

    applies   whether the baseline is defined for a timeline's targets
    measures  timeline, its training timesteps (n,) and those held back (m,) -> the measures of the timeline's loss, by
              name, as means over those held back; what is predicted may depend on the training targets alone
    """

    applies: Callable[[Timeline], bool]
    measures: Callable[[Timeline, Integers, Integers], dict[str, float]]


def baseline_scores(timeline: Timeline, train: Integers, held_back: Integers) -> Scores:
    """The metrics of each baseline by its name, such as {"persistence": {"loss": 9.0, "rmse": 3.0}}.

    train: (n,) the scored timesteps of the training part; held_back: (m,) those of the split. Without any, {}.
    """
    if not len(held_back):
        return {}
    forecasts = {name: values[held_back] for name, values in timeline.forecasts.items()}
    measures = {name: _squared_error(forecast, timeline, held_back) for name, forecast in forecasts.items()}
    for name, baseline in BASELINES.items():
        if baseline.applies(timeline):
            measures[name] = baseline.measures(timeline, train, held_back)
    loss = loss_of(timeline)
    return {name: loss.metrics_of(means) for name, means in measures.items()}


def _squared_error(forecast: Floats, timeline: Timeline, held_back: Integers) -> dict[str, float]:
    return {"loss": float(np.mean((forecast - timeline.targets[held_back]) ** 2, dtype=np.float64))}


def _mean(timeline: Timeline, train: Integers, held_back: Integers) -> dict[str, float]:
    """The mean of the training targets."""
    return _squared_error(timeline.targets[train].mean(axis=0), timeline, held_back)


def _majority(timeline: Timeline, train: Integers, held_back: Integers) -> dict[str, float]:
    """The commonest class of the training part; its loss is the cross entropy of the training frequencies, in nats."""
    n_classes, labels = timeline.n_classes, timeline.targets[held_back]
    frequency = (np.bincount(timeline.targets[train], minlength=n_classes) + 1) / (len(train) + n_classes)
    return {
        "loss": float(-np.log(frequency[labels]).mean()),
        "accuracy": float((labels == frequency.argmax()).mean()),
    }


def _bigram(timeline: Timeline, train: Integers, held_back: Integers) -> dict[str, float]:
    """The character that most often followed the same one in the training part; its loss is as of `majority`."""
    n = timeline.n_classes
    pairs = np.column_stack([timeline.features[:, 0].astype(np.int64), timeline.targets])
    counts = np.bincount(pairs[train] @ [n, 1], minlength=n**2).reshape(n, -1) + 1
    frequency = counts / counts.sum(axis=1, keepdims=True)
    now, then = pairs[held_back].T
    return {
        "loss": float(-np.log(frequency[now, then]).mean()),
        "accuracy": float((frequency.argmax(axis=1)[now] == then).mean()),
    }


BASELINES: Mapping[str, Baseline] = {
    "mean": Baseline(lambda timeline: not timeline.n_classes and not timeline.forecasts, _mean),
    "majority": Baseline(lambda timeline: timeline.n_classes > 0, _majority),
    "bigram": Baseline(lambda timeline: bool(timeline.alphabet), _bigram),
}
