"""Forecasts of rows, judged by the metrics that a study file asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

import numpy as np

from workers.data.loss_row import Loss
from workers.data.metrics.numbers import NUMBERS
from workers.data.metrics.row import Judged, Numbers, Row
from workers.data.scaling import Scaling
from workers.data.timeline import Floats


@dataclass(frozen=True)
class Judging:
    """Metrics, and the rows on which they judge forecasts.

    rows  the metrics by name
    on    the rows
    base  (rows, n_targets) what is added to forecasts where these are no levels; none: nothing
    spreads  (rows, n_targets) what they are multiplied with before; none: nothing
    """

    rows: Mapping[str, Row]
    on: Judged
    base: Numbers | None = None
    spreads: Numbers | None = None

    def of_outputs(self, y: Floats, loss: Loss, scaling: Scaling) -> Numbers:
        """What outputs y (rows, n_outputs) of a model forecast: the `forecast` of the methods below."""
        if len(self.on.class_names):
            shares = np.exp(y.astype(np.float64) - y.max(axis=1, keepdims=True))
            return np.asarray(shares / shares.sum(axis=1, keepdims=True))
        return self.of_numbers(loss.in_own_units(y, scaling), loss)

    def of_numbers(self, forecasts: Floats, loss: Loss) -> Numbers:
        """The same of forecasts (rows, n_outputs) or (rows, n_targets) in the targets' own units."""
        several = forecasts.shape[1] > self.on.measured.shape[1]
        values = loss.point(forecasts) if several and loss.point else forecasts
        return np.asarray(loss.levels(values, self.base, self.spreads), np.float64)

    def of(self, forecast: Numbers) -> dict[str, float]:
        """The metrics by name, without those that are not defined of these rows.

        forecast: (rows, n_targets), or of classes the probabilities (rows, n_classes). Raises DataError for what goes
        wrong in a function of the user's.
        """
        with np.errstate(all="ignore"):
            found = {name: row.value(self.on, forecast) for name, row in self.rows.items()}
        return {name: value for name, value in found.items() if isfinite(value)}

    def of_each(self, forecast: Numbers) -> list[dict[str, float]]:
        """The same of each of several targets, but for the user's own; empty of one target, and of classes."""
        count = len(self.on.naive)
        if count < 2:
            return []
        ours = {name: row for name, row in self.rows.items() if row is NUMBERS.get(name)}
        each = [Judging(ours, self.on.of_target(number)) for number in range(count)]
        return [one.of(forecast[:, [number]]) for number, one in enumerate(each)]

    @property
    def remarks(self) -> list[str]:
        """What a reader must know of metrics on these rows, a sentence each."""
        return [f"{name} {remark}" for name, row in self.rows.items() if (remark := row.remark(self.on))]
