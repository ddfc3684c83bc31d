"""One trial under way on a program."""

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from workers.data.dataset import Dataset
from workers.data.loss_row import CARRIED
from workers.data.quantile_loss import shifts
from workers.engine import evaluation
from workers.engine.checkpoint import Arrays, Checkpoint
from workers.engine.device import DevicePlan
from workers.engine.early_stopping import NOTHING_YET, Improvement
from workers.engine.evaluation import Evaluator
from workers.engine.program import Program
from workers.engine.stopwatch import Stopwatch
from workers.objective import EPOCHS_TRAINED, Objective, scored_once
from workers.plans import epochs, seeds
from workers.schedules import is_constant, learning_rates
from workers.spec import PACE, EpochReport, TestScores, TrialSpec

FIRST_STEPS = 16  # run before the pace of a program is known


class Run:
    """One trial under way; to be begun, or resumed from a checkpoint, before it advances.

    moved       whether any step has been trained since
    diverged    what became infinite or NaN, and when; the run is over then
    evaluating  seconds spent on scoring since, without compiling
    """

    def __init__(self, spec: TrialSpec, seed: int, program: Program, dataset: Dataset, objective: Objective) -> None:
        self.moved, self.diverged, self.evaluating = False, "", 0.0
        self._spec, self._seed = spec, seed
        self._program, self._dataset, self._objective = program, dataset, objective
        self._evaluator = Evaluator(spec, dataset.validation, dataset)
        self._cut = epochs.cut_at(spec, dataset.train, dataset.timeline.scored)
        once = {"carried"} if scored_once(CARRIED, objective.metric, stateful=spec.stateful) else set()
        self._modes = [mode for mode in ("matched", "cold", "carried") if mode in self._evaluator.plans.keys() - once]

    def begin(self, weights: Sequence[NDArray[Any]]) -> None:
        """Begin with these weights and zero states."""
        self._epoch = self._step = 0
        self._seconds = 0.0
        self._best_epoch, self._best_value = -1, math.nan
        self._best: Arrays = ()
        self._improvement = NOTHING_YET
        self._sums = tf.zeros(self._program.n_statistics + 2)
        self._states = self._program.zero_states(self._spec.batch_size)
        drawn = (int(seeds.stream(self._seed, name, 0).integers(2**31)) for name in ("dropout", "recurrent_dropout"))
        self._program.reset(weights, *drawn)
        self._program.configure(self._spec)
        self._plan_epoch()

    def resume(self, saved: Checkpoint) -> None:
        """Go on from a checkpoint of the same trial."""
        self._epoch, self._step, self._seconds = saved.epoch, saved.step, saved.seconds
        self._best_epoch, self._best_value, self._best = saved.best_epoch, saved.best_value, saved.best
        self._improvement = Improvement(saved.improved_epoch, saved.improved_value)
        self._sums = tf.constant(saved.sums)
        self._states = [tf.constant(state) for state in saved.states]
        self._program.restore(saved.variables)
        self._program.configure(self._spec)
        self._plan_epoch()

    def checkpoint(self) -> Checkpoint:
        """All that is needed to resume the run from here."""
        return Checkpoint(
            epoch=self._epoch,
            step=self._step,
            seconds=self._seconds,
            best_epoch=self._best_epoch,
            best_value=self._best_value,
            improved_epoch=self._improvement.epoch,
            improved_value=self._improvement.value,
            variables=tuple(variable.numpy() for variable in self._program.variables),
            states=tuple(state.numpy() for state in self._states),
            best=self._best,
            sums=self._sums.numpy(),
        )

    @property
    def finished(self) -> bool:
        """Whether nothing is left to train."""
        waited = self._improvement.is_awaited_in_vain(self._spec, self._epoch)
        return self._epoch >= self._spec.epochs or waited or bool(self.diverged)

    def final_scores(self) -> dict[str, float]:
        """What is scored once, as Segment.final, of the best epoch's weights; the run is over then."""
        self._take_best()
        with self._scoring():
            evaluated = self._evaluator.deployed(self._program)
            found = {
                **evaluation.deployed_metrics(evaluated, self._program, self._dataset),
                **evaluation.by_horizon(evaluated, self._program, self._dataset),
                **evaluation.comparable(evaluated, self._program, self._dataset, self._objective.metric),
            }
            last = self._scored_last()
        if not all(map(math.isfinite, found.values())):
            self.diverged = "validation/loss_deployed was not a finite number"
        trained = {} if self._spec.patience is None else {EPOCHS_TRAINED: float(self._epoch)}
        return {f"validation/{name}": value for name, value in (found | last).items()} | trained

    def calibrate(self) -> None:
        """Move the best epoch's outputs, where the loss asks for it, by what validation shows as deployed.

        What is added to outputs is a part of the head's bias, so that the weights alone forecast what is calibrated.
        """
        loss = self._program.loss
        if not loss.calibrates or self.diverged:
            return
        self._take_best()
        *others, bias = self._best
        with self._scoring():
            residuals = self._evaluator.deployed(self._program).scored.statistics[:, -len(bias) :]
        self._best = (*others, (bias + shifts(residuals, loss.calibrates)).astype(bias.dtype))

    def _take_best(self) -> None:
        others = [variable.numpy() for variable in self._program.variables[len(self._best) :]]
        self._program.restore([*self._best, *others])

    def _scored_last(self) -> dict[str, float]:
        """The loss with the state carried on, where not each epoch has it, and where it is a number."""
        if "carried" in self._modes or "carried" not in self._evaluator.plans:
            return {}
        found = evaluation.losses(self._evaluator.scores(self._program, ["carried"]), self._program, self._dataset)
        return {name: loss for name, loss in found.items() if math.isfinite(loss)}

    def test_scores(self) -> TestScores:
        """The weights that were scored as deployed, on the test split."""
        with self._scoring():
            return evaluation.test_scores(self._spec, self._program, self._dataset, self._objective.metric)

    def advance(self, seconds: float) -> list[EpochReport]:
        """Train as many of this epoch's steps as fit into `seconds`, at least one; its report, if that ended it."""
        pace = self._program.paces.get(self._shape, 0.0)
        count = max(1, int(seconds / pace)) if pace else FIRST_STEPS
        finite = self._train(min(self._plan.steps, self._step + count))
        if not finite:
            self.diverged = f"train/loss was not a finite number in epoch {self._epoch + 1}"
        return self._end_epoch() if finite and self._step == self._plan.steps else []

    def _train(self, stop: int) -> bool:
        """Train up to step `stop` of the epoch; whether all sums are finite."""
        stopwatch = Stopwatch(lambda: self._program.compile_seconds)
        self._sums, self._states = self._program.train(
            self._device_plan, self._spec.window, self._step, stop, self._sums, self._states
        )
        finite = bool(np.isfinite(self._sums.numpy()).all())  # reading the sums waits for the device
        seconds = stopwatch.working
        self._program.paces[self._shape] = seconds / (stop - self._step)
        self._seconds += seconds
        self._step, self.moved = stop, True
        return finite

    def _end_epoch(self) -> list[EpochReport]:
        with self._scoring() as stopwatch:
            scores = self._scores()
        metrics = self._metrics(scores, stopwatch.working)
        if not all(map(math.isfinite, metrics.values())):
            self.diverged = f"validation/loss was not a finite number in epoch {self._epoch + 1}"
            return []
        value = metrics[self._objective.metric]
        self._keep_if_best(value)
        self._improvement = self._improvement.after(self._epoch, value, self._spec, self._objective)
        report = EpochReport(self._epoch, metrics, time.time())
        self._epoch, self._step, self._seconds = self._epoch + 1, 0, 0.0
        self._sums = tf.zeros_like(self._sums)
        if not self.finished and (epochs.changes(self._spec) or not is_constant(self._spec)):
            self._plan_epoch()
        return [report]

    @contextmanager
    def _scoring(self) -> Iterator[Stopwatch]:
        stopwatch = Stopwatch(lambda: self._program.compile_seconds)
        try:
            yield stopwatch
        finally:
            self.evaluating += stopwatch.working

    def _scores(self) -> dict[str, float]:
        found = evaluation.metrics(self._evaluator.scores(self._program, self._modes), self._program, self._dataset)
        if self._objective.as_deployed:
            deployed = self._evaluator.deployed(self._program)
            found |= evaluation.deployed_metrics(deployed, self._program, self._dataset)
        return found

    def _metrics(self, scores: dict[str, float], evaluating: float) -> dict[str, float]:
        *parts, scored, updates = self._sums.numpy().astype(np.float64)
        loss = self._program.loss
        trained = loss.metrics_of(loss.measures(np.array(parts) / max(scored, 1), self._dataset.scaling))
        return {
            **{f"train/{name}": value for name, value in trained.items()},
            **{f"validation/{name}": value for name, value in scores.items()},
            **dict(zip(PACE, (self._seconds + evaluating, self._plan.steps / max(self._seconds, 1e-9)), strict=True)),
            "updates": float(updates),
            "resets": float(self._plan.resets),
            "carried_timesteps": self._plan.carried_timesteps,
            "state_norm": _norm(self._states),
            **self._last_rate,
        }

    def _keep_if_best(self, value: float) -> None:
        objective = self._objective
        if objective.at == "last" or self._best_epoch < 0 or objective.better(value, self._best_value):
            self._best_epoch, self._best_value, self._best = self._epoch, value, self._program.weights

    def _plan_epoch(self) -> None:
        self._plan = epochs.training_plan(self._spec, self._cut, self._epoch, self._seed)
        rates = None if is_constant(self._spec) else learning_rates(self._spec, self._epoch, self._plan.steps)
        self._last_rate = {} if rates is None else {"learning_rate": float(rates[-1])}
        self._device_plan = DevicePlan.of(self._plan, rates=rates)

    @property
    def _shape(self) -> tuple[int, int]:
        return self._spec.window, self._spec.batch_size


def _norm(states: list[Any]) -> float:
    """Root mean square over lanes of the length of a lane's whole state; states: each (lanes, units)."""
    total = sum(float(tf.reduce_sum(tf.square(state))) for state in states)
    return math.sqrt(total / len(states[0]))
