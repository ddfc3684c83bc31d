"""The training engine against Keras' own model.fit: same model, same batches, one thread, steady state."""

import statistics
import time
from collections.abc import Callable

import keras
import numpy as np

from benchmarks.worlds import record
from workers.data.dataset import Dataset
from workers.engine import runtime
from workers.engine.device import DevicePlan
from workers.engine.training import Trainer
from workers.plans import epochs, windows
from workers.spec import TrialSpec

SHAPES = ((32, 32, 20), (16, 8, 20), (128, 32, 50))  # units, batch size, window
CELLS = ("LSTM", "GRU")
STEPS = 100  # an epoch
EPOCHS = 3  # a run, so that what model.fit does once a call counts for little
RUNS = 7  # of each, in turn; their median counts


def main() -> None:
    """Print milliseconds a step and their ratio, for each cell and shape."""
    runtime.configure(threads=1)
    print("| cell | units | batch | window | model.fit, ms a step | engine, ms a step | ratio (min to max) |")
    print("|---|---|---|---|---|---|---|")
    for units, batch_size, window in SHAPES:
        for cell in CELLS:
            spec = TrialSpec(cell=cell, units=units, batch_size=batch_size, window=window, reset_policy="every_epoch")
            fit, ours = measure(spec)
            low, *_, high = ratios = sorted(a / b for a, b in zip(fit, ours, strict=True))
            print(
                f"| {cell} | {units} | {batch_size} | {window} | {statistics.median(fit):.3f} |"
                f" {statistics.median(ours):.3f} | {statistics.median(ratios):.1f} ({low:.1f} to {high:.1f}) |"
            )


def measure(spec: TrialSpec) -> tuple[list[float], list[float]]:
    """Milliseconds a step of model.fit and of the engine, run in turn so that both see the same machine."""
    dataset = record(STEPS * spec.batch_size * spec.window)
    fit, ours = keras_epoch(spec, dataset), engine_epoch(spec, dataset)
    pairs = [(fit(), ours()) for _ in range(RUNS + 1)][1:]  # the first compiles
    steps = STEPS * EPOCHS
    return [1e3 * a / steps for a, _ in pairs], [1e3 * b / steps for _, b in pairs]


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


def engine_epoch(spec: TrialSpec, dataset: Dataset) -> Callable[[], float]:
    """A function that times as many epochs of the engine, without evaluation, as model.fit is without validation."""
    trainer = Trainer(dataset)
    program = trainer.program(spec)
    program.reset(trainer.initial_weights(spec, 0), 0)
    program.configure(spec)
    epoch_plan = epochs.training_plan(spec, dataset.train, 0, 0)
    device_plan = DevicePlan.of(epoch_plan)
    sums = np.zeros(program.n_statistics + 2, np.float32)

    def epoch() -> float:
        states = program.zero_states(spec.batch_size)
        began = time.perf_counter()
        for _ in range(EPOCHS):
            total, states = program.train(device_plan, spec.window, 0, epoch_plan.steps, sums, states)
            total.numpy()
        return time.perf_counter() - began

    return epoch
