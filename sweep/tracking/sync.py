"""Completes a study's mirror in MLflow, or makes it anew, from the study's ledger."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sweep.comparison.verdict import Verdict
from sweep.config.study_file import StudyFile
from sweep.core.errors import ServiceUnavailable, SweepError
from sweep.core.folders import ARTIFACTS
from sweep.core.trials import Run
from sweep.execution import cluster
from sweep.execution.checkpoint_files import Checkpoints
from sweep.execution.cluster import RayPool
from sweep.report import write
from sweep.study import Study, StudyReader
from sweep.study.baselines import with_baselines
from sweep.study.comparison_runs import ComparisonReader
from sweep.study.deployment import Deployment, deployment
from sweep.study.scores_by_arm import scores_by_arm
from sweep.study.storage import claims
from sweep.study.storage.lease import Lease
from sweep.tracking import deployed_model, mirror
from sweep.tracking.mirror import Mirrored
from sweep.tracking.recorder import Recorder
from workers.data.dataset import Dataset

MAX_FAILURES = 3  # in a row, until MLflow counts as away
LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Sent:
    """What MLflow holds now. created: how many runs it lacked before."""

    trials: int
    runs: int
    epochs: int
    files: int
    created: int
    model: bool
    where: str

    def __str__(self) -> str:
        model = ", the deployed model" if self.model else ""
        return (
            f"in MLflow at {self.where}: {self.trials} trials, {self.runs} comparison runs, {self.epochs} epochs,"
            f" {self.files} files of the report{model}; runs that were missing there: {self.created}"
        )


def sync(file: StudyFile, dataset: Dataset) -> Sent:
    """Send all that the ledger holds; what MLflow has already stays as it is.

    Raises StudyUnknown; LedBySomeoneElse while a launcher leads the study; ServiceUnavailable when MLflow or the ledger
    cannot be reached; SweepError when MLflow refuses a write.
    """
    with Study.read(file.config, dataset) as study:
        lease = Lease(file.config.storage, file.config.name)
        lease.acquire()  # two writers at once would both create what MLflow lacks
        try:
            return _sync(replace(file, config=study.config), study, dataset, lease)
        finally:
            lease.release()


def _sync(file: StudyFile, study: StudyReader, dataset: Dataset, lease: Lease) -> Sent:
    settings, dataset = study.config.compare, with_baselines(file.config, dataset)
    comparison = study.comparison_runs(settings.seeds if settings else 0)
    ledgers: list[tuple[Mirrored, list[Run]]] = [(study, list(study)), (comparison, list(comparison.every()))]
    recorder = Recorder(file.config.tracking, mirror.card(file, dataset), may_send=lambda: lease.holds)
    recorder.open(study.began)
    for ledger, runs in ledgers:
        mirror.replay(runs, ledger, recorder)
    compared = comparison if settings else None
    verdict, files = _report(file, study, compared, dataset, recorder.page)
    deployed = deployment(study, compared, verdict)
    if study.best:
        scores = scores_by_arm(comparison, dataset, study.objective) if verdict else {}
        listed = {arm: list(each) for arm, each in scores.items()}
        recorder.best(*study.best, deployed, verdict, listed, study.improvements)
    for path in files:
        recorder.artifact(path, "report")
    recorder.finished(*_end(study, ledgers))
    _finish_sending(recorder)
    return Sent(
        trials=len(ledgers[0][1]),
        runs=len(ledgers[1][1]),
        epochs=sum(len(ledger.epochs.of(trial.number)) for ledger, runs in ledgers for trial, _ in runs),
        files=len(files),
        created=recorder.created,
        model=_log_model(study, deployed, verdict, dataset, recorder, lease) if deployed else False,
        where=recorder.shown_address,
    )


def _end(study: StudyReader, ledgers: Sequence[tuple[Mirrored, list[Run]]]) -> tuple[str, float]:
    """How the study ended, and when. If its launcher was killed, it counts as stopped at its last trial's end."""
    if study.ended and not study.unfinished():
        return study.ended
    ends = [ledger.times(trial)[1] for ledger, runs in ledgers for trial, outcome in runs if outcome.state != "running"]
    return "stopped", max(ends, default=study.began)


def _report(
    file: StudyFile, study: StudyReader, comparison: ComparisonReader | None, dataset: Dataset, page: str
) -> tuple[Verdict | None, Sequence[Path]]:
    """Write the report again; the verdict, and its files. Raises SweepError."""
    try:
        verdict = write.verdict_of(study, comparison, dataset)
        return verdict, write.write(file, study, comparison, dataset, verdict, page)
    except OSError as error:
        raise SweepError(f"the report cannot be written, and so not be sent: {error}") from None


def _finish_sending(recorder: Recorder) -> None:
    """Wait until all is sent. Raises ServiceUnavailable when MLflow goes away, SweepError when it refuses a write."""
    while recorder.outbox.waiting and recorder.outbox.failures < MAX_FAILURES:
        time.sleep(LOOK_SECONDS)
    unsent = recorder.close(timeout=0 if recorder.outbox.waiting else 1)
    lacks = f"{recorder.shown_address}: MLflow lacks {unsent} writes: {recorder.outbox.last_error}"
    if recorder.outbox.waiting:
        raise ServiceUnavailable(f"{lacks}\nThe same command goes on when it is back.")
    if unsent:
        raise SweepError(lacks)


def _log_model(
    study: StudyReader,
    deployed: Deployment,
    verdict: Verdict | None,
    dataset: Dataset,
    recorder: Recorder,
    lease: Lease,
) -> bool:
    """Log and register the deployed model if this machine has its weights; returns whether it has."""
    if not (ARTIFACTS / study.config.name).is_dir():
        return False
    weights = Checkpoints(study.config.name, study.objective).weights(deployed.trial)
    if weights is None:
        return False
    one = study.config.workers.model_copy(update={"count": 1})
    cluster.connect(one)
    try:
        share = claims.join(lease, cluster.shared_cluster())
        pool = RayPool(deployed.data(dataset), deployed.trained_by, one, share)
        deployed_model.log(study.config, deployed, weights, dataset, pool, recorder, verdict)
    except Exception as error:  # whatever Ray, Keras or MLflow raise
        raise SweepError(f"all but the deployed model was sent; it was not: {error}") from error
    finally:
        cluster.disconnect()
    return True
