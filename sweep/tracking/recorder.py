"""Mirrors a study in MLflow: one experiment, in it one run for the study, and below that one for each trial."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial, wraps
from pathlib import Path
from typing import Concatenate, ParamSpec

from mlflow.entities import RunInfo
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from sweep.core import redact
from sweep.core.errors import ServiceUnavailable
from sweep.core.trials import Outcome, Trial
from sweep.tracking import view
from sweep.tracking.address import absolute
from sweep.tracking.entities import (
    STATUS,
    STUDY,
    Identity,
    StudyCard,
    dataset,
    epoch_points,
    final_state,
    identity,
    milliseconds,
    parameters,
    result_points,
    result_tags,
)
from sweep.tracking.outages import explained
from sweep.tracking.outbox import Outbox
from sweep.tracking.runs import StudyRuns
from sweep.tracking.sending import Sender
from workers.spec import EpochReport

LOOK_SECONDS = 0.05
P = ParamSpec("P")


def queued(write: Callable[Concatenate["Recorder", P], None]) -> Callable[Concatenate["Recorder", P], None]:
    """Leave what a method does to the recorder's thread."""

    @wraps(write)
    def put(self: "Recorder", /, *args: P.args, **kwargs: P.kwargs) -> None:
        self._sender.put(partial(write, self, *args, **kwargs))

    return put


class Recorder:
    """Writes into MLflow what the ledger holds already, so that all of it can be written again at any time.

    Whatever is written twice changes nothing the second time. Only `open` waits for MLflow; the rest is sent by a
    thread, in order, however long MLflow is away. `at`: seconds since 1970, now if left out.
    """

    def __init__(self, tracking_uri: str, study: StudyCard, may_send: Callable[[], bool] = lambda: True) -> None:
        """may_send is asked before each write; while it says no, nothing is sent."""
        self._may_send = may_send
        self.tracking_uri = absolute(tracking_uri)
        self._study = study
        self._runs = StudyRuns(self.tracking_uri, study.name)

    def open(self, *, wait: bool = True, began: float | None = None) -> None:
        """Find or create the experiment and the study's run, and start to send.

        Raises ServiceUnavailable with the address and advice; without waiting, for a study that has begun, never.
        """
        self._sender = Sender(self._runs, self.shown_address, self._may_send)
        if not wait:
            self._open_later(began or time.time())
            return
        try:
            self._open(began or time.time())
        except (MlflowException, SQLAlchemyError, OSError) as error:
            raise ServiceUnavailable(
                f"{self.shown_address}: MLflow cannot be used there: {explained(error)}\n"
                "Is it up, and is the address right (MLFLOW_TRACKING_URI, or else `tracking` in the study file)?"
            ) from error

    @property
    def shown_address(self) -> str:
        """Where MLflow is, without a password."""
        return redact.text(self.tracking_uri)

    @property
    def outbox(self) -> Outbox:
        """What is still to be sent, and what went wrong."""
        return self._sender.outbox

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

    def await_study_run(self, timeout: float) -> str:
        """The study's own run, which may still be on its way. Raises LookupError after `timeout` seconds."""
        until = time.monotonic() + timeout
        while (run_id := self.study_run_id) is None:
            if time.monotonic() > until:
                raise LookupError(f"MLflow was not reached: {self.outbox.last_error}")
            time.sleep(LOOK_SECONDS)
        return run_id

    @property
    def created(self) -> int:
        """How many runs MLflow did not have yet."""
        return self._runs.created

    def run_id(self, trial: Trial) -> str | None:
        """The trial's run, if it has one yet."""
        return self._runs.id_of(identity(trial))

    def on_trial_start(self, trial: Trial, at: float | None = None) -> None:
        """Show a trial as running; it must be told first."""
        self._start(trial, at or time.time())

    @queued
    def on_epochs_end(self, trial: Trial, reports: Sequence[EpochReport]) -> None:
        """Add the metrics of finished epochs."""
        run_id = self._runs.find(identity(trial)).run_id
        self._runs.client.log_batch(run_id, metrics=epoch_points(reports), synchronous=True)

    def on_trial_end(self, trial: Trial, outcome: Outcome, at: float | None = None) -> None:
        """Show what came of a trial."""
        self._end(trial, outcome, at or time.time())

    @queued
    def whole(
        self, trial: Trial, outcome: Outcome, epochs: Callable[[], Sequence[EpochReport]], began: float, ended: float
    ) -> None:
        """Make a trial's run, or what it lacks; one that has not ended is shown as stopped.

        epochs  reads them when they are sent, so that what waits takes no room
        """
        run = self._begin(identity(trial), trial.name, self._tags(trial), began)
        metrics = epoch_points(epochs()) + result_points(outcome, run.start_time / 1000)
        self._runs.client.log_batch(run.run_id, metrics=metrics, params=parameters(trial), synchronous=True)
        tags = self._tags(trial) | result_tags(outcome)  # the study's run, too, may have been made anew
        self._close(run.run_id, final_state(outcome), tags, ended)

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

    def finished(self, state: str, at: float | None = None) -> None:
        """Close the study's run (finished, stopped or failed), and those of trials that will not go on for now."""
        self._finish(state, at or time.time())

    def close(self, timeout: float) -> int:
        """Send what can be sent in `timeout` seconds; returns how many writes were not sent."""
        return self.outbox.close(timeout)

    def _open(self, began: float) -> None:
        self._runs.open()
        self._runs.client.set_experiment_tag(self.experiment_id, view.TAG, view.best_first(self._study.goal))
        run = self._begin(STUDY, self._study.name, {"mlflow.note.content": self._link()}, began, running=True)
        self._runs.client.log_text(run.run_id, self._study.file, "study.yaml")

    _open_later = queued(_open)

    @queued
    def _start(self, trial: Trial, at: float) -> None:
        run = self._begin(identity(trial), trial.name, self._tags(trial), at, running=True)
        self._runs.client.log_batch(run.run_id, params=parameters(trial), synchronous=True)

    @queued
    def _end(self, trial: Trial, outcome: Outcome, at: float) -> None:
        run = self._runs.find(identity(trial))
        # At the run's beginning, so that they are the same points whenever they are sent.
        metrics = result_points(outcome, run.start_time / 1000)
        self._runs.client.log_batch(run.run_id, metrics=metrics, synchronous=True)
        self._close(run.run_id, final_state(outcome), result_tags(outcome), at)

    @queued
    def _finish(self, state: str, at: float) -> None:
        self._runs.forget()  # so that a double, which a lost answer leaves behind, is found and removed
        self._runs.find(STUDY)
        for which, run_id in self._runs.running():
            now = state if which == STUDY else "stopped"
            self._close(run_id, now, {"sweep.state": now}, at)

    def _tags(self, trial: Trial) -> dict[str, str]:
        parent = self._runs.find(STUDY).run_id
        return {"sweep.arm": trial.arm, "sweep.key": trial.key, "mlflow.parentRunId": parent}

    def _begin(
        self, which: Identity, name: str, tags: Mapping[str, str], at: float, *, running: bool = False
    ) -> RunInfo:
        find = self._runs.start if running else self._runs.find_or_create
        run = find(which, name, tags, milliseconds(at))
        self._runs.client.log_inputs(run.run_id, [dataset(self._study)])
        return run

    def _close(self, run_id: str, state: str, tags: Mapping[str, str], at: float) -> None:
        self._runs.tag(run_id, tags)
        self._runs.client.set_terminated(run_id, STATUS[state], milliseconds(at))

    def _link(self) -> str:
        return f"[All trials, the best first]({self.page})"
