"""The memory of a worker over many trials of few signatures: it must stay where it is."""

import itertools

import psutil

from benchmarks.worlds import record
from workers.engine import runtime
from workers.engine.training import Trainer
from workers.spec import TrialSpec

TRIALS = 1_000
SIGNATURES = tuple(itertools.product(("LSTM", "GRU"), (8, 16, 32)))  # cell, batch size


def main() -> None:
    """Print the resident memory after each 250 trials, from when every signature is compiled."""
    runtime.configure(threads=1)
    print("| trials | MB | compiled to train | to evaluate |\n|---|---|---|---|")
    trainer = Trainer(record(6_400))
    policies = itertools.cycle(("every_epoch", "every_batch", "every_n_batches", "never", "random"))
    for number, (cell, batch_size) in enumerate(
        itertools.islice(itertools.cycle(SIGNATURES), len(SIGNATURES) + TRIALS)
    ):
        spec = TrialSpec(cell=cell, batch_size=batch_size, window=20, epochs=2, reset_policy=next(policies))
        trainer.train(spec, seed=number, seconds=1e9)
        done = number + 1 - len(SIGNATURES)
        if done >= 0 and done % 250 == 0:
            mb = psutil.Process().memory_info().rss / 1e6
            traces = trainer.traces
            print(f"| {done:,} | {mb:.0f} | {traces['train']} | {traces['evaluate']} |", flush=True)
