"""Mirrors a study in MLflow: one experiment, in it one run for the study, and below it one run for each trial."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import ParamSpec

from mlflow.entities import RunInfo

from sweep.core import redact
from sweep.core.errors import ServiceUnavailable
from sweep.core.trials import Outcome, Trial
from sweep.study.deployment import Deployment
from sweep.tracking import tag_names, view
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
from sweep.tracking.outbox import Outbox
from sweep.tracking.runs import StudyRuns
from sweep.tracking.sending import Sender
from sweep.tracking.server import ERRORS, absolute, explained
from workers.objective import Objective
from workers.spec import EpochReport

LOOK_SECONDS = 0.05
P = ParamSpec("P")


class Recorder:
    """Writes into MLflow what the ledger holds already; every write may be repeated and changes nothing then.

    Only `open` waits for MLflow. A thread sends the other writes in their order, however long MLflow is away.
    `at`: seconds since 1970; now if left out.
    """

    def __init__(self, tracking_uri: str, study: StudyCard, may_send: Callable[[], bool] = lambda: True) -> None:
        """may_send  returns whether this launcher may write; the thread asks it before each write."""
        self.tracking_uri = absolute(tracking_uri)
        self._study, self._objective = study, Objective(study.metric, study.goal)
        self._runs = StudyRuns(self.tracking_uri, study.name)
        self._sender = Sender(self._runs, self.shown_address, may_send)

    def open(self, began: float | None = None) -> None:
        """Find or create the experiment and the study's run.

        Raises ServiceUnavailable, with the address and advice, when MLflow does not answer.
        """
        try:
            self._open(began or time.time())
        except ERRORS as error:
            raise ServiceUnavailable(
                f"{self.shown_address}: MLflow cannot be used there: {explained(error)}\n"
                "Is it up, and is the address right (MLFLOW_TRACKING_URI, or else `tracking` in the study file)?"
            ) from error

    def open_later(self, began: float | None = None) -> None:
        """Let the thread open it, for a study that has begun before: it never fails because MLflow is away."""
        self._later(self._open, began or time.time())

    @property
    def shown_address(self) -> str:
        """MLflow's address without a password."""
        return redact.text(self.tracking_uri)

    @property
    def outbox(self) -> Outbox:
        """The writes that wait, and what went wrong with the last one."""
        return self._sender.outbox

    @property
    def experiment_id(self) -> str:
        """The id of the study's experiment; empty until MLflow has answered."""
        return self._runs.experiment_id

    @property
    def page(self) -> str:
        """The link to the study's trials, the best first, from the root of MLflow's pages."""
        return view.link(self.experiment_id)

    @property
    def study_run_id(self) -> str | None:
        """The id of the study's own run; None until MLflow has answered."""
        return self._runs.id_of(STUDY)

    def await_study_run(self, timeout: float) -> str:
        """The id of the study's own run, waiting for it. Raises LookupError after `timeout` seconds."""
        until = time.monotonic() + timeout
        while (run_id := self.study_run_id) is None:
            if time.monotonic() > until:
                raise LookupError(f"MLflow was not reached: {self.outbox.last_error}")
            time.sleep(LOOK_SECONDS)
        return run_id

    @property
    def created(self) -> int:
        """How many runs MLflow lacked."""
        return self._runs.created

    def run_id(self, trial: Trial) -> str | None:
        """The id of a trial's run; None while it has none."""
        return self._runs.id_of(identity(trial))

    def on_trial_start(self, trial: Trial, at: float | None = None) -> None:
        """Show a trial as running. It comes before the trial's epochs and its end."""
        self._later(self._start, trial, at or time.time())

    def on_epochs_end(self, trial: Trial, reports: Sequence[EpochReport]) -> None:
        """Add the metrics of finished epochs."""
        self._later(self._add, trial, reports)

    def on_trial_end(self, trial: Trial, outcome: Outcome, at: float | None = None) -> None:
        """Show how a trial ended."""
        self._later(self._end, trial, outcome, at or time.time())

    def whole(
        self, trial: Trial, outcome: Outcome, epochs: Callable[[], Sequence[EpochReport]], began: float, ended: float
    ) -> None:
        """Make a trial's run, or add what it lacks. A trial that has not ended is shown as stopped.

        epochs  reads the epochs when they are sent, so that waiting writes take no memory
        """
        self._later(self._whole, trial, outcome, epochs, began, ended)

    def best(self, trial: Trial, outcome: Outcome, deployed: Deployment | None = None) -> None:
        """Name in the study's run the best trial of its search, which has a value, and the run that is deployed."""
        self._later(self._best, trial, outcome, deployed)

    def artifact(self, path: Path, folder: str | None = None) -> None:
        """Put a file into a folder of the study's run, in place of one of the same name."""
        self._later(self._artifact, path, folder)

    def finished(self, state: str, at: float | None = None) -> None:
        """Close the study's run (finished, stopped or failed), and the runs of unfinished trials."""
        self._later(self._finish, state, at or time.time())

    def close(self, timeout: float) -> int:
        """Send what can be sent in `timeout` seconds; returns how many writes were not sent."""
        return self.outbox.close(timeout)

    def _later(self, write: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        """Let the thread call a method that writes."""
        self._sender.put(lambda: write(*args, **kwargs))

    def _add(self, trial: Trial, reports: Sequence[EpochReport]) -> None:
        run_id = self._runs.find(identity(trial)).run_id
        self._runs.client.log_batch(run_id, metrics=epoch_points(reports), synchronous=True)

    def _whole(
        self, trial: Trial, outcome: Outcome, epochs: Callable[[], Sequence[EpochReport]], began: float, ended: float
    ) -> None:
        run = self._begin(identity(trial), trial.name, self._tags(trial), began)
        metrics = epoch_points(epochs()) + result_points(trial, outcome, run.start_time / 1000, self._study.metric)
        self._runs.client.log_batch(run.run_id, metrics=metrics, params=parameters(trial), synchronous=True)
        tags = self._tags(trial) | result_tags(outcome)  # the study's run, too, may have been made anew
        self._close(run.run_id, final_state(outcome), tags, ended)

    def _best(self, trial: Trial, outcome: Outcome, deployed: Deployment | None) -> None:
        where = f"epoch {(outcome.epoch or 0) + 1} (step {outcome.epoch})"
        value = f"{self._objective.deployed('validation')} {outcome.as_deployed(self._objective):.6g}"
        lines = [f"Best trial of the search: {self._link_to(trial)}, {value} at {where}", self._link()]
        tags = {tag_names.BEST: str(trial.number)}
        if deployed:
            own = deployed.run.trial
            lines.insert(0, f"Deployed: {self._link_to(own)}: {deployed.described(self._study.units)}")
            tags[tag_names.DEPLOYED] = f"{own.stage}-{own.number}"
        self._runs.tag(self._runs.find(STUDY).run_id, {**tags, "mlflow.note.content": "\n\n".join(lines)})

    def _link_to(self, trial: Trial) -> str:
        return f"[{trial.name}](#/experiments/{self.experiment_id}/runs/{self._runs.find(identity(trial)).run_id})"

    def _artifact(self, path: Path, folder: str | None) -> None:
        if not path.exists():
            raise LookupError(f"{path} is not there any more")
        self._runs.client.log_artifact(self._runs.find(STUDY).run_id, str(path), folder)

    def _open(self, began: float) -> None:
        self._runs.open()
        self._runs.client.set_experiment_tag(self.experiment_id, view.TAG, view.best_first(self._objective))
        run = self._begin(STUDY, self._study.name, {"mlflow.note.content": self._link()}, began, running=True)
        self._runs.client.log_text(run.run_id, self._study.file, "study.yaml")

    def _start(self, trial: Trial, at: float) -> None:
        run = self._begin(identity(trial), trial.name, self._tags(trial), at, running=True)
        self._runs.client.log_batch(run.run_id, params=parameters(trial), synchronous=True)

    def _end(self, trial: Trial, outcome: Outcome, at: float) -> None:
        run = self._runs.find(identity(trial))
        # At the run's beginning, so that they are the same points whenever they are sent.
        metrics = result_points(trial, outcome, run.start_time / 1000, self._study.metric)
        self._runs.client.log_batch(run.run_id, metrics=metrics, synchronous=True)
        self._close(run.run_id, final_state(outcome), result_tags(outcome), at)

    def _finish(self, state: str, at: float) -> None:
        self._runs.forget()  # so that a double, which a lost answer leaves behind, is found and removed
        self._runs.find(STUDY)
        for which, run_id in self._runs.running():
            now = state if which == STUDY else "stopped"
            self._close(run_id, now, {tag_names.STATE: now}, at)

    def _tags(self, trial: Trial) -> dict[str, str]:
        parent = self._runs.find(STUDY).run_id
        return {tag_names.ARM: trial.arm, tag_names.KEY: trial.key, "mlflow.parentRunId": parent}

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
        self._runs.confirm(run_id)  # to a write MLflow answers nothing, and so may anything

    def _link(self) -> str:
        return f"[All trials, the best first]({self.page})"
