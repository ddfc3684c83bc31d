"""The pinball loss: several quantiles of each target are forecast, never crossing, and perhaps calibrated."""

from collections.abc import Mapping
from functools import partial
from statistics import NormalDist
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from workers.data.asked_loss import Asked
from workers.data.loss_row import Fitted, Loss, Metric
from workers.data.scaling import Column, Scaling
from workers.data.timeline import Floats

Levels: TypeAlias = tuple[float, ...]
OF_TARGET = 3  # statistics of a target before those of calibration: its loss, whether it is inside, the width
MEDIAN = 0.5
ROUNDING = 1e-6  # deviations: a target so near to an end is within
MOST_MOVES = 100


def quantile_loss(asked: Asked) -> Loss:
    """The mean over levels of the pinball loss; outputs are ordered by level, and then by target.

    Where outputs cross they are put in order, which never enlarges the loss: forecasts, scores and training see them
    so. Outputs of 0 are a normal distribution's quantiles, so that they are in order from the start. Statistics of a
    target are its loss, whether it lies within the outermost quantiles, and how far these are apart; where forecasts
    are to be calibrated there are also the distances of targets from the outputs as they are.

    Source: Koenker & Bassett 1978, Regression Quantiles, Econometrica 46; Chernozhukov, Fernandez-Val & Galichon 2010,
    Quantile and Probability Curves Without Crossing, Econometrica 78.
    """
    levels, count = asked.quantiles, len(asked.quantiles)
    own = OF_TARGET + count if asked.calibrate else OF_TARGET
    several = {"coverage": Metric("coverage", objective=False), "width": Metric("width", objective=False)}
    return Loss(
        applies=lambda timeline: not timeline.n_classes,
        n_statistics=lambda n_outputs: n_outputs // count * own,
        statistics=partial(_statistics, levels, asked.calibrate),
        reduce=lambda ops, found: ops.mean(found[..., : found.shape[-1] // own], axis=-1),
        measures=_measures,
        metrics={"pinball": Metric("loss"), **(several if count > 1 else {})},
        of_targets=True,
        called="pinball",
        in_units=True,
        power=1,
        n_outputs=lambda n_targets: n_targets * count,
        link=partial(_link, levels),
        outputs=lambda forecasts: forecasts - np.repeat(starts(levels), forecasts.shape[-1] // count),
        constant=lambda values: np.quantile(values.astype(np.float64), levels, axis=0).ravel(),
        best_is_mean=False,
        point=partial(_median, levels) if MEDIAN in levels else None,
        spreads=True,
        endings=tuple(f"[{level:g}]" for level in levels),
        calibrates=levels if asked.calibrate else (),
        fitted=Fitted("bent", "quantile", levels),
        program="quantiles",
    )


def _median(levels: Levels, forecasts: Floats) -> Floats:
    width = forecasts.shape[-1] // len(levels)
    return forecasts[..., levels.index(MEDIAN) * width :][..., :width]


def _link(levels: Levels, ops: Any, y: Any) -> Any:
    ordered = _in_order(ops, y, levels)
    return ops.concatenate([ordered[..., number] for number in range(len(levels))], axis=-1)


def _statistics(levels: Levels, calibrate: bool, ops: Any, y: Any, targets: Any) -> Any:
    ordered = _in_order(ops, y, levels)
    errors = [targets - ordered[..., number] for number in range(len(levels))]
    parts = [ops.maximum(level * error, (level - 1) * error) for level, error in zip(levels, errors, strict=True)]
    within = (errors[0] >= -ROUNDING) & (errors[-1] <= ROUNDING)
    inside = ops.where(within, ops.ones_like(targets), ops.zeros_like(targets))
    apart = [targets - part for part in _by_level(y, levels)] if calibrate else []
    loss = sum(parts[1:], parts[0]) / len(levels)
    return ops.concatenate([loss, inside, errors[0] - errors[-1], *apart], axis=-1)


def shifts(residuals: Floats, levels: Levels) -> Column:
    """(n_outputs,) what is added to outputs so that they are quantiles of rows that no training saw.

    residuals: (n, n_outputs) such rows' scaled targets less outputs. Of n + 1 exchangeable rows the part `level` or
    more lies below an upper quantile, and `level` or less below a lower one: the coverage is at least what is asked.
    Where outputs cross nevertheless, they are moved further, by half of what they lack in order: nearly so, if they
    cross often.

    Source: Romano, Patterson & Candes 2019, Conformalized Quantile Regression, NeurIPS 32, with each side by itself.
    """
    apart = residuals.astype(np.float64).reshape(len(residuals), len(levels), -1)
    exact = np.round((len(apart) + 1) * np.array(levels), 9)  # which in binary is a little off: 0.9 of 100 is 90
    rank = np.where(np.array(levels) >= MEDIAN, np.ceil(exact), np.floor(exact)).astype(np.int64)
    place, number = np.clip(rank, 1, len(apart)) - 1, np.arange(len(levels))
    found = moved = np.sort(apart, axis=0)[place, number]
    lacking = np.inf
    for _ in range(MOST_MOVES):
        in_order = -np.sort(moved - apart, axis=1)  # the least output has the largest residual
        more = np.sort(in_order, axis=0)[place, number]
        if np.abs(more).max() < lacking:
            found, lacking = moved, np.abs(more).max()
        moved = moved + more / 2
        if not lacking:
            break
    return np.asarray(found.ravel())


def starts(levels: Levels) -> tuple[float, ...]:
    """What outputs of 0 forecast: a normal distribution's quantiles, so that training begins with some in order."""
    return tuple(round(NormalDist().inv_cdf(level), 6) for level in levels)


def _by_level(y: Any, levels: Levels) -> list[Any]:
    """(..., n_targets) each."""
    width = y.shape[-1] // len(levels)
    return [y[..., number * width : (number + 1) * width] + start for number, start in enumerate(starts(levels))]


def _in_order(ops: Any, y: Any, levels: Levels) -> Any:
    """(..., n_targets, levels), ascending."""
    return ops.sort(ops.stack(_by_level(y, levels), axis=-1), axis=-1)


def _measures(statistics: NDArray[Any], scaling: Scaling) -> Mapping[str, Floats]:
    n, scale = len(scaling.target_scale), scaling.target_scale
    loss, inside, width = (statistics[..., part * n : (part + 1) * n] for part in range(OF_TARGET))
    return {
        "loss": np.asarray((loss * scale).mean(axis=-1)),
        "coverage": np.asarray(inside.mean(axis=-1)),
        "width": np.asarray((width * scale).mean(axis=-1)),
    }
