"""What the deployed run forecasts of the test split: worked out at the end of a launch, and kept for reports."""

from sweep.core.log import logger
from sweep.execution.failures import describe
from sweep.launch.services import Services
from sweep.report import stretches
from sweep.study.deployment import Deployment


def keep(services: Services, deployed: Deployment | None) -> None:
    """Forecast the stretches that a report shows, unless that was done or the data's rows may not be published.

    Where the weights are not on this machine, or a worker fails, that costs a picture alone.
    """
    study, config = services.study, services.config
    if deployed is None or not config.publish.rows or study.stretches_of(deployed.run.trial.key) is not None:
        return
    weights = services.checkpoints.weights(deployed.run.trial)
    if weights is None:
        return
    try:
        found = _forecast(services, deployed, weights)
    except Exception as error:  # noqa: BLE001  (a picture less)
        logger.warning(f"warning: the report shows no forecasts: {describe(error)}")
        return
    services.retry(lambda: study.keep_stretches(deployed.run.trial.key, found))


def _forecast(services: Services, deployed: Deployment, weights: bytes) -> list[dict[str, object]]:
    (trial, outcome), dataset = deployed.run, services.dataset
    spans = stretches.chosen(dataset, outcome.test.losses) if outcome.test else {}
    if not spans:
        return []
    forecasts = services.pool.forecast(trial.canonical, weights, list(spans.values()))
    return [
        stretches.stretch(dataset, which, span, found.values, found.resets, services.config.zone).as_json()
        for (which, span), found in zip(spans.items(), forecasts, strict=True)
    ]
