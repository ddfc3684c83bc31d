"""On one GPU: what digits it gives, steps beside those of a processor, and whole sweeps."""

import multiprocessing
import os
import statistics
import sys
import tempfile
from collections.abc import Callable
from multiprocessing.pool import Pool
from pathlib import Path
from typing import Any, Self
from unittest import mock

from benchmarks import engine, sweeps
from benchmarks.peers import workload
from benchmarks.worlds import record
from workers import kernels
from workers.engine import runtime

VISIBLE = "CUDA_VISIBLE_DEVICES"
SHAPES = (  # units, batch size, window, and steps of an epoch, fewer where a processor takes long for one
    (16, 8, 20, 100),
    (32, 32, 20, 100),
    (128, 32, 50, 100),
    (512, 128, 100, 2),
)
CELLS = ("LSTM", "GRU", "LayerNormLSTM", "MinGRU")
SECONDS = 3  # for the runs of one median, where one run does not take longer
LIMIT = 60  # seconds for any one figure
TRIALS = 24
WORKERS: dict[str, dict[str, object]] = {
    "2 workers, a processor each": {"count": 2},
    "1 worker, a GPU": {"count": 1, "gpus": 1},
    "2 workers, half a GPU each": {"count": 2, "gpus": 0.5},
    "4 workers, a quarter of a GPU each": {"count": 4, "gpus": 0.25},
}


def main() -> dict[str, Any]:
    """Print digits, steps and sweeps of a GPU; where TensorFlow sees no GPU, that they are unmeasured."""
    with Device("-1") as processor, Device(os.environ.get(VISIBLE)) as gpu:
        name = gpu.ask(described)
        if not name:
            print("Unmeasured: TensorFlow sees no GPU on this machine.")
            return {}
        print(f"{name}; a processor is one thread of it. Empty: not within {LIMIT} seconds, or refused.\n", flush=True)
        found = {"gpu": name, "digits": print_digits(processor, gpu), "steps": print_steps(processor, gpu)}
    return {**found, "sweeps": print_sweeps()}


