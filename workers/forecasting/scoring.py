"""Scores forecasts of rows whose targets are known, as the test split was scored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from workers.data.baselines import MAJORITY, class_statistics, forecasts_at
from workers.data.layout import Layout, layout_of
from workers.data.loss_row import Loss
from workers.data.losses import BITS_PER_CHARACTER, loss_of
from workers.data.scaling import Scaling
from workers.data.splits import everything
from workers.data.timeline import Integers, Timeline
from workers.forecasting.asked_metrics import asked_metrics, of_baseline, of_model
from workers.forecasting.recipe import Recipe

Numbers = NDArray[np.float64]
LOSS = "loss"


@dataclass(frozen=True)
class Scores:
    """How good forecasts of rows were.

    rows       that were given, less those that are left out as in training
    metrics    by name, in the targets' own units: loss, rmse or accuracy, and of several targets `rmse/NAME`; and those
               that the study file asks for, where they are defined of these rows
    baselines  the same of forecasts without a model, by their names
    losses     (n_scored,) what decides at each scored row, as TestScores has it
    naive      the same of the baselines, by their names
    layout     in which pieces, of which groups, and when the scored rows lie
    seen       scored rows that are not later than the last that training saw of their group
    metric     in which models are compared, as people read it: rmse of one target, or what else its loss is called,
               `error` of several (of squared errors the root of their mean, where each target is scaled by its
               deviation in training), bits_per_character, loss, or accuracy where that is the objective
    unit       what the mean of the losses of one target, or its root, is multiplied with to be `metric`
    rooted     whether `metric` is the root of the mean of the losses
    notes      what was mended, a sentence each
    """

    rows: int
    metrics: Mapping[str, float]
    baselines: Mapping[str, Mapping[str, float]]
    losses: Numbers = field(repr=False)
    naive: Mapping[str, Numbers] = field(repr=False)
    layout: Layout = field(repr=False)
    seen: int
    metric: str
    unit: float = 1.0
    rooted: bool = False
    notes: tuple[str, ...] = field(default=())

    def shown(self, mean: float) -> float:
        """The value of `metric` where the mean of what decides is this; at least 0."""
        if self.rooted:
            return float(self.unit * max(mean, 0.0) ** 0.5)
        if self.metric == "accuracy":
            return 1 - mean
        return float(BITS_PER_CHARACTER.of_mean(mean)) if self.metric == "bits_per_character" else self.unit * mean


def scored(recipe: Recipe, timeline: Timeline, y: NDArray[np.float32], folder: Path) -> Scores:
    """The scores of outputs y (time, n_outputs), scaled values or logits, against the timeline's targets.

    folder: where functions of the user's that are metrics are looked for first.
    """
    loss, scaling = loss_of(timeline), recipe.scaling
    at = np.flatnonzero(timeline.scored)
    targets = scaling.scaled(timeline).answers(at)
    statistics = keras.ops.convert_to_numpy(loss.statistics(keras.ops, y[at], targets)).astype(np.float64)
    forecasts = _naive(recipe, timeline, at)
    naive = {name: _statistics(recipe, timeline.answers(at), forecast) for name, forecast in forecasts.items()}
    judging, remarks = asked_metrics(recipe, timeline, at, folder)
    objective = recipe.test.metric if recipe.test else LOSS
    layout = layout_of(timeline, everything(timeline))
    return Scores(
        rows=len(timeline.features),
        metrics=_metrics(loss, statistics, scaling, recipe.target_names) | of_model(judging, y[at], recipe),
        baselines={
            name: _metrics(loss, each, scaling, recipe.target_names) | of_baseline(judging, forecasts[name], recipe)
            for name, each in naive.items()
        },
        losses=loss.deciding(statistics, scaling, objective).astype(np.float64),
        naive={name: loss.deciding(each, scaling, objective).astype(np.float64) for name, each in naive.items()},
        layout=layout,
        seen=_seen(recipe, timeline, at, layout),
        metric=_metric(loss, objective, recipe),
        unit=_unit(loss, scaling),
        rooted=loss.root,
        notes=(*timeline.notes, *remarks),
    )


def _metrics(loss: Loss, statistics: Numbers, scaling: Scaling, targets: tuple[str, ...]) -> dict[str, float]:
    means = statistics.mean(axis=0)
    each = loss.metrics_of_each(means, scaling)
    own = {f"{name}/{target}": one[name] for target, one in zip(targets, each, strict=False) for name in one}
    return loss.metrics_of(loss.measures(means, scaling)) | own


def _naive(recipe: Recipe, timeline: Timeline, at: Integers) -> dict[str, Numbers]:
    """The forecast of each baseline that needs no more than the recipe; at: (n_scored,) the timesteps.

    (n_scored, n_targets) or (n_scored, n_outputs) in the targets' own units, or of classes the probabilities.
    """
    if timeline.n_classes:
        shares = np.array(recipe.class_shares)
        return {MAJORITY: np.broadcast_to(shares, (len(at), len(shares)))} if recipe.class_shares else {}
    known = {name: np.array(own) for name, own in recipe.constants.items()}
    constant = known or {"mean": recipe.scaling.target_mean}
    repeated = {name: np.broadcast_to(own, (len(at), len(own))) for name, own in constant.items()}
    return forecasts_at(timeline, known, at) or repeated


def _statistics(recipe: Recipe, targets: NDArray[Any], forecast: Numbers) -> Numbers:
    """(n_scored, n_statistics) of a baseline."""
    if recipe.class_shares:
        return class_statistics(forecast, targets)
    return recipe.loss.of_forecasts(forecast, targets, recipe.scaling)


def _metric(loss: Loss, objective: str, recipe: Recipe) -> str:
    if loss.called:
        several = len(recipe.target_names) > 1
        return "error" if several else loss.called if loss.called in loss.metrics else LOSS
    if loss.objective(objective).deciding:
        return "accuracy"
    return "bits_per_character" if "bits_per_character" in loss.metrics else LOSS


def _unit(loss: Loss, scaling: Scaling) -> float:
    """Of several targets, and of classes, 1: the mean is shown free of units."""
    scale = scaling.of_levels.target_scale
    if len(scale) != 1:
        return 1.0
    return float(scale[0]) ** (1 if loss.root else loss.power)


def _seen(recipe: Recipe, timeline: Timeline, at: Integers, layout: Layout) -> int:
    if layout.clock is None:
        return 0
    until = np.array([recipe.trained_until.get(name, -np.inf) for name in timeline.group_names or ("",)])
    sequence = np.searchsorted(timeline.starts, at, side="right") - 1
    group = np.zeros(len(at), np.int64) if timeline.groups is None else timeline.groups[sequence]
    return int((layout.clock <= until[group]).sum())
