"""The services of a launch, opened in order and closed whatever happens."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sweep.comparison.measure import Measure
from sweep.config.addresses import shared_cluster
from sweep.config.sections import StudyConfig, Workers
from sweep.config.study_file import StudyFile
from sweep.core.background import in_background
from sweep.core.patience import said_if_slow
from sweep.execution.checkpoint_files import Checkpoints
from sweep.execution.protocols import Callback
from sweep.launch.beginning import Cluster
from sweep.launch.interrupts import Interrupts
from sweep.study import Study
from sweep.study.deployment import may_be_deployed
from sweep.study.measured import measure
from sweep.study.storage import claims
from sweep.study.storage.lease import Lease
from sweep.study.storage.retry import Retry
from sweep.tracking import mirror, new_file
from sweep.tracking.recorder import Recorder
from workers.data.dataset import Dataset
from workers.objective import Objective

if TYPE_CHECKING:
    from sweep.execution.cluster import RayPool

TAKING_BACK_SECONDS = 3.0  # at most, for a request to MLflow that is under way when a launch fails


@dataclass(frozen=True)
class Services:
    """What a launch works with; all of it is open.

    stopping  whether somebody has asked to stop
    retry     repeats what fails while the database is away
    metrics   put the study's figures among those of a cluster that others look after
    new_pool  makes another pool in the place of the present one, of workers that have other data
    """

    file: StudyFile
    dataset: Dataset
    stopping: Callable[[], bool]
    retry: Retry
    pool: "RayPool"
    metrics: Sequence[Callback]
    study: Study
    checkpoints: Checkpoints
    recorder: Recorder
    new_pool: Callable[[Dataset, Objective, Workers], "RayPool"]

    @property
    def config(self) -> StudyConfig:
        """The study file's content."""
        return self.file.config

    @property
    def measure(self) -> Measure:
        """How values of the objective are shown to people."""
        return measure(self.config, self.dataset)


@contextmanager
def opened(file: StudyFile, dataset: Dataset, begun: Cluster) -> Iterator[Services]:
    """Lead the study, have workers of the cluster that has begun, and take up what an earlier launch has left.

    Raises LedBySomeoneElse, at the end too if this launcher was replaced; ServiceUnavailable, StudyChanged,
    CannotWrite, and Interrupted.
    """
    config, interrupts = file.config, Interrupts()
    stopping = lambda: interrupts.asked  # noqa: E731
    retry = Retry(stopping)
    with ExitStack() as services:
        lease = services.enter_context(_leading(config, retry))
        study = services.enter_context(retry(lambda: Study.open(config, dataset, lease)))
        checkpoints = Checkpoints(config.name, config.objective, lambda: lease.holds, may_be_deployed)
        checkpoints.tidy("search", study.unfinished(), study.best)
        card = mirror.card(file, dataset)
        recorder = Recorder(config.tracking, card, may_send=lambda: lease.holds, after_first_epochs=True)
        # Who was replaced takes back what it was creating; that it may write no more it learns after it.
        services.callback(recorder.outbox.stop, TAKING_BACK_SECONDS)
        reached = _reached(recorder, study)
        warmed = begun()
        from sweep.execution import cluster  # noqa: PLC0415  (Ray, which a thread has imported meanwhile)

        share = retry(lambda: claims.join(lease, cluster.shared_cluster()))
        new_pool = partial(cluster.RayPool, share=share, stopping=stopping)
        pool = new_pool(dataset, config.objective, config.workers, warmed=warmed)
        reached()
        interrupts.install()
        _catch_up(study, recorder, retry)
        metrics = _cluster_metrics(config, pool, recorder)
        yield Services(file, dataset, stopping, retry, pool, metrics, study, checkpoints, recorder, new_pool)


@contextmanager
def _leading(config: StudyConfig, retry: Retry) -> Iterator[Lease]:
    lease = Lease(config.storage, config.name)
    retry(lease.acquire)
    try:
        yield lease
    except Exception:
        lease.check()  # who was replaced stumbles over what the successor has done
        raise
    finally:
        lease.release()


def _reached(recorder: Recorder, study: Study) -> Callable[[], None]:
    """Begin to reach MLflow; what is returned waits for it.

    At the start of a new study only: one that has begun goes on without it. Nor is a new file waited for, in which
    MLflow makes its tables for seconds.
    """
    if study.begun or new_file.is_made(recorder.tracking_uri):
        recorder.open_later(study.began)
        return lambda: None
    opened = in_background(lambda: recorder.open(study.began), "MLflow")

    def wait() -> None:
        with said_if_slow(f"waiting for MLflow at {recorder.shown_address}"):
            opened.result()

    return wait


def _catch_up(study: Study, recorder: Recorder, retry: Retry) -> None:
    """Mirror again what an earlier launch may not have sent; repeating changes nothing."""
    runs = retry(lambda: study.comparison_runs(seeds=0))
    retry(lambda: mirror.replay(study, study, recorder))
    retry(lambda: mirror.replay(runs.every(), runs, recorder))


def _cluster_metrics(config: StudyConfig, pool: "RayPool", recorder: Recorder) -> list[Callback]:
    """The study's figures for Prometheus; none where the cluster was started for this study alone."""
    if shared_cluster() is None:
        return []
    from sweep.execution.cluster import Metrics  # noqa: PLC0415

    levels = {"sweep_workers": lambda: pool.width, "sweep_mlflow_unsent": lambda: recorder.outbox.waiting}
    return [Metrics(config.name, levels)]
