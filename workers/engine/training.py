"""A warm worker: trains any trial segment by segment, and compiles nothing twice."""

import math
import time
from collections import Counter
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from workers.data.timeline import Dataset
from workers.engine import evaluation
from workers.engine.checkpoint import Arrays, Checkpoint
from workers.engine.evaluation import Evaluator
from workers.engine.program import DeviceData, DevicePlan, Program, Signature
from workers.models import model as models
from workers.plans import epochs, seeds
from workers.plans.windows import EpochPlan
from workers.spec import EpochReport, Objective, Segment, TestScores, TrialSpec

FIRST_STEPS = 16  # run before the pace of a signature is known


def configure(threads: int) -> None:
    """Let TensorFlow use this many threads, and grow on a GPU as it needs. To be called before its first operation."""
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)


class Trainer:
    """Everything a worker keeps between trials: the data on its device, and one program per signature.

    `traces` counts how often TensorFlow traced a "train" and an "evaluate" function.
    """

    def __init__(self, dataset: Dataset, objective: Objective | None = None) -> None:
        self.dataset = dataset
        self.objective = objective or Objective()
        self.traces: Counter[str] = Counter()
        self._data = DeviceData.of(dataset)
        self._programs: dict[Signature, Program] = {}
        self.paces: dict[tuple[Any, ...], float] = {}  # seconds per step

    def train(
        self, spec: TrialSpec, seed: int, checkpoint: bytes | None = None, seconds: float = 1.0, *, test: bool = False
    ) -> Segment:
        """Train a canonical trial for about `seconds`, from a checkpoint or the beginning.

        `test`: score the test split when finished. `spec` is in canonical form (workers.plans.equivalence).

        The same trial gives the same bits however it is cut into segments, on any processor of the same kind.
        Raises TornCheckpoint.
        """
        began, compiled = time.perf_counter(), self._compile_seconds
        run = Run(spec, seed, self, Checkpoint.from_bytes(checkpoint) if checkpoint else None)
        reports: list[EpochReport] = []

        def compiling() -> float:
            return self._compile_seconds - compiled

        def training() -> float:
            return time.perf_counter() - began - compiling()

        while not run.finished and (training() < seconds or not run.moved):
            reports += run.advance(seconds - training())
        saved = run.checkpoint().to_bytes()
        scores = run.test_scores() if test and run.finished and not run.diverged else None
        return Segment(tuple(reports), saved, run.finished, training(), compiling(), scores, run.diverged)

    def program(self, spec: TrialSpec) -> Program:
        """The program that all trials of this signature share."""
        signature = Signature.of(spec)
        if signature not in self._programs:
            self._programs[signature] = Program(spec, self.dataset, self._data, self.traces)
        return self._programs[signature]

    def initial_weights(self, spec: TrialSpec, seed: int) -> list[NDArray[Any]]:
        """The weights of a model built afresh after keras.utils.set_random_seed: equal wherever the shapes agree."""
        keras.utils.set_random_seed(int(seeds.stream(seed, "weights", 0).integers(2**31)))
        fresh = models.build(spec, self.dataset.n_features, self.dataset.n_outputs)
        return [variable.numpy() for variable in fresh.trainable_variables]

    @property
    def _compile_seconds(self) -> float:
        return sum(program.compile_seconds for program in self._programs.values())