class Device:
    """A process of its own that sees the GPUs of these numbers: with commas, -1 for none, None for all."""

    def __init__(self, visible: str | None) -> None:
        self._visible = visible
        self._pool = self._begun()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._end()

    def ask(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """What the function returns there; None where it takes longer than LIMIT, or TensorFlow refuses."""
        try:
            return self._pool.apply_async(function, arguments).get(LIMIT)
        except multiprocessing.TimeoutError:
            self._end()
            self._pool = self._begun()
        except (RuntimeError, ValueError) as error:
            print(f"{function.__name__}{arguments}: {error}", file=sys.stderr)
        return None

    def _end(self) -> None:
        self._pool.terminate()
        self._pool.join()

    def _begun(self) -> Pool:
        return multiprocessing.get_context("spawn").Pool(1, _see, (self._visible,))


def _see(visible: str | None) -> None:
    if visible is not None:
        os.environ[VISIBLE] = visible
    runtime.configure(threads=1)


def described() -> str:
    """The name of the GPU that TensorFlow sees and the versions of CUDA and cuDNN it was built for; empty: none."""
    import tensorflow as tf  # noqa: PLC0415  (only in a process that sees the device)

    seen = tf.config.list_physical_devices("GPU")
    if not seen:
        return ""
    built = tf.sysconfig.get_build_info()
    name = tf.config.experimental.get_device_details(seen[0]).get("device_name", "GPU")
    return f"{name}, TensorFlow built for CUDA {built.get('cuda_version')} and cuDNN {built.get('cudnn_version')}"


def print_steps(processor: Device, gpu: Device) -> list[dict[str, Any]]:
    """Milliseconds a step of each cell and shape."""
    print(f"| cell | units | batch | window | {' | '.join(f'{way}, ms a step' for way in STEPS)} |")
    print("|---|---|---|---|" + "---|" * len(STEPS))
    rows = []
    for *shape, steps in SHAPES:
        for cell in CELLS:
            devices = {way: gpu if "GPU" in way else processor for way in STEPS}
            found = {way: devices[way].ask(step, cell, *shape, steps) for way, step in STEPS.items()}
            rows.append({"cell": cell, "shape": shape, **found})
            told = " | ".join("" if each is None else f"{each:.3f}" for each in found.values())
            print(f"| {cell} | {' | '.join(map(str, shape))} | {told} |", flush=True)
    print()
    return rows


def engine_step(cell: str, units: int, batch_size: int, window: int, steps: int) -> float:
    """Milliseconds a step of the engine as it is on this device."""
    spec = engine.spec_of(cell, units, batch_size, window)
    return _median(engine.engine_epoch(spec, record(steps * batch_size * window)), steps)


def xla_step(cell: str, units: int, batch_size: int, window: int, steps: int) -> float:
    """The same compiled by XLA, with loops of our own, however large the network is."""
    with mock.patch.object(kernels, "LEAST_UNITS", units + 1):
        return engine_step(cell, units, batch_size, window, steps)


def cudnn_step(cell: str, units: int, batch_size: int, window: int, steps: int) -> float | None:
    """The same by cuDNN's kernels, however small the network is; None of a cell that it lacks."""
    with mock.patch.object(kernels, "LEAST_UNITS", 1):
        known = kernels.on_gpu(engine.spec_of(cell, units, batch_size, window)).cudnn
        return engine_step(cell, units, batch_size, window, steps) if known else None


def fit_step(cell: str, units: int, batch_size: int, window: int, steps: int) -> float | None:
    """Milliseconds a step of model.fit with a layer of Keras'."""
    import keras  # noqa: PLC0415  (only in a process that sees the device)

    if not hasattr(keras.layers, cell):
        return None
    spec = engine.spec_of(cell, units, batch_size, window)
    return _median(engine.keras_epoch(spec, record(steps * batch_size * window)), steps)


STEPS: dict[str, Callable[..., float | None]] = {
    "processor: engine": engine_step,
    "GPU: model.fit": fit_step,
    "GPU: engine, by cuDNN": cudnn_step,
    "GPU: engine, by XLA": xla_step,
}


def _median(epoch: Callable[[], float], steps: int) -> float:
    """Milliseconds a step, the median of a few runs; a run before them compiles."""
    epoch()
    first = epoch()
    runs = min(engine.RUNS - 1, int(SECONDS / first))
    return 1e3 * statistics.median([first, *(epoch() for _ in range(runs))]) / (steps * engine.EPOCHS)


def print_digits(processor: Device, gpu: Device) -> dict[str, Any]:
    """How far the losses of a trial on the GPU are from a processor's, and from its own the second time."""
    print("| cell | largest difference of a loss to a processor's | to the same trained again |\n|---|---|---|")
    found: dict[str, Any] = {}
    for cell in CELLS:
        there, here, again = (device.ask(losses, cell) for device in (processor, gpu, gpu))
        found[cell] = [apart_by(here, each) if here and each else None for each in (there, again)]
        told = " | ".join("" if each is None else f"{each:.1e}" for each in found[cell])
        print(f"| {cell} | {told} |", flush=True)
    print()
    return found


def apart_by(ones: list[float], others: list[float]) -> float:
    """The largest difference, as a part of the other; 0: the same bits."""
    return max(abs(a / b - 1) for a, b in zip(ones, others, strict=True))


def losses(cell: str) -> list[float]:
    """The training and validation losses of a trial's epochs."""
    from workers.engine.training import Trainer  # noqa: PLC0415  (imports TensorFlow)

    spec = engine.spec_of(cell, 32, 32, 20).model_copy(update={"epochs": 2})
    segment = Trainer(record(engine.STEPS * 32 * 20)).train(spec, seed=0, seconds=1e9)
    return [report.metrics[name] for report in segment.reports for name in ("train/loss", "validation/loss")]


def print_sweeps() -> dict[str, list[float]]:
    """Seconds of the same study with other workers."""
    size = f"{TRIALS} trials of {workload.EPOCHS} epochs of {workload.TIMESTEPS:,} timesteps"
    print(f"| {size} | wall, s | with everything compiled before |\n|---|---|---|")
    found = {}
    for name, workers in WORKERS.items():
        walls = []
        with tempfile.TemporaryDirectory() as compiled, mock.patch.object(sweeps, "study", _with(workers)):
            for _ in range(2):
                with tempfile.TemporaryDirectory() as folder:
                    walls.append(sweeps.ours(Path(folder), TRIALS, compiled).seconds)
        found[name] = walls
        print(f"| {name} | {walls[0]:.0f} | {walls[1]:.0f} |", flush=True)
    print()
    return found


def _with(workers: dict[str, object]) -> Callable[[int], dict[str, object]]:
    plain = sweeps.study
    return lambda trials: {**plain(trials), "workers": workers}
