"""Looks at what MLflow has of a study, and creates nothing by looking."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
from mlflow.entities import Run

from sweep.config.addresses import absolute, sqlite_file
from sweep.core import redact
from sweep.core.errors import ServiceUnavailable
from sweep.core.trials import Outcome
from sweep.tracking import mlflow_private, tag_names
from sweep.tracking.card import Identity, identity_of
from sweep.tracking.entities import STATUS, final_state
from sweep.tracking.runs import RUNS_A_PAGE
from sweep.tracking.server import ERRORS, explained, given, new_client


@dataclass(frozen=True)
class SeenRun:
    """A run of the study's; `key`: of the trial that it mirrors."""

    run_id: str
    identity: Identity
    name: str
    status: str
    key: str


class View:
    """A study in MLflow, as it was when this was made. Raises ServiceUnavailable when MLflow does not answer.

    experiment  whether it is there
    runs        those of the study that are not deleted; others' runs in the experiment are not looked at
    """

    def __init__(self, tracking_uri: str, study: str) -> None:
        self._address = absolute(tracking_uri)
        self.experiment: Literal["there", "deleted", "missing"] = "missing"
        self.runs: list[SeenRun] = []
        try:
            if is_set_up(self._address):
                self._client = new_client(self._address)
                self._look(study)
        except ERRORS as error:
            raise self._unavailable(error) from error

    def steps(self, run: SeenRun, metric: str) -> list[int]:
        """The steps of a metric's points, in their order. Raises ServiceUnavailable."""
        try:
            return sorted(point.step for point in self._client.get_metric_history(run.run_id, metric))
        except ERRORS as error:
            raise self._unavailable(error) from error

    def remove(self, run: SeenRun) -> None:
        """Delete a run, as MLflow does: it can be restored. Raises ServiceUnavailable."""
        try:
            self._client.delete_run(run.run_id)
        except ERRORS as error:
            raise self._unavailable(error) from error

    def _look(self, study: str) -> None:
        experiment = self._client.get_experiment_by_name(study)
        if experiment is None:
            return
        given(experiment.experiment_id, f"the id of the experiment {study}")
        self.experiment = "deleted" if experiment.lifecycle_stage == "deleted" else "there"
        if self.experiment == "there":
            self.runs = [_seen(run) for run in self._search(experiment.experiment_id, study)]

    def _search(self, experiment_id: str, study: str) -> Iterator[Run]:
        token: str | None = None
        while True:
            page = self._client.search_runs([experiment_id], max_results=RUNS_A_PAGE, page_token=token)
            yield from (run for run in page if run.data.tags.get(tag_names.STUDY) == study)
            token = page.token
            if not token:
                return

    def _unavailable(self, error: Exception) -> ServiceUnavailable:
        return ServiceUnavailable(f"{redact.text(self._address)}: MLflow cannot be used there: {explained(error)}")


def status_of(outcome: Outcome) -> str:
    """The status that a trial's run should have while nobody trains it."""
    return STATUS[final_state(outcome)]


def is_set_up(address: str) -> bool:
    """Whether MLflow has its tables in the database, where it is one: it would create them."""
    path = sqlite_file(address)
    if path and not path.exists():
        return False
    if not mlflow_private.is_database(address):
        return True
    engine = sa.create_engine(address)
    try:
        return sa.inspect(engine).has_table("experiments")
    finally:
        engine.dispose()


def _seen(run: Run) -> SeenRun:
    info, tags = run.info, run.data.tags
    name, key = info.run_name or info.run_id, tags.get(tag_names.KEY, "")
    return SeenRun(info.run_id, identity_of(tags), name, info.status, key)
