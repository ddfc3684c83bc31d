"""What a launcher does that was forked for a test: the real command, with workers of its own in place of Ray."""

import os

# What has threads had better not be forked.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.pop("RAY_ADDRESS", None)

import json
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import ray
import sklearn.ensemble
import sklearn.linear_model  # noqa: F401
import threadpoolctl  # noqa: F401

from sweep.cli.main import main as sweep
from sweep.execution import cluster
from sweep.execution.cluster import pool, ray_private, warming
from sweep.execution.cluster.worker import Worker
from sweep.execution.fakes import FakeTrainer, floor
from sweep.execution.in_process import InProcessPool
from sweep.launch import services
from sweep.report import write
from sweep.study.storage import claims
from sweep.study.storage.lease import LEASE_SECONDS, Lease
from sweep.tracking import sync
from tests.faults.points import Point, Points
from tests.faults.workers import Nursery, ProcessPool
from tests.sweep.forecasts import zeros
from workers.engine import runtime
from workers.forecasting.package import Forecast
from workers.spec import Segment, TrialSpec

HOPELESS, UNSTABLE = 1.95, 1.85  # floors above which training raises, or diverges


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"}


@dataclass(frozen=True)
class Rehearsal:
    """How a launch is to go.

    command   launch or sync
    pause     of each segment, in seconds
    processes workers that are processes; with none, segments are trained in the launcher itself
    real      whether those train with Keras
    at        the point at which the launcher sends itself a signal
    sends     which
    largest   no file grows beyond, in bytes, as on a disk that is full
    lease     in seconds
    cluster   the address of Ray, whose workers then train, and only pretend to
    unready   whether Ray is started for this launch, and never becomes ready; its process writes its pid to ray.pid
    turn      of each study there, in seconds, where they take turns
    environ   its environment: that of the test, and not of the process that it is forked from
    """

    folder: Path
    arguments: tuple[str, ...] = ()
    command: str = "launch"
    pause: float = 0.0
    processes: int = 0
    real: bool = False
    at: Point | None = None
    sends: signal.Signals = signal.SIGKILL
    largest: int | None = None
    lease: float = LEASE_SECONDS
    cluster: str = ""
    unready: bool = False
    turn: float = claims.TURN_SECONDS
    environ: dict[str, str] = field(default_factory=_environment)


class Trainer(FakeTrainer):
    """Takes its time; some configurations raise, and some diverge in their second epoch."""

    def __init__(self, pause: float) -> None:
        super().__init__(epochs_a_segment=2)
        self._pause = pause

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
        time.sleep(self._pause)
        segment = super().train(spec, seed, checkpoint, seconds, test=test, origin=origin)
        if not test and floor(spec, seed) > HOPELESS:
            raise ValueError("these parameters cannot work")
        if not test and floor(spec, seed) > UNSTABLE:
            return Segment(segment.reports, segment.checkpoint, False, 0.0, 0.0, None, "the loss was NaN in epoch 3")
        return segment


class InProcess(InProcessPool):
    """The pool of a launcher without workers."""

    width = mean_width = 1
    warm_seconds = 1.0

    def __init__(self, pause: float) -> None:
        super().__init__([Trainer(pause)])

    pack, forecast = ProcessPool.pack, ProcessPool.forecast


def run(rehearsal: Rehearsal) -> None:
    """Be the launcher, to the end."""
    os.setsid()  # by which whatever it leaves behind is found
    os.environ.clear()
    os.environ.update(rehearsal.environ)
    os.chdir(rehearsal.folder)
    _redirect(rehearsal.folder)
    points = Points(rehearsal.at, rehearsal.sends)
    _prepare(rehearsal, points)
    code = sweep([rehearsal.command, "study.yaml", *rehearsal.arguments])
    Path("points.json").write_text(json.dumps(points.passed))
    sys.stdout.flush()
    os._exit(code)


def _redirect(folder: Path) -> None:
    for number, name in ((1, "out"), (2, "err")):
        file = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(file, number)
    sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", 1, closefd=False)


def _prepare(rehearsal: Rehearsal, points: Points) -> None:
    if rehearsal.largest is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the write fails instead
        resource.setrlimit(resource.RLIMIT_FSIZE, (rehearsal.largest, resource.RLIM_INFINITY))
    _join(rehearsal) if rehearsal.cluster else _stand_in(rehearsal)
    services.Lease = lambda url, study: Lease(url, study, rehearsal.lease)  # type: ignore[attr-defined, assignment, misc]
    write.write = _report  # type: ignore[assignment]
    sync._log_model = lambda *_: False
    points.install()


def _join(rehearsal: Rehearsal) -> None:
    """Be on a cluster, with workers that need no TensorFlow."""
    from ray import cloudpickle  # noqa: PLC0415  (which rehearsals without a cluster do not need)

    ray_private.listen_on_loopback_only()  # as the cluster does; else Ray would look for it at an outer address

    class Pretender(Worker):
        def __init__(self, *_: Any) -> None:
            self._make: Any = lambda *_: Trainer(rehearsal.pause)

        def pack(self, *_: Any) -> Any:
            raise LookupError("pretended weights make no model")

        def forecast(self, _spec: Any, _checkpoint: bytes, spans: Any) -> list[Forecast]:
            return zeros(spans)

    for name in (__name__, zeros.__module__):  # the nodes cannot import tests
        cloudpickle.register_pickle_by_value(sys.modules[name])
    os.environ["RAY_ADDRESS"] = rehearsal.cluster
    warming.Worker, pool.LOOK_SECONDS = Pretender, 0.3  # type: ignore[assignment, attr-defined]
    claims.TURN_SECONDS = rehearsal.turn


def _stand_in(rehearsal: Rehearsal) -> None:
    """Have workers in place of Ray's."""
    workers: Any = lambda *_, **__: InProcess(rehearsal.pause)  # noqa: E731
    if rehearsal.processes:
        nursery = _keras() if rehearsal.real else Nursery(lambda *_: Trainer(rehearsal.pause))
        workers = lambda *arguments, **_: ProcessPool(nursery, rehearsal.processes, *arguments[:3])  # noqa: E731
    cluster.RayPool = workers  # type: ignore[misc]
    if rehearsal.unready:
        ray.init = _wait_for_ever
        return
    cluster.connect = cluster.disconnect = lambda *_: None  # type: ignore[assignment]


def _wait_for_ever(*_: Any, **__: Any) -> NoReturn:
    """As Ray in its own code, which hears no signal: with processes that are in no group of this one's."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"], start_new_session=True)
    Path("ray.pid").write_text(str(child.pid))
    query = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    sqlite3.connect(":memory:").execute(query)
    raise AssertionError("it never ends")


def _report(*_: Any) -> list[Path]:
    """No drawings, which take seconds; the report has tests of its own."""
    Path("report.html").write_text("no report")
    return [Path("report.html")]


def _keras() -> Nursery:
    def prepare() -> None:
        runtime.configure()
        import workers.engine.training  # noqa: F401, PLC0415

    def make(dataset: Any, objective: Any, wanted: Any) -> Any:
        from workers.engine import training  # noqa: PLC0415

        runtime.configure(wanted.cpus)
        return training.Trainer(dataset, objective)

    return Nursery(make, prepare)
