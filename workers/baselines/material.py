"""What a baseline learns from, and in which form it forecasts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from workers.baselines.lags import Lags, lags
from workers.data.baselines import class_statistics
from workers.data.loss_row import Loss
from workers.data.losses import loss_of
from workers.data.timeline import Integers, Timeline

Numbers = NDArray[np.float64]
Forecast: TypeAlias = Callable[[Integers], Numbers]
"""Timesteps (n,) -> (n, n_outputs) scaled values, or of classes (n, n_classes) probabilities, all above 0."""

CELLS_AT_ONCE = 4_000_000  # numbers in memory while forecasts are made


@dataclass(frozen=True)
class Material:
    """The scaled timeline, and which of it may be learnt from.

    window      timesteps up to the present that a baseline may look at
    train       (n,) timesteps whose targets are learnt
    validation  (m,) timesteps by whose targets a baseline may be tuned, as networks are
    """

    timeline: Timeline
    window: int
    train: Integers
    validation: Integers

    @property
    def n_targets(self) -> int:
        """How many numbers are forecast; of classes there is one target."""
        return 1 if self.timeline.n_classes else int(self.timeline.targets.shape[1])

    def learnt(self, *, padded: bool) -> Lags:
        """(n, window * n_features) the lags of the timesteps that are learnt from."""
        return lags(self.timeline, self.train, self.window, padded=padded)

    def pieces(self, at: Integers, *, padded: bool) -> Iterator[Lags]:
        """The lags of these timesteps, so many at once as memory should hold."""
        n = max(CELLS_AT_ONCE // (self.window * self.timeline.features.shape[1]), 1)
        for begin in range(0, len(at), n):
            yield lags(self.timeline, at[begin : begin + n], self.window, padded=padded)

    def log_loss(self, forecast: Forecast) -> float:
        """The mean cross entropy on validation, in nats."""
        return float(statistics(self.timeline, forecast, self.validation)[:, 0].mean())

    @property
    def loss(self) -> Loss:
        """By which forecasts are scored."""
        return loss_of(self.timeline)

    def mean_loss(self, forecast: Forecast) -> float:
        """The mean on validation, of scaled targets."""
        return float(self.loss.reduce(np, statistics(self.timeline, forecast, self.validation)).mean())


def statistics(timeline: Timeline, forecast: Forecast, at: Integers) -> Numbers:
    """(n, n_statistics) those of the timeline's loss, of a forecast at these timesteps (n,), of which there is one."""
    of_piece = class_statistics if timeline.n_classes else loss_of(timeline).of_scaled
    n = max(CELLS_AT_ONCE // max(timeline.n_classes, 1), 1)
    pieces = (at[begin : begin + n] for begin in range(0, len(at), n))
    return np.concatenate([of_piece(forecast(piece), timeline.answers(piece)) for piece in pieces])


def smoothed(probabilities: Numbers, classes: Integers, n_classes: int, n: int) -> Numbers:
    """(m, n_classes) probabilities of all classes, none of them 0, from those of the classes that training has.

    probabilities: (m, len(classes)); n: how many timesteps were learnt from. Laplace's rule of succession.
    """
    whole = np.zeros((len(probabilities), n_classes))
    whole[:, classes] = probabilities
    return np.asarray((whole * n + 1) / (n + n_classes))
