"""A warm worker: trains any trial segment by segment, and compiles nothing twice."""

from collections import Counter
from typing import Any

import keras
from numpy.typing import NDArray

from workers.data.dataset import Dataset
from workers.engine import runtime
from workers.engine.checkpoint import Checkpoint
from workers.engine.device import DeviceData
from workers.engine.program import Program
from workers.engine.run import Run
from workers.engine.stopwatch import Stopwatch
from workers.models import model as models
from workers.objective import Objective
from workers.plans import seeds
from workers.signature import Signature
from workers.spec import EpochReport, Segment, TrialSpec


class Trainer:
    """Everything a worker keeps between trials: the data on its device, and one program per signature.

    traces  counts how often TensorFlow traced a "train", an "evaluate" and an "observe" function
    """

    def __init__(self, dataset: Dataset, objective: Objective | None = None) -> None:
        runtime.configure()  # for a process whose entry point has not: with other flags, XLA may round otherwise
        self.dataset = dataset
        self.objective = objective or Objective()
        self.traces: Counter[str] = Counter()
        self._data = DeviceData.of(dataset)
        self._programs: dict[Signature, Program] = {}

    def train(
        self,
        spec: TrialSpec,
        seed: int,
        checkpoint: bytes | None = None,
        seconds: float = 1.0,
        *,
        test: bool = False,
        origin: int = 1,
    ) -> Segment:
        """Train a canonical trial for about `seconds`, from a checkpoint or the beginning.

        `test`: score the test split when finished. `spec` is in canonical form (workers.plans.equivalence). `origin`:
        at which the data are split (workers.data.dataset.Dataset.at_origin).

        The same trial gives the same bits however it is cut into segments, on any processor of the same kind.

        Raises:
            TornCheckpoint: a byte of the checkpoint is missing or changed.
        """
        stopwatch = Stopwatch(self._compile_seconds)
        data = self.dataset.at_origin(origin)
        run = self._run(spec, seed, data, Checkpoint.from_bytes(checkpoint) if checkpoint else None)
        reports: list[EpochReport] = []
        while not run.finished and (stopwatch.working < seconds or not run.moved):
            reports += run.advance(seconds - stopwatch.working)
        if run.finished and run.moved:
            run.calibrate()
        saved = run.checkpoint().to_bytes()
        final = run.final_scores() if run.finished and not run.diverged else None
        scores = run.test_scores() if test and run.finished and not run.diverged else None
        times = stopwatch.working, stopwatch.compiling
        return Segment(tuple(reports), saved, run.finished, *times, scores, run.diverged, final, run.evaluating)

    def _run(self, spec: TrialSpec, seed: int, data: Dataset, checkpoint: Checkpoint | None) -> Run:
        run = Run(spec, seed, self.program(spec), data, self.objective)
        if checkpoint is None:
            run.begin(self.initial_weights(spec, seed))
        else:
            run.resume(checkpoint)
        return run

    def program(self, spec: TrialSpec) -> Program:
        """The program that all trials of this signature share."""
        signature = Signature.of(spec)
        if signature not in self._programs:
            self._programs[signature] = Program(spec, self.dataset, self._data, self.traces)
        return self._programs[signature]

    def initial_weights(self, spec: TrialSpec, seed: int) -> list[NDArray[Any]]:
        """The trainable weights of a fresh model: the same for the same seed and shapes."""
        keras.utils.set_random_seed(int(seeds.stream(seed, "weights", 0).integers(2**31)))
        data, embeddings, code = self.dataset, self.dataset.timeline.embeddings, self.dataset.code_of(spec.network)
        fresh = models.build(spec, data.n_features, data.n_outputs, embeddings=embeddings, code=code)
        return [variable.numpy() for variable in fresh.trainable_variables]

    def _compile_seconds(self) -> float:
        return sum(program.compile_seconds for program in self._programs.values())
