"""When a trial has waited long enough for an improvement."""

import math
from typing import NamedTuple

from workers.objective import Objective
from workers.spec import TrialSpec


class Improvement(NamedTuple):
    """The last epoch, from 0, that improved on all before by more than the trial's `min_delta`, and its value.

    It is the rule of keras.callbacks.EarlyStopping: a value that is better by less changes nothing, so that many small
    steps count once they come to more than `min_delta` together.
    """

    epoch: int
    value: float

    def after(self, epoch: int, value: float, spec: TrialSpec, objective: Objective) -> "Improvement":
        """The same after another epoch."""
        improves = self.epoch < 0 or objective.better(value, self.value, by=spec.min_delta)
        return Improvement(epoch, value) if improves else self

    def is_awaited_in_vain(self, spec: TrialSpec, epochs: int) -> bool:
        """Whether so many epochs are enough: the last `patience` of them brought no improvement."""
        return spec.patience is not None and self.epoch >= 0 and epochs - 1 - self.epoch >= spec.patience


NOTHING_YET = Improvement(-1, math.nan)
