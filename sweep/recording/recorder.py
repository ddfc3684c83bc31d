"""Mirrors a study in MLflow: one experiment, in it one run for the study, and below that one for each trial."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial, wraps
from pathlib import Path
from typing import Concatenate, Literal, ParamSpec

from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from sweep.errors import ServiceUnavailable
from sweep.outbox import Away, Outbox
from sweep.recording import view
from sweep.recording.address import absolute, reason, without_password
from sweep.recording.entities import (
    STATUS,
    STUDY,
    Identity,
    StudyCard,
    dataset,
    identity,
    milliseconds,
    parameters,
    points,
    result_points,
    result_tags,
)
from sweep.recording.runs import StudyRuns
from sweep.scheduling import Observer
from sweep.trials import Outcome, Trial
from workers.spec import EpochReport

P = ParamSpec("P")
# With these MLflow turns a request down for good; every other error is taken for an outage.
REFUSALS = {"BAD_REQUEST", "INVALID_PARAMETER_VALUE", "INVALID_STATE", "NOT_FOUND", "RESOURCE_DOES_NOT_EXIST"}


def queued(write: Callable[Concatenate["Recorder", P], None]) -> Callable[Concatenate["Recorder", P], None]:
    """Leave what a method does to the recorder's thread."""

    @wraps(write)
    def put(self: "Recorder", /, *args: P.args, **kwargs: P.kwargs) -> None:
        self.outbox.put(lambda: self.attempt(partial(write, self, *args, **kwargs)))

    return put


