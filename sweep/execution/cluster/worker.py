"""What runs on a worker: one warm trainer, for as long as the study goes on."""

import os
import time
from collections.abc import Sequence
from typing import NamedTuple

import ray

from sweep.execution.protocols import Task
from workers.data.dataset import Dataset
from workers.forecasting.package import FinishedTrial, Forecast, Package, Span
from workers.objective import Objective
from workers.spec import Segment, TrialSpec


class Host(NamedTuple):
    """The process and node of a worker, and since when it is ready, in seconds since 1970."""

    ready_at: float
    node: str
    name: str


class Worker:
    """The Ray actor: imports TensorFlow once, and trains whatever it is given, once it has the study's data."""

    def __init__(self, threads: int) -> None:
        if not ray.get_runtime_context().get_assigned_resources().get("GPU"):
            os.environ["CUDA_VISIBLE_DEVICES"] = "-1"  # Ray leaves them in sight, and each worker would take them all
        from workers.engine import runtime  # noqa: PLC0415 (only a worker has TensorFlow)

        runtime.configure(threads, cached=True)
        from workers.engine import training  # noqa: PLC0415 (TensorFlow is imported with its settings in force)

        self._make = training.Trainer

    def load(self, dataset: Dataset, objective: Objective) -> Host:
        """Take the study's data, with which the worker is ready; its host, and when it was."""
        self._trainer = self._make(dataset, objective)
        context = ray.get_runtime_context()
        where: str = ray.util.get_node_ip_address()
        return Host(time.time(), context.get_node_id(), f"pid {os.getpid()} on {where}")

    def train(self, task: Task) -> Segment:
        """The segment of a task. Where nothing can be compiled with the cache the worker ends: another does without."""
        from workers.engine.compile_cache import CompileCacheFailed  # noqa: PLC0415 (only a worker has TensorFlow)

        try:
            return task.run(self._trainer)
        except CompileCacheFailed:
            ray.actor.exit_actor()
            raise

    def pack(self, trial: FinishedTrial) -> Package:
        """The deployed model of a finished trial."""
        from workers.forecasting import packing  # noqa: PLC0415 (only a worker has Keras)

        return packing.packed(trial, self._trainer.dataset)

    def forecast(self, spec: TrialSpec, checkpoint: bytes, spans: Sequence[Span]) -> list[Forecast]:
        """What a trial forecasts of stretches of the data."""
        from workers.forecasting import on_stretches  # noqa: PLC0415 (only a worker has Keras)

        return on_stretches.of_checkpoint(spec, checkpoint, self._trainer.dataset, spans)
