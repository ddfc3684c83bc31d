"""What MLflow shows of the deployed model beside its files: parameters, metrics with their data, and a description."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from mlflow.entities import LoggedModel, Metric, Run

from sweep.comparison.measure import Measure
from sweep.comparison.sentence import recommended, title
from sweep.comparison.verdict import Verdict
from sweep.core.model_address import SCHEME
from sweep.study.deployment import Deployment
from sweep.tracking import study_page, tag_names
from sweep.tracking.card import StudyCard
from sweep.tracking.entities import LONGEST_NOTE, result_points
from sweep.tracking.leading_client import LeadingClient
from sweep.tracking.server import new_client


def describe(
    tracking_uri: str,
    study: StudyCard,
    deployed: Deployment,
    logged: str,
    may_write: Callable[[], bool] = lambda: True,
    said: str = "",
) -> None:
    """Give a logged model (`models:/m-...`) its configuration and, of a model that was scored, its run's metrics.

    said  its description, where it has one

    What it has already stays as it is. Raises what MLflow raises, and Away where it may not write.
    """
    client = LeadingClient(new_client(tracking_uri), may_write)
    model: LoggedModel = client.get_logged_model(logged.removeprefix(SCHEME))
    missing = {name: str(value) for name, value in _parameters(deployed).items() if name not in (model.params or {})}
    if missing:
        client.log_model_params(model.model_id, missing)
    if said and model.tags.get(tag_names.NOTE) != said:
        client.set_logged_model_tags(model.model_id, {tag_names.NOTE: said})
    run = None if deployed.refit else _run_of(client, study.name, model, deployed)
    if run:
        client.log_batch(run.info.run_id, metrics=_points(study, deployed, model, run), synchronous=True)


def description(study: str, measure: Measure, deployed: Deployment, verdict: Verdict | None, page: str) -> str:
    """Of the registered model, for people: the verdict, which run it is of, where its numbers are, how it is loaded.

    page  of the logged model, from the root of MLflow's pages: a version has no parameters and metrics of its own
    """
    answered = [verdict.sentence, f"{title(verdict)}: {recommended(verdict)}"] if verdict else []
    own = [f"Deployed: {deployed.described(measure)}", f"[Its configuration and its metrics]({page})"]
    paragraphs = [*answered, *own, study_page.loading(study)]
    return "\n\n".join(paragraphs)[:LONGEST_NOTE]


def _parameters(deployed: Deployment) -> Mapping[str, Any]:
    return {**deployed.model.parameters, "seed": deployed.trial.seed}


def _run_of(client: LeadingClient, study: str, model: LoggedModel, deployed: Deployment) -> Run | None:
    """The run whose model it is; none while MLflow lacks it."""
    trial = deployed.run.trial
    tags = {tag_names.STUDY: study, tag_names.STAGE: trial.stage, tag_names.TRIAL: str(trial.number)}
    which = " and ".join(f"tags.`{name}` = '{value}'" for name, value in tags.items())
    return next(iter(client.search_runs([model.experiment_id], which, max_results=1)), None)


def _points(study: StudyCard, deployed: Deployment, model: LoggedModel, run: Run) -> list[Metric]:
    """Those that the run's end has given it, as the model's too, with the data that they are of."""
    trial, outcome = deployed.run
    outcome = replace(outcome, reused_from=None)
    return [
        Metric(
            point.key,
            point.value,
            point.timestamp,
            point.step,
            model_id=model.model_id,
            dataset_name=study.data.name,
            dataset_digest=study.data.digest,
        )
        for point in result_points(trial, outcome, run.info.start_time / 1000, study.metric)
    ]
