"""The runs of one study in MLflow; each is looked for before it is created, lest a lost answer leaves two."""

from collections.abc import Callable, Iterator, Mapping

from mlflow.entities import Run, RunInfo, RunTag
from mlflow.exceptions import MlflowException

from sweep.tracking import mlflow_private, tag_names
from sweep.tracking.card import Identity, identity_of, identity_tags
from sweep.tracking.leading_client import LeadingClient
from sweep.tracking.outbox import NOT_LEADING, Away
from sweep.tracking.server import (
    ERRORS,
    ForeignAnswer,
    artifact_location,
    creating_alone,
    given,
    new_client,
    try_database,
)

RUNS_A_PAGE = 1000
GONE = {"NOT_FOUND", "RESOURCE_DOES_NOT_EXIST"}  # what MLflow says of a run that it has no more


class StudyRuns:
    """Finds a study's runs and creates those that are missing. Raises what MLflow raises.

    client         MLflow's own, once open; it raises Away instead of writing while `may_write` returns false
    experiment_id  of the experiment that has the study's name, once open
    created        how many runs were missing
    """

    client: LeadingClient

    def __init__(self, tracking_uri: str, study: str, may_write: Callable[[], bool] = lambda: True) -> None:
        self._tracking_uri, self._study, self._may_write = tracking_uri, study, may_write
        self.experiment_id = ""
        self.created = 0
        self._runs: dict[Identity, RunInfo] = {}
        self._looked = False

    def open(self) -> None:
        """Find the experiment, restore it if it was deleted, or create it."""
        with creating_alone(self._tracking_uri):
            try_database(self._tracking_uri)
            self.client = LeadingClient(new_client(self._tracking_uri), self._may_write)
            experiment = self.client.get_experiment_by_name(self._study)
        if experiment is None:
            location, kind = artifact_location(self._tracking_uri), mlflow_private.EXPERIMENT_KIND
            made = self.client.create_experiment(self._study, location, kind)
            self.experiment_id = given(made, f"the id of the experiment {self._study}")
        else:
            self.experiment_id = given(str(experiment.experiment_id), f"the id of the experiment {self._study}")
            if experiment.lifecycle_stage == "deleted":
                self.client.restore_experiment(self.experiment_id)

    def answers(self) -> bool:
        """Whether MLflow answers a simple question, now that the experiment has been found once."""
        try:
            return bool(self.experiment_id and self.client.search_experiments(max_results=1))
        except ERRORS:
            return False

    def find_or_create(self, identity: Identity, name: str, tags: Mapping[str, str], at: int) -> RunInfo:
        """The run as it is, or a new one, which is running; `at`: milliseconds since 1970 at which that began."""
        known = self._known()
        if identity not in known:
            ours = {tag_names.STUDY: self._study, tag_names.STATE: "running", **identity_tags(identity)}
            run = self.client.create_run(self.experiment_id, at, mlflow_private.run_tags({**ours, **tags}), name)
            given(run.info.run_id, "the id of the run that it was asked to create")
            if not self.client.leads_still:
                self._take_back(identity, run)
            known[identity] = run.info
            self.created += 1
        return known[identity]

    def start(self, identity: Identity, name: str, tags: Mapping[str, str], at: int) -> RunInfo:
        """The same run, which is running now."""
        known = identity in self._known()
        run = self.find_or_create(identity, name, tags, at)
        if known:
            self.client.update_run(run.run_id, status="RUNNING", name=name)
            self.tag(run.run_id, {tag_names.STATE: "running"})
        return run

    def find(self, identity: Identity) -> RunInfo:
        """A run that was created before. Raises LookupError when it has been deleted since."""
        if identity not in self._known():
            self.forget()
            raise LookupError(f"the run of {' '.join(identity).strip()} has been deleted in MLflow")
        return self._known()[identity]

    def id_of(self, identity: Identity) -> str | None:
        """The run's id, if it is known; asks nobody."""
        run = self._runs.get(identity)
        return str(run.run_id) if run else None

    def forget(self) -> None:
        """Look again: something went wrong, and what was being created may be there or not."""
        self._looked = False

    def running(self) -> Iterator[tuple[Identity, str]]:
        """The runs that MLflow shows as running, with their ids."""
        return ((_identity(run), run.info.run_id) for run in self._search() if run.info.status == "RUNNING")

    def confirm(self, run_id: str) -> None:
        """Raise ForeignAnswer where MLflow does not know the run: what was written there came to nothing."""
        given(self.client.get_run(run_id).info.run_id, f"the run {run_id}")

    def tag(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Set tags, in one request."""
        self.client.log_batch(run_id, tags=[RunTag(name, value) for name, value in tags.items()], synchronous=True)

    def _known(self) -> dict[Identity, RunInfo]:
        """All runs; of doubles the one with most in it stays, the others are deleted."""
        if not self._looked:
            runs: dict[Identity, RunInfo] = {}
            for run in sorted(self._search(), key=_content):
                if _identity(run) in runs:
                    self.client.delete_run(runs[_identity(run)].run_id)
                runs[_identity(run)] = run.info
            self._confirm_lost(runs)
            self._runs, self._looked = runs, True
        return self._runs

    def _take_back(self, identity: Identity, made: Run) -> None:
        """Raise Away; before, delete a run that was created while another launcher led and made its own.

        Where there is no other, that launcher has found this one.
        """
        if any(_identity(run) == identity and run.info.run_id != made.info.run_id for run in self._search()):
            self.client.unasked.delete_run(made.info.run_id)
        raise Away(NOT_LEADING)

    def _confirm_lost(self, found: Mapping[Identity, RunInfo]) -> None:
        """Ask for a run that is found no more: an answer with nothing in it is also what a stranger says."""
        lost = next((run for identity, run in self._runs.items() if identity not in found), None)
        if lost is None:
            return
        try:
            run = self.client.get_run(lost.run_id)
        except MlflowException as error:
            if error.error_code in GONE:
                return
            raise
        given(run.info.run_id, f"the run {lost.run_id}")
        if run.info.lifecycle_stage == "active":
            raise ForeignAnswer(f"it has the run {lost.run_id}, and does not find it")

    def _search(self) -> Iterator[Run]:
        token: str | None = None
        while True:
            page = self.client.search_runs([self.experiment_id], max_results=RUNS_A_PAGE, page_token=token)
            for run in page:
                given(run.info.run_id, "the ids of runs")
            yield from (run for run in page if run.data.tags.get(tag_names.STUDY) == self._study)
            token = page.token
            if not token:
                return


def _identity(run: Run) -> Identity:
    return identity_of(run.data.tags)


def _content(run: Run) -> int:
    inputs = run.inputs.dataset_inputs if run.inputs else []
    return len(run.data.params) + len(run.data.metrics) + len(inputs)
