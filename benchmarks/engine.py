"""The engine against Keras' own model.fit and against itself with Keras' layers: one thread, steady state."""

import statistics
import time
from collections.abc import Callable
from unittest import mock

import keras
import numpy as np

from benchmarks.worlds import record
from workers import cells
from workers.data.dataset import Dataset
from workers.engine import runtime
from workers.engine.device import DevicePlan
from workers.engine.training import Trainer
from workers.plans import windows
from workers.plans.epochs import training_plan
from workers.spec import TrialSpec

SHAPES = ((32, 32, 20), (16, 8, 20), (128, 32, 50))  # units, batch size, window
CELLS = ("LSTM", "GRU")
STEPS = 100  # an epoch
EPOCHS = 3  # a run, so that what model.fit does once a call counts for little
RUNS = 7  # of each, in turn; their median counts


def main() -> None:
    """Print milliseconds a step and their ratios, for each cell and shape."""
    runtime.configure(threads=1)
    print("| cell | units | batch | window | model.fit, ms a step | engine with Keras' layers | engine |", end="")
    print(" to model.fit (min to max) | to Keras' layers |")
    print("|---|---|---|---|---|---|---|---|---|")
    for units, batch_size, window in SHAPES:
        for cell in CELLS:
            fit, stock, ours = measure(spec_of(cell, units, batch_size, window))
            medians = " | ".join(f"{statistics.median(times):.3f}" for times in (fit, stock, ours))
            row = f"| {cell} | {units} | {batch_size} | {window} | {medians} |"
            print(row, ratio(fit, ours), "|", ratio(stock, ours), "|")


def spec_of(cell: str, units: int, batch_size: int, window: int) -> TrialSpec:
    """A trial whose state is carried through the epoch."""
    return TrialSpec(cell=cell, units=units, batch_size=batch_size, window=window, reset_policy="every_epoch")


def ratio(others: list[float], ours: list[float]) -> str:
    """The median of ratios, their least and their greatest."""
    low, *_, high = ratios = sorted(a / b for a, b in zip(others, ours, strict=True))
    return f"{statistics.median(ratios):.2f} ({low:.2f} to {high:.2f})"


def measure(spec: TrialSpec) -> list[list[float]]:
    """Milliseconds a step of model.fit, of the engine with Keras' layers, and of the engine as it is.

    They are run in turn, so that all see the same machine.
    """
    dataset = record(STEPS * spec.batch_size * spec.window)
    row = cells.CELLS[spec.cell]
    with mock.patch.dict(cells.CELLS, {spec.cell: row._replace(fused="")}):
        stock = engine_epoch(spec, dataset)
    kinds = keras_epoch(spec, dataset), stock, engine_epoch(spec, dataset)
    times = [[epoch() for epoch in kinds] for _ in range(RUNS + 1)][1:]  # the first compiles
    return [[1e3 * seconds / (STEPS * EPOCHS) for seconds in each] for each in zip(*times, strict=True)]


def keras_epoch(spec: TrialSpec, dataset: Dataset) -> Callable[[], float]:
    """A function that times epochs of model.fit as Keras' documentation has it, with stateful layers."""
    cut = windows.lanes(windows.windows(dataset.train, spec.window), spec.batch_size)
    index = cut.offset.reshape(-1, 1) + np.arange(spec.window)
    x, y = dataset.timeline.features[index], dataset.timeline.targets[index]
    layer = getattr(keras.layers, spec.cell)(spec.units, return_sequences=True, stateful=True)
    model = keras.Sequential([keras.Input(batch_shape=(spec.batch_size, spec.window, 1)), layer, keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(spec.learning_rate, global_clipnorm=spec.clip_norm), "mse")

    def epoch() -> float:
        layer.reset_state()
        began = time.perf_counter()
        model.fit(x, y, batch_size=spec.batch_size, epochs=EPOCHS, shuffle=False, verbose=0)
        return time.perf_counter() - began

    return epoch


def engine_epoch(spec: TrialSpec, dataset: Dataset, epochs: int = EPOCHS) -> Callable[[], float]:
    """A function that times epochs of the engine, without evaluation, as model.fit is without validation."""
    trainer = Trainer(dataset)
    program = trainer.program(spec)
    program.reset(trainer.initial_weights(spec, 0), 0)
    program.configure(spec)
    epoch_plan = training_plan(spec, dataset.train, 0, 0)
    device_plan = DevicePlan.of(epoch_plan)
    sums = np.zeros(program.n_statistics + 2, np.float32)

    def epoch() -> float:
        states = program.zero_states(spec.batch_size)
        began = time.perf_counter()
        for _ in range(epochs):
            total, states = program.train(device_plan, spec.window, 0, epoch_plan.steps, sums, states)
            total.numpy()
        return time.perf_counter() - began

    return epoch
