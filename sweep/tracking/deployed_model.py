"""The deployed model on its way into MLflow: logged in the study's run, and registered under the study's name."""

from sweep.comparison.verdict import Verdict
from sweep.config.sections import StudyConfig
from sweep.core.log import logger
from sweep.core.model_address import SCHEME
from sweep.execution.cluster import RayPool
from sweep.study.deployment import Deployment
from sweep.tracking import model_page, registry, view
from sweep.tracking.model import log_model
from sweep.tracking.recorder import Recorder
from sweep.tracking.server import ERRORS, explained
from workers.data.dataset import Dataset
from workers.forecasting.package import FinishedTrial

SENDING_SECONDS = 3.0  # that MLflow may be away, until its run is not waited for


def log(
    study: StudyConfig,
    deployed: Deployment,
    weights: bytes,
    dataset: Dataset,
    pool: RayPool,
    recorder: Recorder,
    verdict: Verdict | None = None,
) -> str:
    """Log and register the deployed model of a study; its address.

    weights    its checkpoint
    dataset    the study's
    pool       of workers with the data that the model was trained on: `deployed.data(dataset)`
    recorder   says where MLflow is and which run is the study's own, and before each request that writes whether it may
    verdict    of its comparison, where there is one

    Where MLflow does not register it the address is that of the logged model, `models:/m-...`. Raises what MLflow, Ray
    and Keras raise while it is logged, and Away where it may not write.
    """
    trial = deployed.trial
    scored = deployed.scores, deployed.test_error(dataset)
    package = pool.pack(FinishedTrial(study.name, trial.canonical, study.data, weights, *scored))
    if not study.publish.rows:
        package = package._replace(example=package.made_up)
    logged = log_model(recorder.tracking_uri, str(recorder.study_run_id), package, recorder.may_send)
    recorder.outbox.drain(SENDING_SECONDS)  # first its run has its own metrics
    page = view.model(recorder.experiment_id, logged.removeprefix(SCHEME))
    said = model_page.description(study.name, recorder.card.measure, deployed, verdict, page)
    _describe(deployed, logged, recorder, said)
    tags = registry.version_tags(study.name, deployed, dataset.digest)
    try:
        registered = registry.register(recorder.tracking_uri, study.name, logged, tags, recorder.may_send, said)
    except ERRORS as error:
        logger.warning(f"warning: the deployed model is {logged}, but is not registered: {explained(error)}")
        return logged
    if study.deploy.versions is not None:
        _forget_earlier(study.name, study.deploy.versions, recorder)
    return registered


def _forget_earlier(study: str, count: int, recorder: Recorder) -> None:
    try:
        registry.forget_earlier(recorder.tracking_uri, study, count, recorder.may_send)
    except ERRORS as error:
        logger.warning(f"warning: earlier versions of the model stay registered: {explained(error)}")


def _describe(deployed: Deployment, logged: str, recorder: Recorder, said: str) -> None:
    try:
        model_page.describe(recorder.tracking_uri, recorder.card, deployed, logged, recorder.may_send, said)
    except ERRORS as error:
        logger.warning(f"warning: the deployed model is {logged}, but has no metrics there: {explained(error)}")
