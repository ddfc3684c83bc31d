"""Takes a study's part out of MLflow: its runs, its logged models, and what is registered under its name.

MLflow keeps deleted runs and logged models, with their files, until `mlflow gc` removes them; what was registered is
gone. The experiment stays: others may have runs there, and MLflow would bring all its deleted runs back with it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mlflow import MlflowClient
from mlflow.entities import LoggedModel
from mlflow.entities.model_registry import ModelVersion, RegisteredModel

from sweep.config.addresses import absolute
from sweep.core import redact
from sweep.core.errors import LedBySomeoneElse, ServiceUnavailable
from sweep.tracking import tag_names
from sweep.tracking.card import STUDY
from sweep.tracking.inspection import SeenRun, View
from sweep.tracking.leading_client import LeadingClient
from sweep.tracking.outbox import Away
from sweep.tracking.server import ERRORS, explained, new_client, refused

MODELS_A_PAGE = 100


@dataclass(frozen=True)
class Part:
    """A study's part of MLflow, as it was when it was looked at.

    runs      the study's own last, by which the others are found on the page
    models    logged models of these runs
    versions  registered under the study's name, of this study
    emptied   the registered model, where no version of others is in it
    """

    runs: tuple[SeenRun, ...] = ()
    models: tuple[LoggedModel, ...] = ()
    versions: tuple[ModelVersion, ...] = ()
    emptied: RegisteredModel | None = None

    @property
    def is_there(self) -> bool:
        """Whether there is anything of the study."""
        return bool(self.runs or self.models or self.versions or self.emptied)


class StudyInMlflow:
    """A study at an address of MLflow; nothing is created by looking."""

    def __init__(self, tracking_uri: str, study: str) -> None:
        self.address = redact.text(tracking_uri)
        self._uri, self._study = absolute(tracking_uri), study

    def look(self) -> Part:
        """What is there of the study. Raises ServiceUnavailable where MLflow does not answer."""
        view = View(self._uri, self._study)
        if view.experiment == "missing":
            return Part()
        runs = sorted(view.runs, key=lambda run: run.identity == STUDY)
        with self._explaining():
            client = new_client(self._uri)
            own = {run.run_id for run in runs}
            models = tuple(each for each in self._logged(client) if each.source_run_id in own)
            return Part(tuple(runs), models, *self._registered(client))

    def delete(self, part: Part, may_write: Callable[[], bool]) -> None:
        """Delete what is there; may_write: asked before each request.

        Whatever interrupts it, to look and to delete again goes on. Raises ServiceUnavailable, and LedBySomeoneElse
        where it may not write.
        """
        with self._explaining():
            client = LeadingClient(new_client(self._uri), may_write)
            for version in part.versions:
                client.delete_model_version(self._study, str(version.version))
            if part.emptied:
                client.delete_registered_model(self._study)
            for model in part.models:
                client.delete_logged_model(model.model_id)
            for run in part.runs:
                client.delete_run(run.run_id)

    def _logged(self, client: MlflowClient) -> Iterator[LoggedModel]:
        experiment = client.get_experiment_by_name(self._study)
        token: str | None = None
        while experiment is not None:
            page = client.search_logged_models([experiment.experiment_id], max_results=MODELS_A_PAGE, page_token=token)
            yield from page
            token = page.token
            if not token:
                return

    def _registered(self, client: MlflowClient) -> tuple[tuple[ModelVersion, ...], RegisteredModel | None]:
        """The study's versions, and the registered model if no others are in it; none where there is no registry."""
        try:
            versions = list(client.search_model_versions(f"name = '{self._study}'"))
            found = list(client.search_registered_models(f"name = '{self._study}'"))
        except ERRORS as error:
            if refused(error):
                return (), None
            raise
        own = tuple(each for each in versions if each.tags.get(tag_names.STUDY) == self._study)
        model = next((each for each in found if each.tags.get(tag_names.STUDY) == self._study), None)
        return own, model if len(own) == len(versions) else None

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except Away as error:
            raise LedBySomeoneElse(f"{self._study}: another launcher leads it now; nothing more is deleted") from error
        except ERRORS as error:
            raise ServiceUnavailable(
                f"{self.address}: MLflow cannot be used there: {explained(error)}; the same command goes on"
            ) from error
