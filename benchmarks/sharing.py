"""Two equal studies on a Ray cluster of two processors: one after the other, and both at once."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from ruamel.yaml import YAML

from benchmarks import sweeps
from benchmarks.peers import workload

TRIALS = int(os.environ.get("TRIALS", "24"))  # of each study
RUNS = int(os.environ.get("RUNS", "3"))  # of each way, in turn; their median counts
NAMES = ("first", "second")


def main() -> None:
    """Print the wall time of both ways, from the start of the first launcher to the end of the last."""
    walls: dict[str, list[float]] = {name: [] for name in WAYS}
    with _cluster() as address:
        for _ in range(RUNS):
            for name, run in WAYS.items():
                with tempfile.TemporaryDirectory() as folder:
                    walls[name].append(_timed(run, Path(folder), address))
    before = walls["one after the other"]
    print(f"two studies of {TRIALS} trials of {workload.EPOCHS} epochs of {workload.TIMESTEPS:,} timesteps")
    print("| | wall, s | of one after the other |\n|---|---|---|")
    for name, seconds in walls.items():
        ratios = [a / b for a, b in zip(seconds, before, strict=True)]
        spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        print(f"| {name} | {statistics.median(seconds):.0f} | {spread if name != 'one after the other' else '1'} |")


def one_after_the_other(folder: Path, address: str) -> None:
    """Each study has the whole cluster."""
    for name in NAMES:
        _await(_launch(folder, name, address))


def both_at_once(folder: Path, address: str) -> None:
    """Each study has half of it, as long as both run."""
    for launcher in [_launch(folder, name, address) for name in NAMES]:
        _await(launcher)


WAYS: dict[str, Callable[[Path, str], None]] = {
    "one after the other": one_after_the_other,
    "both at once": both_at_once,
}


@contextmanager
def _cluster() -> Iterator[str]:
    """The address of a Ray cluster with two processors, on the loopback address."""
    os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")  # see sweep.execution.cluster
    from ray.cluster_utils import Cluster  # noqa: PLC0415  (which is read as Ray is imported)

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 2})
    yield cluster.address
    cluster.shutdown()


def _timed(run: Callable[[Path, str], None], folder: Path, address: str) -> float:
    for name in NAMES:
        (folder / name).mkdir()
        np.savez(folder / name / "series.npz", **workload.arrays())
        YAML().dump({**sweeps.study(TRIALS), "name": name, "workers": {"count": "auto"}}, folder / name / "study.yaml")
    began = time.perf_counter()
    run(folder, address)
    return time.perf_counter() - began


def _launch(folder: Path, name: str, address: str) -> subprocess.Popen[str]:
    told = {"RAY_ADDRESS": address, "SWEEP_STORAGE": f"sqlite:///{folder}/sweep.db", "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment = {**os.environ, **told, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-m", "sweep.launch", "study.yaml", "--json"]
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=folder / name, env=environment, text=True, **pipes)  # type: ignore[call-overload, no-any-return]  # noqa: S603


def _await(launcher: subprocess.Popen[str]) -> None:
    said = launcher.communicate()[1]
    if launcher.returncode:
        raise RuntimeError(f"a study ended with {launcher.returncode}: {said[-2000:]}")
