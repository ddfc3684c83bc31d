"""A loss of targets that are no levels: training minimizes it of them, and what it is of levels is what is judged."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from workers.data.loss_row import Loss, unchanged
from workers.data.scaling import Column, Scaling
from workers.data.timeline import Floats
from workers.data.transforms import TRANSFORMS, Name

MOST = 30.0  # of an error of a logarithm: single precision holds the square of e to this


@dataclass(frozen=True, kw_only=True)
class BentLoss(Loss):
    """A loss of targets that are logarithms, or in their group's scale; `targets` are Timeline.answers.

    Its statistics are those of the levels, each divided by its deviation in training, and then those of the scaled
    targets: training minimizes the latter, and all that is reported, decides or compares is of the former.

    own        the same loss of numbers as they are
    transform  what the targets are of levels
    """

    own: Loss
    transform: Name | None

    @override
    def deciding(self, statistics: Floats, scaling: Scaling, name: str) -> Floats:
        return self.own.deciding(_of_levels(statistics), scaling.of_levels, name)

    @override
    def of_forecasts(self, forecasts: Floats, targets: NDArray[Any], scaling: Scaling) -> Column:
        known, slopes, spreads = np.split(targets.astype(np.float64), 3, axis=-1)
        copies = forecasts.shape[-1] // known.shape[-1]
        away = forecasts - np.tile(known, copies)
        grown = _grown(np, self.transform)(away * np.tile(spreads, copies))
        errors = np.tile(slopes / scaling.of_levels.target_scale, copies) * grown
        parts = (errors, away / np.tile(scaling.target_scale, copies))
        return np.concatenate([self.own.of_scaled(part, np.zeros(known.shape)) for part in parts], axis=-1)

    @override
    def levels(self, values: Floats, base: Floats | None, spreads: Floats | None = None) -> Floats:
        found = super().levels(values, base, spreads)
        return found if self.transform is None else TRANSFORMS[self.transform].back(found.astype(np.float64))


def bent(own: Loss, transform: Name | None, *, by_group: bool) -> BentLoss:
    """The loss of such targets; own: the same of numbers as they are, by_group: whether they are in a group's scale."""

    def statistics(ops: Any, y: Any, targets: Any) -> Any:
        known, slopes, spreads = ops.split(targets, 3, axis=-1)
        forecast = own.link(ops, y)
        copies = forecast.shape[-1] // known.shape[-1]
        away = (forecast - _copied(ops, known, copies)) * _copied(ops, spreads, copies)
        errors = _copied(ops, slopes, copies) * _grown(ops, transform)(away)
        of_levels = own.statistics(ops, own.outputs(errors), ops.zeros_like(known))
        return ops.concatenate([of_levels, own.statistics(ops, y, known)], axis=-1)

    def constant(values: NDArray[Any]) -> Column:
        if transform is None or by_group or own.spreads:  # quantiles of logarithms are the logarithms of quantiles
            return own.constant(values)
        both = TRANSFORMS[transform]
        return both.of(own.constant(both.back(values.astype(np.float64))))

    given = {each.name: getattr(own, each.name) for each in fields(Loss)}
    found = {
        "n_statistics": lambda n_outputs: 2 * own.n_statistics(n_outputs),
        "statistics": statistics,
        "reduce": lambda ops, found: own.reduce(ops, found[..., found.shape[-1] // 2 :]),
        "measures": lambda found, scaling: own.measures(_of_levels(found), scaling.of_levels),
        "constant": constant,
    }
    return BentLoss(**given | found, own=own, transform=transform)


def _of_levels(statistics: Floats) -> Floats:
    return statistics[..., : statistics.shape[-1] // 2]


def _grown(ops: Any, transform: Name | None) -> Callable[[Any], Any]:
    """From an error of a logarithm by which part of itself a level is wrong; of what is no logarithm the error."""
    return unchanged if transform is None else lambda away: ops.expm1(ops.minimum(away, MOST))


def _copied(ops: Any, values: Any, copies: int) -> Any:
    """(..., n_targets * copies) values (..., n_targets), side by side."""
    return values if copies == 1 else ops.concatenate([values] * copies, axis=-1)
