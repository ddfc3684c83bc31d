"""How much of a training step its matrix products are: what a step reaches, and what they alone would reach."""

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from benchmarks.engine import engine_epoch, spec_of
from benchmarks.worlds import record
from workers.engine import runtime

UNITS = (16, 32, 64, 128, 256, 512)
GATES = {"LSTM": 4, "GRU": 3}
BATCH, WINDOW = 32, 50
FLOPS = 2e9  # of a run: so many steps that it takes some hundredths of a second
RUNS = 5


def main() -> None:
    """Print, for each cell and number of units, GFLOP/s of a step and of its products."""
    runtime.configure(threads=1)
    print(f"Batches of {BATCH}, windows of {WINDOW} timesteps, one feature.\n")
    print(
        "| cell | units | ms a step | GFLOP/s of it | of its products alone | of one product of all timesteps |", end=""
    )
    print(" products' share of a step |")
    print("|---|---|---|---|---|---|---|")
    for cell, gates in GATES.items():
        for units in UNITS:
            flops = 3 * 2 * BATCH * WINDOW * units * gates * units
            steps = max(int(FLOPS / flops), 2)
            timed = step(cell, units, steps), looped(units, gates, steps), at_once(units, gates, steps)
            runs = [[run() for run in timed] for _ in range(RUNS + 1)][1:]  # the first compiles
            whole, products, product = (statistics.median(each) / steps for each in zip(*runs, strict=True))
            rates = " | ".join(f"{flops / seconds / 1e9:.0f}" for seconds in (whole, products, product))
            print(f"| {cell} | {units} | {1e3 * whole:.3f} | {rates} | {products / whole:.0%} |", flush=True)


def step(cell: str, units: int, steps: int) -> Callable[[], float]:
    """A function that times so many steps of the engine."""
    return engine_epoch(spec_of(cell, units, BATCH, WINDOW), record(steps * BATCH * WINDOW), epochs=1)


def looped(units: int, gates: int, steps: int) -> Callable[[], float]:
    """One that times their products: two a timestep, and one for the gradient of the recurrent kernel."""
    h, kernel, d, past, all_d = arrays(units, gates)

    def forward(t: Any, h: Any) -> Any:
        return t + 1, tf.matmul(h, kernel)[:, :units]

    def backward(t: Any, d: Any) -> Any:
        return t + 1, tf.tile(tf.matmul(d, kernel, transpose_b=True), (1, gates))

    def once(total: Any) -> Any:
        ends = [
            tf.while_loop(lambda t, _: t < WINDOW, body, (0, begin + total))[1]
            for body, begin in ((forward, h), (backward, d))
        ]
        gradient = tf.matmul(past + total, all_d, transpose_a=True)
        return tf.add_n([values[0, 0] for values in (*ends, gradient)]) * 1e-30

    return repeated(once, steps)


def at_once(units: int, gates: int, steps: int) -> Callable[[], float]:
    """One that times as many operations in products of all timesteps at once, which no recurrence allows."""
    _, kernel, _, past, _ = arrays(units, gates)

    def once(total: Any) -> Any:
        made = [tf.matmul(past + (total + number), kernel)[0, 0] for number in range(3)]
        return tf.add_n(made) * 1e-30

    return repeated(once, steps)


def arrays(units: int, gates: int) -> list[Any]:
    """A state, a kernel, a gradient for gates, and the states and gradients of all timesteps."""
    rows = BATCH * WINDOW
    shapes = (BATCH, units), (units, gates * units), (BATCH, gates * units), (rows, units), (rows, gates * units)
    return [tf.constant(np.random.default_rng(0).normal(size=shape) / units, tf.float32) for shape in shapes]


def repeated(once: Callable[[Any], Any], steps: int) -> Callable[[], float]:
    """A function that times so many calls, each of which takes what the one before returns."""

    @tf.function(jit_compile=True)  # type: ignore[untyped-decorator]
    def all_steps() -> Any:
        return tf.while_loop(lambda k, _: k < steps, lambda k, total: (k + 1, total + once(total)), (0, 0.0))[1]

    def run() -> float:
        began = time.perf_counter()
        all_steps().numpy()
        return time.perf_counter() - began

    return run
