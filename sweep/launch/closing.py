"""The end of a launch: its report, its deployed model, and what MLflow is to know of both."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from sweep.comparison.verdict import Verdict
from sweep.core.commands import command
from sweep.core.log import logger
from sweep.core.patience import said_if_slow
from sweep.launch import deploying
from sweep.launch.result import Links, State
from sweep.launch.services import Services
from sweep.report import use
from sweep.study.comparison_runs import ComparisonRuns
from sweep.study.deployment import Deployment, deployment
from sweep.study.finding import finding
from sweep.tracking.recorder import NO_SCORES, Recorder

MIRROR_SECONDS = 20.0  # to wait at the end for an MLflow that goes away then
HURRIED_SECONDS = 3.0  # for one that is away before
STOPPING_SECONDS = 10.0  # for one that is there, when somebody wants to stop: a busy disk makes it slow


def report(services: Services, runs: ComparisonRuns | None) -> tuple[Verdict | None, Path | None]:
    """Decide, keep what was found, write the report and mirror it; the verdict, and the page's path.

    A disk that is full costs the report, not the study.
    """
    from sweep.launch import forecasting  # noqa: PLC0415  (with the report's statistics and drawings)
    from sweep.report import write  # noqa: PLC0415  (which take seconds to import)

    study, dataset, link = services.study, services.dataset, services.recorder.page
    verdict = services.retry(lambda: write.verdict_of(study, runs, dataset))
    services.retry(lambda: study.keep_finding(finding(services.config, dataset, verdict)))
    forecasting.keep(services, deployment(study, runs, verdict))
    try:
        files = services.retry(lambda: write.write(services.file, study, runs, dataset, verdict, link))
    except OSError as error:
        logger.warning(f"warning: the report was not written: {error}")
        return verdict, None
    for path in files:
        services.recorder.artifact(path, "report")
    return verdict, files[0]


def mirror_the_end(
    services: Services,
    state: State,
    deployed: Deployment | None,
    verdict: Verdict | None,
    scores: Mapping[str, Sequence[float]] = NO_SCORES,
) -> str | None:
    """Note how the launch ended, in the ledger and in MLflow; the address of the deployed model there, if it is.

    scores  of each arm's runs that decide, the objective on the test split

    Says on stderr what MLflow lacks in the end.
    """
    study, recorder = services.study, services.recorder
    services.retry(lambda: study.end(state))
    if study.best:
        recorder.best(*study.best, deployed, verdict, scores, study.improvements)
    model = deploying.log_model(services, deployed, _mirror_seconds(recorder), verdict) if deployed else None
    recorder.finished(state, study.ended[1] if study.ended else None)
    with said_if_slow(f"waiting for MLflow at {recorder.shown_address}"):
        recorder.outbox.drain(_mirror_seconds(recorder), services.stopping)
        unsent = recorder.close(_last_seconds(recorder))
    if unsent:
        lacks = f"MLflow lacks {unsent} writes: {recorder.outbox.last_error or 'it was still busy with earlier ones'}"
        logger.warning(f"warning: {lacks}\n`{command('sweep', 'sync', *services.file.arguments)}` sends them")
    return model


def close_early(recorder: Recorder) -> None:
    """Show the study as stopped in MLflow, if MLflow takes it at once."""
    recorder.finished("stopped")
    recorder.close(_last_seconds(recorder))


def links(services: Services, page: Path | None) -> Links:
    """Where the study can be seen; `page`: its report."""
    recorder, best = services.recorder, services.study.best
    best_run_id = recorder.run_id(best[0]) if best else None
    forecast = f"{use.environment(services.file)}{command('sweep', *use.forecasting(services.file))}"
    return Links(recorder.tracking_uri, recorder.experiment_id, recorder.page, best_run_id, page, forecast)


def _mirror_seconds(recorder: Recorder) -> float:
    """To wait for MLflow, unless somebody wants to stop: not long where it is away already."""
    return HURRIED_SECONDS if recorder.outbox.failures else MIRROR_SECONDS


def _last_seconds(recorder: Recorder) -> float:
    """For the last writes of a launch that waits no more; once they are sent, nothing waits."""
    return HURRIED_SECONDS if recorder.outbox.failures else STOPPING_SECONDS
