"""The model that people take away: which run's it is, its weights, and its way into MLflow."""

from typing import TYPE_CHECKING

from sweep.comparison.verdict import Verdict
from sweep.core.log import logger
from sweep.core.patience import said_if_slow
from sweep.core.trials import Stage, Trial
from sweep.execution import one_trial
from sweep.launch.services import Services
from sweep.study.comparison_runs import ComparisonRuns
from sweep.study.deployment import Deployment, deployment, may_be_deployed

if TYPE_CHECKING:
    from sweep.execution.cluster import RayPool


def candidates(runs: ComparisonRuns) -> list[Trial]:
    """The runs of a comparison that are complete and may turn out to be the deployed one."""
    return [trial for trial, outcome in runs if outcome.state == "complete" and may_be_deployed(trial)]


def choose(services: Services, runs: ComparisonRuns | None, verdict: Verdict | None) -> Deployment | None:
    """The run to deploy; of the comparison's weights only its own are kept."""
    found = deployment(services.study, runs, verdict)
    if found is None:
        return None
    if found.remark:
        logger.warning(f"warning: deployed is {found.run.trial.name}, {found.reason}: {found.remark}")
    trial, best = found.trial, services.study.best
    if runs is not None:
        services.checkpoints.tidy("compare", [*runs.unfinished(), *_of_stage("compare", trial)])
    services.checkpoints.tidy("refit", _of_stage("refit", trial))
    services.checkpoints.tidy("search", [*services.study.unfinished(), *_of_stage("search", trial)], best)
    return found


def log_model(services: Services, deployed: Deployment, patience: float, verdict: Verdict | None = None) -> str | None:
    """Log and register the deployed model; its address. A tracking server that is away costs only that.

    patience  seconds to wait for an MLflow that is away
    """
    from sweep.tracking import deployed_model  # noqa: PLC0415  (MLflow's models take a second to import)

    recorder = services.recorder
    try:
        with said_if_slow(f"waiting for MLflow at {recorder.shown_address}"):
            recorder.await_study_run(patience, services.stopping)
        pool = _pool(services, deployed)
        weights = _weights(services, deployed, pool)
        return deployed_model.log(services.config, deployed, weights, services.dataset, pool, recorder, verdict)
    except Exception as error:  # noqa: BLE001  (whatever it is, the study's results are safe)
        logger.warning(f"warning: the deployed model was not logged: {error}")
        return None


def _of_stage(stage: Stage, trial: Trial) -> list[Trial]:
    return [trial] if trial.stage == stage else []


def _pool(services: Services, deployed: Deployment) -> "RayPool":
    """Workers that have the data which the deployed model was trained on."""
    if not deployed.refit:
        return services.pool
    services.pool.close()
    one = services.config.workers.model_copy(update={"count": 1})
    return services.new_pool(deployed.data(services.dataset), deployed.trained_by, one)


def _weights(services: Services, deployed: Deployment, pool: "RayPool") -> bytes:
    """The deployed weights, trained if this machine does not have them."""
    trial, checkpoints = deployed.trial, services.checkpoints
    kept = checkpoints.weights(trial)
    if kept is not None:
        return kept
    why = "on all data" if deployed.refit else "again, since its weights are not on this machine"
    logger.info("training %s %s", deployed.run.trial.name, why)
    timeout = services.config.workers.timeout
    outcome, checkpoint = one_trial.train(trial, pool, deployed.trained_by, services.stopping, timeout)
    if not deployed.refit and outcome.value != deployed.run.outcome.value:
        _say_that_it_differs(deployed.objective.metric, outcome.value, deployed.run.outcome.value)
    checkpoints.save(trial, trial.canonical.epochs, checkpoint)
    return checkpoint


def _say_that_it_differs(metric: str, now: float | None, before: float | None) -> None:
    logger.warning(
        f"warning: trained again, its {metric} is {now}, and not {before}: processors of another kind round otherwise,"
        " so that the deployed model is not the very one that was scored"
    )