class Recorder(Observer):
    """Writes into MLflow what the ledger holds already, so that all of it can be written again at any time.

    Whatever is written twice changes nothing the second time. Only `open` waits for MLflow; the rest is sent by a
    thread, in order, however long MLflow is away. `at`: seconds since 1970, now if left out.
    """

    def __init__(self, tracking_uri: str, study: StudyCard) -> None:
        self.tracking_uri = absolute(tracking_uri)
        self._study = study
        self._runs = StudyRuns(self.tracking_uri, study.name)

    def open(self, *, wait: bool = True) -> None:
        """Find or create the experiment and the study's run, and start to send.

        Raises ServiceUnavailable with the address and advice; without waiting, for a study that has begun, never.
        """
        self.outbox = Outbox()
        if not wait:
            self._open_later()
            return
        try:
            self._open()
        except (MlflowException, SQLAlchemyError, OSError) as error:
            raise ServiceUnavailable(
                f"{without_password(self.tracking_uri)}: MLflow cannot be used there: {reason(error)}\n"
                "Is it up, and is the address right (MLFLOW_TRACKING_URI, or else `tracking` in the study file)?"
            ) from error

    @property
    def experiment_id(self) -> str:
        """The study's experiment; empty until MLflow was reached."""
        return self._runs.experiment_id

    @property
    def page(self) -> str:
        """The study's trials, the best first, in MLflow's pages: a link from their root."""
        return view.link(self.experiment_id)

    @property
    def study_run_id(self) -> str | None:
        """The study's own run, once MLflow was reached."""
        return self._runs.id_of(STUDY)

    def run_id(self, trial: Trial) -> str | None:
        """The trial's run, if it has one yet."""
        return self._runs.id_of(identity(trial))

    def started(self, trial: Trial, at: float | None = None) -> None:
        """Show a trial as running; it must be told first."""
        self._start(trial, at or time.time())

    @queued
    def progressed(self, trial: Trial, reports: Sequence[EpochReport]) -> None:
        """Add the metrics of finished epochs."""
        run_id = self._runs.find(identity(trial)).run_id
        metrics = [point for report in reports for point in points(report.metrics, report.timestamp, report.epoch)]
        self._runs.client.log_batch(run_id, metrics=metrics, synchronous=True)

    def ended(self, trial: Trial, outcome: Outcome, checkpoint: bytes | None = None, at: float | None = None) -> None:
        """Show what came of a trial."""
        self._end(trial, outcome, at or time.time())

    @queued
    def best(self, trial: Trial, outcome: Outcome) -> None:
        """Name the study's best trial, which has a value, in the study's run."""
        link = f"#/experiments/{self.experiment_id}/runs/{self._runs.find(identity(trial)).run_id}"
        where = f"epoch {(outcome.epoch or 0) + 1} (step {outcome.epoch})"
        best = f"Best: [{trial.name}]({link}), {self._study.metric} {outcome.value:.6g} at {where}"
        note = f"{best}\n\n{self._link()}"
        self._runs.tag(self._runs.find(STUDY).run_id, {"sweep.best": str(trial.number), "mlflow.note.content": note})

    @queued
    def artifact(self, path: Path, folder: str | None = None) -> None:
        """Put a file into a folder of the study's run, in place of one of the same name."""
        if not path.exists():
            raise LookupError(f"{path} is not there any more")
        self._runs.client.log_artifact(self._runs.find(STUDY).run_id, str(path), folder)

    def finished(self, state: Literal["finished", "stopped", "failed"], at: float | None = None) -> None:
        """Close the study's run, and those of trials that will not go on for now."""
        self._finish(state, at or time.time())

    def close(self, timeout: float) -> int:
        """Send what can be sent in `timeout` seconds; returns how many writes were not sent."""
        return self.outbox.close(timeout)

    def _open(self) -> None:
        self._runs.open()
        self._runs.client.set_experiment_tag(self.experiment_id, view.TAG, view.best_first(self._study.goal))
        run_id = self._begin(STUDY, self._study.name, {"mlflow.note.content": self._link()}, time.time())
        self._runs.client.log_text(run_id, self._study.file, "study.yaml")

    _open_later = queued(_open)

    @queued
    def _start(self, trial: Trial, at: float) -> None:
        parent = self._runs.find(STUDY).run_id
        tags = {"sweep.arm": trial.arm, "sweep.key": trial.key, "mlflow.parentRunId": parent}
        run_id = self._begin(identity(trial), trial.name, tags, at)
        self._runs.client.log_batch(run_id, params=parameters(trial), synchronous=True)

    @queued
    def _end(self, trial: Trial, outcome: Outcome, at: float) -> None:
        run = self._runs.find(identity(trial))
        # At the run's beginning, so that they are the same points whenever they are sent.
        metrics = result_points(outcome, run.start_time / 1000)
        self._runs.client.log_batch(run.run_id, metrics=metrics, synchronous=True)
        self._close(run.run_id, outcome.state, result_tags(outcome), at)

    @queued
    def _finish(self, state: str, at: float) -> None:
        self._runs.forget()  # so that a double, which a lost answer leaves behind, is found and removed
        self._runs.find(STUDY)
        for which, run_id in self._runs.running():
            now = state if which == STUDY else "stopped"
            self._close(run_id, now, {"sweep.state": now}, at)

    def attempt(self, write: Callable[[], None]) -> None:
        """Try to write once. Raises Away when MLflow cannot be reached, anything else for what will never succeed."""
        try:
            write()
        except (MlflowException, SQLAlchemyError, OSError) as error:
            self._runs.forget()
            if isinstance(error, MlflowException) and error.error_code in REFUSALS:
                raise
            raise Away(reason(error)) from error

    def _begin(self, which: Identity, name: str, tags: Mapping[str, str], at: float) -> str:
        run = self._runs.find_or_create(which, name, tags, milliseconds(at))
        self._runs.client.log_inputs(run.run_id, [dataset(self._study)])
        return str(run.run_id)

    def _close(self, run_id: str, state: str, tags: Mapping[str, str], at: float) -> None:
        self._runs.tag(run_id, tags)
        self._runs.client.set_terminated(run_id, STATUS[state], milliseconds(at))

    def _link(self) -> str:
        return f"[All trials, the best first]({self.page})"
