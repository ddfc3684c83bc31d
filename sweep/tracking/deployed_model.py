"""The deployed model on its way into MLflow: logged in the study's run, and registered under the study's name."""

from sweep.config.sections import StudyConfig
from sweep.core.log import logger
from sweep.execution.cluster import RayPool
from sweep.study.deployment import Deployment
from sweep.tracking import registry
from sweep.tracking.model import log_model
from sweep.tracking.recorder import Recorder
from sweep.tracking.server import ERRORS, explained
from workers.data.dataset import Dataset
from workers.forecasting.package import FinishedTrial


def log(
    study: StudyConfig,
    deployed: Deployment,
    weights: bytes,
    dataset: Dataset,
    pool: RayPool,
    recorder: Recorder,
    run_id: str,
) -> str:
    """Log and register the deployed model of a study; its address.

    weights    its checkpoint
    dataset    the study's
    pool       of workers with the data that the model was trained on: `deployed.data(dataset)`
    recorder   says where MLflow is, and before each request that writes whether it may
    run_id     of the study's own run

    Where MLflow does not register it the address is that of the logged model, `models:/m-...`. Raises what MLflow, Ray
    and Keras raise while it is logged, and Away where it may not write.
    """
    trial = deployed.trial
    scored = deployed.scores, deployed.test_error(dataset)
    package = pool.pack(FinishedTrial(study.name, trial.canonical, study.data, weights, *scored))
    if not study.publish.rows:
        package = package._replace(example=package.made_up)
    logged = log_model(recorder.tracking_uri, run_id, package, recorder.may_send)
    tags = registry.version_tags(study.name, deployed, dataset.digest)
    try:
        return registry.register(recorder.tracking_uri, study.name, logged, tags, recorder.may_send)
    except ERRORS as error:
        logger.warning(f"warning: the deployed model is {logged}, but is not registered: {explained(error)}")
        return logged
