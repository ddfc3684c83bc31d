"""The end of a launch: its report, its best model, and what MLflow is to know of both."""

from pathlib import Path

from sweep.comparison.verdict import Verdict
from sweep.core.log import logger
from sweep.core.trials import Trial
from sweep.launch.result import Links, State
from sweep.launch.services import Services
from sweep.study.comparison_runs import ComparisonRuns
from sweep.tracking.model import log_model
from sweep.tracking.recorder import Recorder

MIRROR_SECONDS = 20.0  # to wait at the end for MLflow to take something
HURRIED_SECONDS = 3.0  # while it is away, and when somebody wants to stop


def report(services: Services, runs: ComparisonRuns | None) -> tuple[Verdict | None, Path | None]:
    """Decide, write the report and mirror it; the verdict, and the page's path.

    A disk that is full costs the report, not the study.
    """
    from sweep.report import write  # noqa: PLC0415  (its statistics and drawings take seconds to import)

    study, dataset = services.study, services.dataset
    try:
        verdict, files = services.retry(lambda: write.write(services.file, study, runs, dataset))
    except OSError as error:
        logger.warning(f"warning: the report was not written: {error}")
        return write.verdict_of(study, runs, dataset), None
    for path in files:
        services.recorder.artifact(path, "report")
    return verdict, files[0]


def mirror_the_end(services: Services, state: State) -> None:
    """Note how the launch ended, in the ledger and in MLflow; says on stderr what MLflow lacks in the end."""
    study, recorder = services.study, services.recorder
    services.retry(lambda: study.end(state))
    if study.best:
        recorder.best(*study.best)
        if state == "finished":
            _log_model(services, study.best[0])
    recorder.finished(state, study.ended[1] if study.ended else None)
    recorder.outbox.drain(_mirror_seconds(services), services.stopping)
    unsent = recorder.close(HURRIED_SECONDS)
    if unsent:
        lacks = f"MLflow lacks {unsent} writes: {recorder.outbox.last_error}"
        logger.warning(f"warning: {lacks}\n`sweep sync {services.file.origin.path}` sends them")


def close_early(recorder: Recorder) -> None:
    """Show the study as stopped in MLflow, if MLflow takes it at once."""
    recorder.finished("stopped")
    recorder.close(HURRIED_SECONDS)


def links(services: Services, page: Path | None) -> Links:
    """Where the study can be seen; `page`: its report."""
    recorder, best = services.recorder, services.study.best
    best_run_id = recorder.run_id(best[0]) if best else None
    return Links(recorder.tracking_uri, recorder.experiment_id, recorder.page, best_run_id, page)


def _log_model(services: Services, trial: Trial) -> None:
    """Log the best trial's model in the study's run; a tracking server that is away costs only that."""
    kept = services.checkpoints.load(trial)
    if kept is None:
        logger.warning("warning: the best model was not logged: its weights are not on this machine")
        return
    recorder, pool = services.recorder, services.pool
    try:
        run_id = recorder.await_study_run(_mirror_seconds(services))
        keras_file = pool.export(trial.canonical, kept[1])
        example = services.dataset.example(trial.spec.window)
        pool.call(log_model, recorder.tracking_uri, run_id, keras_file, example)
    except Exception as error:  # noqa: BLE001  (whatever it is, the study's results are safe)
        logger.warning(f"warning: the best model was not logged: {error}")


def _mirror_seconds(services: Services) -> float:
    """To wait for MLflow: not long while it is away, or when somebody wants to stop."""
    return HURRIED_SECONDS if services.stopping() or services.recorder.outbox.failures else MIRROR_SECONDS
