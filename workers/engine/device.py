"""Plans and data as tensors on the device that trains."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from workers.data.dataset import Dataset
from workers.plans.windows import EpochPlan


class DevicePlan(NamedTuple):
    """An EpochPlan as tensors, its steps padded to a power of two so that few shapes are compiled.

    rates  the learning rate at each step, where it is not the same at all
    """

    offset: tf.Tensor
    begin: tf.Tensor
    end: tf.Tensor
    keep: tf.Tensor
    rates: tf.Tensor | None = None

    @classmethod
    def of(cls, plan: EpochPlan, rows: int = 0, rates: NDArray[np.float32] | None = None) -> "DevicePlan":
        """Each (padded steps, lanes), or (rows, lanes), rates (padded steps,); the padded steps are never run."""
        rows = rows or padded(plan.steps)
        fields = (plan.offset, plan.begin, plan.end, plan.keep)
        tensors = [tf.constant(np.pad(values, ((0, rows - plan.steps), (0, 0)))) for values in fields]
        found = cls(*tensors)
        return found if rates is None else found._replace(rates=tf.constant(np.pad(rates, (0, rows - plan.steps))))

    @property
    def shape(self) -> tuple[int, int]:
        """(padded steps, lanes)."""
        return tuple(self.offset.shape)


def padded(steps: int) -> int:
    """The power of two to which so many steps, or slots, are padded."""
    return max(16, 1 << (steps - 1).bit_length())


class Handover(NamedTuple):
    """Where lanes are handed states, and where theirs are noted: before a step, and before its `keep` is applied.

    take, note  (padded steps, lanes) int32: the row of `handed` or of `noted`; -1: none
    handed      (rows, states * units) a lane's states in each row
    noted       (rows + 1, states * units); the last row is never read
    """

    take: tf.Tensor
    note: tf.Tensor
    handed: tf.Tensor
    noted: tf.Tensor


class DeviceData(NamedTuple):
    """The timeline as tensors, uploaded once."""

    features: tf.Tensor
    targets: tf.Tensor
    scored: tf.Tensor

    @classmethod
    def of(cls, dataset: Dataset) -> "DeviceData":
        """float32 (time, n_features); the answers, float32 or of classes int32; float32 (time,)."""
        timeline = dataset.timeline
        scored = timeline.scored.astype(np.float32)
        return cls(tf.constant(timeline.features), tf.constant(timeline.answers(slice(None))), tf.constant(scored))
