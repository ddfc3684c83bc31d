"""What a step of training costs by cell, and as a network of the user's own: one thread, steady state, under XLA."""

import contextlib
import statistics
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest import mock

from benchmarks.engine import RUNS, STEPS, engine_epoch, ratio, spec_of
from benchmarks.worlds import record
from tests.workers.own_cells import CODE as CELLS_CODE
from tests.workers.own_cells import LSTM as CELL
from tests.workers.own_models import CODE as MODELS_CODE
from tests.workers.own_models import LSTM as MODEL
from workers import cells
from workers.data.dataset import Dataset
from workers.engine import runtime
from workers.spec import TrialSpec

KERAS = "LSTM, by Keras' own layer"
SHAPES = ((32, 32, 20), (16, 8, 20))  # units, batch size, window
EPOCHS = 3  # a run


def main() -> None:
    """Print milliseconds a step of each cell, and how many times those of Keras' LSTM under XLA they are."""
    runtime.configure(threads=1)
    shapes = [f"{units} units, batches of {batch}, windows of {window}" for units, batch, window in SHAPES]
    print("| cell |", " | ".join(f"{shape}: ms a step | to Keras' LSTM (min to max)" for shape in shapes), "|")
    print("|---" * (1 + 2 * len(SHAPES)), "|", sep="")
    found = [measure(*shape) for shape in SHAPES]
    for name in found[0]:
        both = ((times[name], times[KERAS]) for times in found)
        print(f"| {name} |", " | ".join(f"{statistics.median(ms):.3f} | {ratio(ms, keras)}" for ms, keras in both), "|")


def measure(units: int, batch_size: int, window: int) -> dict[str, list[float]]:
    """Milliseconds a step of each network, by name: so many runs of each, in turn, so that all see the same machine."""
    dataset = replace(record(STEPS * batch_size * window), own_code={CELL: CELLS_CODE, MODEL: MODELS_CODE})
    spec = spec_of("LSTM", units, batch_size, window)
    networks: dict[str, dict[str, Any]] = {cell: {"cell": cell} for cell in cells.CELLS} | {
        f"a copy of Keras' LSTM as a cell of one's own, `{CELL}`": {"cell": CELL},
        f"as a model of one's own, `{MODEL}`": {"model": MODEL, "model_units": units},
    }
    unfused = mock.patch.dict(cells.CELLS, {"LSTM": cells.CELLS["LSTM"]._replace(fused="")})
    with contextlib.redirect_stdout(sys.stderr):  # a user's code may print while it is compiled
        with unfused:
            timed = {KERAS: compiled(spec, dataset)}
        for name, fields in networks.items():
            timed[name] = compiled(TrialSpec(**{**spec.model_dump(exclude_unset=True), **fields}), dataset)
    runs = [{name: epoch() for name, epoch in timed.items()} for _ in range(RUNS)]
    return {name: [1e3 * run[name] / (STEPS * EPOCHS) for run in runs] for name in timed}


def compiled(spec: TrialSpec, dataset: Dataset) -> Callable[[], float]:
    """What `engine_epoch` makes, once it has compiled."""
    epoch = engine_epoch(spec, dataset, EPOCHS)
    epoch()
    return epoch
