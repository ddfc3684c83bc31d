"""A study's deployed model in MLflow's model registry, under the study's name."""

import json
from collections.abc import Callable, Mapping

from mlflow.entities import LoggedModel
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_ALREADY_EXISTS, ErrorCode

from sweep.core.model_address import CHAMPION, SCHEME, address
from sweep.study.deployment import Deployment
from sweep.tracking import mlflow_private, tag_names
from sweep.tracking.leading_client import LeadingClient
from sweep.tracking.outbox import NOT_LEADING, Away
from sweep.tracking.server import given, new_client

NONE = "none"  # in a tag, of what a model does not have


def register(
    tracking_uri: str,
    study: str,
    model_uri: str,
    tags: Mapping[str, str],
    may_write: Callable[[], bool] = lambda: True,
    description: str = "",
) -> str:
    """Make a logged model (`models:/m-...`) the version that is deployed; the address of that.

    may_write    asked before each request that writes
    description  of the version, and so of the registered model, for people

    The same model again is no new version.

    Raises what MLflow raises, where it has no registry or permits no writes to it, and Away where it may not write.
    """
    client = LeadingClient(new_client(tracking_uri), may_write)
    model = client.get_logged_model(model_uri.removeprefix(SCHEME))
    _create(client, study)
    # As an address, `models:/m-...` would be looked up at MLflow's global server.
    source = given(model.artifact_location, f"the place of {model_uri}")
    tags = {**tags, tag_names.MODEL: model.model_id}
    version = next(iter(_versions_of(client, study, source)), None) or _new_version(client, study, source, model, tags)
    given(version.version, "the number of the model's version")
    _name_in(client, model, version)
    for name, value in tags.items():
        if version.tags.get(name) != value:
            client.set_model_version_tag(study, str(version.version), name, value)
    if description and version.description != description:
        client.update_model_version(study, str(version.version), description)
    registered = client.get_registered_model(study)
    if description and registered.description != description:
        client.update_registered_model(study, description)
    if registered.aliases.get(CHAMPION) != version.version:
        client.set_registered_model_alias(study, CHAMPION, str(version.version))
    return address(study)


def forget_earlier(tracking_uri: str, study: str, count: int, may_write: Callable[[], bool] = lambda: True) -> int:
    """Delete the study's own versions but the newest `count` and those that have an alias; how many that were.

    The logged models stay with their runs. Raises as `register`.
    """
    client = LeadingClient(new_client(tracking_uri), may_write)
    named = {str(version) for version in client.get_registered_model(study).aliases.values()}
    found = client.search_model_versions(f"name = '{study}'")
    own = [each for each in found if each.tags.get(tag_names.STUDY) == study]
    newest = sorted(own, key=lambda each: int(each.version), reverse=True)
    old = [each for each in newest[count:] if str(each.version) not in named]
    for version in old:
        client.delete_model_version(study, str(version.version))
    return len(old)


def version_tags(study: str, deployed: Deployment, data_digest: str) -> dict[str, str]:
    """What the version says of its model."""
    model = deployed.model
    score = NONE if model.test_score is None else repr(model.test_score)
    return {
        tag_names.STUDY: study,
        tag_names.STAGE: model.stage,
        tag_names.TRIAL: str(model.number),
        tag_names.ARM: model.arm,
        tag_names.SETTING: model.setting or NONE,
        tag_names.SEED: str(model.seed),
        tag_names.KEY: model.key,
        tag_names.TEST_SCORE: score,
        tag_names.REFIT: str(model.refit).lower(),
        tag_names.DATA: data_digest,
    }


def _name_in(client: LeadingClient, model: LoggedModel, version: ModelVersion) -> None:
    """Let the logged model name its version too, by which MLflow's page of the model leads there."""
    known = json.loads(model.tags.get(mlflow_private.VERSIONS_TAG) or "[]")
    own = {"name": version.name, "version": str(version.version)}
    if own not in known:
        client.set_logged_model_tags(model.model_id, {mlflow_private.VERSIONS_TAG: json.dumps([*known, own])})


def _create(client: LeadingClient, study: str) -> None:
    try:
        client.create_registered_model(study, tags={tag_names.STUDY: study})
    except MlflowException as error:
        if error.error_code != ErrorCode.Name(RESOURCE_ALREADY_EXISTS):
            raise


def _new_version(
    client: LeadingClient, study: str, source: str, model: LoggedModel, tags: Mapping[str, str]
) -> ModelVersion:
    """A version of the model, unless this launcher was replaced meanwhile and its successor has made one, too."""
    version: ModelVersion = client.create_model_version(
        study, source, model.source_run_id, tags=dict(tags), model_id=model.model_id
    )
    if not client.leads_still:
        if len(_versions_of(client, study, source)) > 1:
            client.unasked.delete_model_version(study, str(version.version))
        raise Away(NOT_LEADING)
    return version


def _versions_of(client: LeadingClient, study: str, source: str) -> list[ModelVersion]:
    return [each for each in client.search_model_versions(f"name = '{study}'") if each.source == source]