class Run:
    """One trial under way on a program: begun afresh, or restored from a checkpoint."""

    def __init__(self, spec: TrialSpec, seed: int, trainer: Trainer, checkpoint: Checkpoint | None) -> None:
        self.diverged = ""  # what became infinite or NaN, and when; the run is over then
        self.moved = False
        self._spec, self._seed, self._trainer = spec, seed, trainer
        self._program = trainer.program(spec)
        self._evaluator = Evaluator(spec, trainer.dataset.validation, trainer.dataset)
        self._plan, self._device_plan = self._planned(checkpoint.epoch if checkpoint else 0)
        self._restore(checkpoint) if checkpoint else self._begin()
        self._program.configure(spec)

    def _begin(self) -> None:
        self._epoch = self._step = 0
        self._seconds = 0.0
        self._best_epoch, self._best_value = -1, math.nan
        self._best: Arrays = ()
        self._sums = tf.zeros(self._program.n_statistics + 2)
        self._states = self._program.zero_states(self._spec.batch_size)
        dropout_seed = int(seeds.stream(self._seed, "dropout", 0).integers(2**31))
        self._program.reset(self._trainer.initial_weights(self._spec, self._seed), dropout_seed)

    def _restore(self, saved: Checkpoint) -> None:
        self._epoch, self._step, self._seconds = saved.epoch, saved.step, saved.seconds
        self._best_epoch, self._best_value, self._best = saved.best_epoch, saved.best_value, saved.best
        self._sums = tf.constant(saved.sums)
        self._states = [tf.constant(state) for state in saved.states]
        self._program.restore(saved.variables)

    def checkpoint(self) -> Checkpoint:
        """Where the run stands now."""
        return Checkpoint(
            epoch=self._epoch,
            step=self._step,
            seconds=self._seconds,
            best_epoch=self._best_epoch,
            best_value=self._best_value,
            variables=tuple(variable.numpy() for variable in self._program.variables),
            states=tuple(state.numpy() for state in self._states),
            best=self._best,
            sums=self._sums.numpy(),
        )

    @property
    def finished(self) -> bool:
        """Whether nothing is left to train."""
        return self._epoch >= self._spec.epochs or bool(self.diverged)

    def test_scores(self) -> TestScores:
        """The best epoch's weights on the test split; the run is over then."""
        self._program.restore(
            [*self._best, *(variable.numpy() for variable in self._program.variables[len(self._best) :])]
        )
        return evaluation.test_scores(self._spec, self._program, self._trainer.dataset, self._trainer.objective.metric)

    def advance(self, seconds: float) -> list[EpochReport]:
        """Train as many of this epoch's steps as fit into `seconds`, at least one; its report, if that ended it."""
        pace = self._trainer.paces.get(self._pace_key, 0.0)
        count = max(1, int(seconds / pace)) if pace else FIRST_STEPS
        stop = min(self._plan.steps, self._step + count)
        before, began = self._program.compile_seconds, time.perf_counter()
        self._sums, self._states = self._program.train(
            self._device_plan, self._spec.window, self._step, stop, self._sums, self._states
        )
        finite = bool(np.isfinite(self._sums.numpy()).all())
        took = time.perf_counter() - began - (self._program.compile_seconds - before)
        self._trainer.paces[self._pace_key] = took / (stop - self._step)
        self._seconds += took
        self._step, self.moved = stop, True
        if not finite:
            self.diverged = f"train/loss was not a finite number in epoch {self._epoch + 1}"
        return self._end_epoch() if finite and stop == self._plan.steps else []

    def _end_epoch(self) -> list[EpochReport]:
        before, began = self._program.compile_seconds, time.perf_counter()
        scores = self._evaluator.metrics(self._program)
        evaluating = time.perf_counter() - began - (self._program.compile_seconds - before)
        metrics = self._metrics(scores, evaluating)
        if not all(map(math.isfinite, metrics.values())):
            self.diverged = f"validation/loss was not a finite number in epoch {self._epoch + 1}"
            return []
        self._keep_if_best(metrics[self._trainer.objective.metric])
        report = EpochReport(self._epoch, metrics, time.time())
        self._epoch, self._step, self._seconds = self._epoch + 1, 0, 0.0
        self._sums = tf.zeros_like(self._sums)
        if epochs.changes(self._spec) and not self.finished:
            self._plan, self._device_plan = self._planned(self._epoch)
        return [report]

    def _metrics(self, scores: dict[str, float], evaluating: float) -> dict[str, float]:
        *parts, scored, updates = self._sums.numpy().astype(np.float64)
        trained = self._program.loss.metrics(np.array(parts) / max(scored, 1), self._trainer.dataset.scaling)
        return {
            **{f"train/{name}": value for name, value in trained.items()},
            **{f"validation/{name}": value for name, value in scores.items()},
            "seconds": self._seconds + evaluating,
            "steps_per_second": self._plan.steps / max(self._seconds, 1e-9),
            "updates": float(updates),
            "resets": float(self._plan.resets),
            "carried_timesteps": self._plan.carried_timesteps,
            "state_norm": _norm(self._states),
        }

    def _keep_if_best(self, value: float) -> None:
        objective = self._trainer.objective
        if objective.at == "last" or self._best_epoch < 0 or objective.better(value, self._best_value):
            self._best_epoch, self._best_value, self._best = self._epoch, value, self._program.weights

    def _planned(self, epoch: int) -> tuple[EpochPlan, DevicePlan]:
        plan = epochs.training_plan(self._spec, self._trainer.dataset.train, epoch, self._seed)
        return plan, DevicePlan.of(plan)

    @property
    def _pace_key(self) -> tuple[Any, ...]:
        return (Signature.of(self._spec), self._spec.window, self._spec.batch_size)


def _norm(states: list[Any]) -> float:
    """Root mean square over lanes of the length of a lane's whole state."""
    total = sum(float(tf.reduce_sum(tf.square(state))) for state in states)
    return math.sqrt(total / len(states[0]))
