"""An evaluation plan on the device, run in pieces that all plans of a split share one compiled program for."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from workers.data.timeline import Floats, Integers
from workers.engine.device import DevicePlan, Handover
from workers.engine.program import Program
from workers.plans.windows import EpochPlan

States = NDArray[np.float32]  # (n, state_size) all states of a lane in a row
Marks = Sequence[tuple[tf.Tensor, ...]]  # by piece, each (rows, lanes): the slots that are taken, and those noted


class Shape(NamedTuple):
    """What plans have in common that share a compiled evaluation.

    window  timesteps
    rows    steps that one call runs at most
    slots   states that can be handed to lanes, and that can be noted, in one run
    shown   whether what is measured are the model's outputs, and not the statistics of its loss
    """

    window: int
    rows: int
    slots: int
    shown: bool = False


class Points(NamedTuple):
    """Where states are handed over: before step `step` of lane `lane` that of slot `slot`; each (n,)."""

    step: Integers
    lane: Integers
    slot: Integers

    def dense(self, steps: int, lanes: int) -> NDArray[np.int32]:
        """(steps, lanes) the slots; -1: none."""
        found = np.full((steps, lanes), -1, np.int32)
        found[self.step, self.lane] = self.slot
        return found


NOWHERE = Points(*[np.zeros(0, np.int64)] * 3)


class Scored(NamedTuple):
    """What was measured at each scored timestep.

    time        (n,) timesteps on the timeline, ascending
    place       (n,) their positions in the windows
    statistics  (n, n_statistics), or the outputs (n, n_outputs)
    """

    time: Integers
    place: Integers
    statistics: Floats


class Laps:
    """A plan cut into pieces of `shape.rows` steps; lanes keep their states from piece to piece."""

    def __init__(self, plan: EpochPlan, shape: Shape) -> None:
        self.plan, self._shape = plan, shape
        self._ended = _with_an_empty_step(plan)  # before which the last states are noted
        self._pieces = [DevicePlan.of(_rows(self._ended, rows), shape.rows) for rows in self._ranges]

    def run(self, program: Program, take: Points, note: Points, handed: States) -> tuple[Scored, States]:
        """What is measured, and the states noted; handed and noted: (slots, state_size).

        A note before step `plan.steps` is taken at the end. Where both meet, a state is noted before it is replaced.
        """
        return self.run_marked(program, self.marks(take, note), handed)

    def marks(self, take: Points, note: Points) -> Marks:
        """Where states are taken and noted, on the device; to be made once for many runs."""
        dense = [points.dense(self._ended.steps, self.plan.lanes) for points in (take, note)]
        return [tuple(tf.constant(self._padded(marks[rows])) for marks in dense) for rows in self._ranges]

    def run_marked(self, program: Program, marks: Marks, handed: States) -> tuple[Scored, States]:
        """As `run`."""
        states = program.zero_states(self.plan.lanes)
        noted = program.zeros(self._shape.slots + 1, program.state_size)
        given = tf.constant(handed)
        found = []
        for rows, piece, (taken, kept) in zip(self._ranges, self._pieces, marks, strict=True):
            part, handover = _rows(self._ended, rows), Handover(taken, kept, given, noted)
            scores, states, noted = program.evaluate(
                piece, self._shape.window, part.steps, handover, states, shown=self._shape.shown
            )
            found.append(_scored(part, scores))
        time, place, statistics = (np.concatenate(parts) for parts in zip(*found, strict=True))
        order = np.argsort(time, kind="stable")
        return Scored(time[order], place[order], statistics[order]), noted.numpy()[:-1]

    def nothing(self, program: Program) -> States:
        """What to hand where nothing is."""
        return np.zeros((self._shape.slots, program.state_size), np.float32)

    @property
    def _ranges(self) -> list[slice]:
        return [slice(at, at + self._shape.rows) for at in range(0, self._ended.steps, self._shape.rows)]

    def _padded(self, marks: NDArray[np.int32]) -> NDArray[np.int32]:
        return np.pad(marks, ((0, self._shape.rows - len(marks)), (0, 0)), constant_values=-1)


def _rows(plan: EpochPlan, rows: slice) -> EpochPlan:
    return EpochPlan(plan.offset[rows], plan.begin[rows], plan.end[rows], plan.keep[rows])


def _with_an_empty_step(plan: EpochPlan) -> EpochPlan:
    offset, begin, end = (np.pad(values, ((0, 1), (0, 0))) for values in (plan.offset, plan.begin, plan.end))
    return EpochPlan(offset, begin, end, np.pad(plan.keep, ((0, 1), (0, 0)), constant_values=1))


def _scored(plan: EpochPlan, scores: NDArray[np.float32]) -> Scored:
    """The timesteps with a weight; scores: as of Program.evaluate."""
    step, lane, place = np.nonzero(scores[..., -1])
    return Scored(plan.offset[step, lane] + place, place, scores[step, lane, place, :-1])
